package nasbench_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/pickle"
	"github.com/graphpnas/graphpnas/nasbench"
)

// Python types without a counterpart in Go.
type (
	pyDict  map[any]any
	pyTuple [2]any
)

// pyPickle appends the pickle of an object in protocol 2, without its beginning and end.
func pyPickle(b []byte, object any) []byte {
	switch v := object.(type) {
	case nil:
		return append(b, 'N')
	case int:
		return binary.LittleEndian.AppendUint32(append(b, 'J'), uint32(v))
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'G'), math.Float64bits(v))
	case string:
		return append(binary.LittleEndian.AppendUint32(append(b, 'X'), uint32(len(v))), v...)
	case []any:
		b = append(b, "]("...)
		for _, item := range v {
			b = pyPickle(b, item)
		}
		return append(b, 'e')
	case pyTuple:
		return append(pyPickle(pyPickle(b, v[0]), v[1]), '\x86')
	case pyDict:
		b = append(b, "}("...)
		for key, value := range v {
			b = pyPickle(pyPickle(b, key), value)
		}
		return append(b, 'u')
	default:
		panic(v)
	}
}

// writeNATS writes a benchmark in the format without a checksum, and returns its path.
func writeNATS(t testing.TB, meta any) string {
	t.Helper()
	file := []byte(pickle.TorchMagic + "\x80\x02M\xe9\x03." + "\x80\x02}." + "\x80\x02")
	file = append(pyPickle(file, meta), ".\x80\x02]q\x00."...)
	path := filepath.Join(t.TempDir(), "made.pth")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path
}

// smallNATS is a benchmark of one architecture that was trained once for two epochs. Tests change its parts.
type smallNATS struct{ meta, arch, budget, run pyDict }

func newSmallNATS() smallNATS {
	run := pyDict{
		"epochs": 2, "flop": 10.5, "params": 1.5, "latency": []any{0.5, 0.25}, "eval_names": []any{"x-valid", "ori-test"},
		"train_losses": pyDict{0: 2.0, 1: 1.0}, "train_acc1es": pyDict{0: 20.0, 1: 40.0}, "train_times": pyDict{0: 5.0, 1: 7.0},
		"eval_losses": pyDict{"x-valid@1": 1.5, "ori-test@1": 2.5},
		"eval_acc1es": pyDict{"x-valid@1": 30.0, "ori-test@1": 25.0},
		"eval_times":  pyDict{"x-valid@0": 1.0, "x-valid@1": 2.0, "ori-test@0": 3.0, "ori-test@1": 4.0},
	}
	budget := pyDict{
		"arch_index": 0, "arch_str": skips,
		"all_results":  pyDict{pyTuple{"cifar10-valid", 7}: run},
		"dataset_seed": pyDict{"cifar10-valid": []any{7}},
	}
	arch := pyDict{"12": budget}
	return smallNATS{pyDict{"meta_archs": []any{skips}, "arch2infos": pyDict{0: arch}}, arch, budget, run}
}

func (s smallNATS) info(t *testing.T) map[nasbench.NATSMetric]float64 {
	t.Helper()
	n := openNATS(t, writeNATS(t, s.meta))
	info, err := n.Info(cell(t, skips), nasbench.NATSQuery{Epochs: 12})
	require.NoError(t, err)
	return info
}

func TestSmallNATS(t *testing.T) {
	assert.Equal(t, map[nasbench.NATSMetric]float64{
		"train-loss": 1, "train-accuracy": 40, "train-per-time": 6, "train-all-time": 12,
		"valid-loss": 1.5, "valid-accuracy": 30, "valid-per-time": 1.5, "valid-all-time": 3,
		"test-loss": 2.5, "test-accuracy": 25, "test-per-time": 3.5, "test-all-time": 7,
	}, newSmallNATS().info(t))
}

func TestNATSLeavesOutUnrecordedFigures(t *testing.T) {
	for name, change := range map[string]struct {
		to      func(s smallNATS)
		missing []nasbench.NATSMetric
	}{
		"training times": {func(s smallNATS) { s.run["train_times"] = nil },
			[]nasbench.NATSMetric{"train-per-time", "train-all-time"}},
		"a training time": {func(s smallNATS) { delete(s.run["train_times"].(pyDict), 0) },
			[]nasbench.NATSMetric{"train-per-time", "train-all-time"}},
		"the last loss":               {func(s smallNATS) { delete(s.run["train_losses"].(pyDict), 1) }, []nasbench.NATSMetric{"train-loss"}},
		"a loss that is not a number": {func(s smallNATS) { s.run["train_losses"].(pyDict)[1] = math.NaN() }, []nasbench.NATSMetric{"train-loss"}},
		"a loss that is None":         {func(s smallNATS) { s.run["train_losses"].(pyDict)[1] = nil }, []nasbench.NATSMetric{"train-loss"}},
		"a set": {func(s smallNATS) { s.run["eval_names"] = []any{"ori-test"} },
			[]nasbench.NATSMetric{"valid-loss", "valid-accuracy", "valid-per-time", "valid-all-time"}},
		"accuracies": {func(s smallNATS) { s.run["eval_acc1es"] = pyDict{} }, []nasbench.NATSMetric{"valid-accuracy", "test-accuracy"}},
	} {
		want := newSmallNATS().info(t)
		for _, missing := range change.missing {
			delete(want, missing)
		}
		s := newSmallNATS()
		change.to(s)
		assert.Equal(t, want, s.info(t), name)
	}
}

func TestNATSLatency(t *testing.T) {
	s := newSmallNATS()
	for _, latency := range []any{nil, []any{}, []any{-1.0}, []any{0.0}} {
		s.run["latency"] = latency
		cost, err := openNATS(t, writeNATS(t, s.meta)).Cost(cell(t, skips), nasbench.NATSQuery{Epochs: 12})
		require.NoError(t, err)
		assert.NotContains(t, cost, nasbench.NATSLatency)
		assert.Equal(t, 10.5, cost[nasbench.NATSFLOPs])
		assert.Equal(t, 12.0, cost["T-train@total"])
	}
}

func TestBadNATS(t *testing.T) {
	for message, change := range map[string]func(s smallNATS){
		"meta_archs is missing":                     func(s smallNATS) { delete(s.meta, "meta_archs") },
		"arch2infos is missing":                     func(s smallNATS) { delete(s.meta, "arch2infos") },
		"meta_archs is not a list of architectures": func(s smallNATS) { s.meta["meta_archs"] = 5 },
		"meta_archs: architecture 0: 8:8:8:8:8: this is the size space of NATS-Bench": func(s smallNATS) { s.meta["meta_archs"] = []any{"8:8:8:8:8"} },
		"meta_archs: architecture 0: ":                   func(s smallNATS) { s.meta["meta_archs"] = []any{8} },
		"meta_archs: architectures 0 and 1 are the same": func(s smallNATS) { s.meta["meta_archs"] = []any{skips, skips} },
		"a key is not a string":                          func(s smallNATS) { s.meta[5] = 5 },
		"architecture 1: the index has no architecture 1": func(s smallNATS) {
			s.meta["arch2infos"] = pyDict{1: s.arch}
		},
		"arch2infos[0]: the key is not the index of an architecture": func(s smallNATS) { s.meta["arch2infos"] = pyDict{"0": s.arch} },
		"arch2infos[0]: the record is not a dictionary":              func(s smallNATS) { s.meta["arch2infos"] = pyDict{0: []any{}} },
		"arch2infos[0]: key \"twelve\" is not a number of epochs": func(s smallNATS) {
			s.meta["arch2infos"] = pyDict{0: pyDict{"twelve": s.budget}}
		},
		"arch2infos[0]: key 12 is not a number of epochs":                  func(s smallNATS) { s.meta["arch2infos"] = pyDict{0: pyDict{12: s.budget}} },
		"architecture 0: the record is that of architecture 1":             func(s smallNATS) { s.budget["arch_index"] = 1 },
		"architecture 0: the record is that of architecture 0, \"" + convs: func(s smallNATS) { s.budget["arch_str"] = convs },
		"contains both architecture": func(s smallNATS) {
			s.arch["200"] = newSmallNATS().budget
			s.arch["200"].(pyDict)["arch_index"] = 1
		},
		"12 epochs: all_results is missing":             func(s smallNATS) { delete(s.budget, "all_results") },
		"12 epochs: all_results is not a dictionary":    func(s smallNATS) { s.budget["all_results"] = []any{} },
		"12 epochs: a key of all_results is not a pair": func(s smallNATS) { s.budget["all_results"] = pyDict{"cifar10": 1} },
		"12 epochs: a key of all_results is not a data set with": func(s smallNATS) {
			s.budget["all_results"] = pyDict{pyTuple{7, "cifar10"}: 1}
		},
		"12 epochs: dataset_seed is not a dictionary":                         func(s smallNATS) { s.budget["dataset_seed"] = nil },
		"12 epochs: the seeds of a data set are not a list":                   func(s smallNATS) { s.budget["dataset_seed"] = pyDict{"cifar10": 7} },
		`12 epochs: data set "cifar10-valid", seed 8: not a dictionary`:       func(s smallNATS) { s.budget["dataset_seed"] = pyDict{"cifar10-valid": []any{8}} },
		"seed 7: train_losses is missing":                                     func(s smallNATS) { delete(s.run, "train_losses") },
		"seed 7: epochs: must be from 1 to 1024":                              func(s smallNATS) { s.run["epochs"] = 1 << 30 },
		"seed 7: flop: not a number":                                          func(s smallNATS) { s.run["flop"] = "many" },
		"seed 7: params: not a number":                                        func(s smallNATS) { s.run["params"] = "many" },
		"seed 7: latency: not a number":                                       func(s smallNATS) { s.run["latency"] = []any{"short"} },
		"seed 7: latency: not a list":                                         func(s smallNATS) { s.run["latency"] = 0.5 },
		"seed 7: eval_names: not a list of up to 8":                           func(s smallNATS) { s.run["eval_names"] = []any{1, 2, 3, 4, 5, 6, 7, 8, 9} },
		"seed 7: train_times: not a dictionary":                               func(s smallNATS) { s.run["train_times"] = []any{1.0, 2.0} },
		"seed 7: train_times: key 2 is not one of the 2 epochs":               func(s smallNATS) { s.run["train_times"].(pyDict)[2] = 1.0 },
		"seed 7: train_times: key -1 is not one of the 2 epochs":              func(s smallNATS) { s.run["train_times"].(pyDict)[-1] = 1.0 },
		"seed 7: eval_losses: key \"x-valid\" is not one of the 2 epochs":     func(s smallNATS) { s.run["eval_losses"].(pyDict)["x-valid"] = 1.0 },
		"seed 7: eval_losses: key of another kind is not one of the 2 epochs": func(s smallNATS) { s.run["eval_losses"].(pyDict)[nil] = 1.0 },
		"seed 7: eval_losses: \"x-valid@1\": not a number":                    func(s smallNATS) { s.run["eval_losses"].(pyDict)["x-valid@1"] = "1.0" },
		"seed 7: eval_times: more than 8 sets of images": func(s smallNATS) {
			for _, set := range "abcdefghi" {
				s.run["eval_times"].(pyDict)[string(set)+"@0"] = 1.0
			}
		},
		"seed 7: x-valid: the accuracy must be from 0 to 100, got 101": func(s smallNATS) { s.run["eval_acc1es"].(pyDict)["x-valid@1"] = 101.0 },
		"seed 7: train: the accuracy must be from 0 to 100, got -1":    func(s smallNATS) { s.run["train_acc1es"].(pyDict)[1] = -1.0 },
	} {
		t.Run(message, func(t *testing.T) {
			s := newSmallNATS()
			change(s)
			path := writeNATS(t, s.meta)
			_, err := nasbench.OpenNATS(path)
			require.ErrorContains(t, err, message)
			assert.ErrorContains(t, err, path)
		})
	}
}
