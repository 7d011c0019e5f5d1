package nasbench_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// natsForms are the files in testdata/nats, which contain the architectures 0 and 2 of three.
var natsForms = []string{"simple", "single.pickle.pbz2", "legacy.pth", "zip.pth"}

func natsPath(name string) string { return filepath.Join("testdata", "nats", name) }

func openNATS(t testing.TB, path string) *nasbench.NATS {
	t.Helper()
	n, err := nasbench.OpenNATS(path)
	require.NoError(t, err)
	return n
}

// publishedNATS returns a directory with two of the published architectures, 0 and 11.
func publishedNATS(t testing.TB) string {
	t.Helper()
	return filepath.Join(filepath.Dir(published(t)), "NATS-tss-v1_0-3ffb9-simple")
}

// natsExpectation contains the results of the benchmark's Python API for an architecture, by
// "dataset@epochs" or, for one training run, "dataset@epochs#seed".
type natsExpectation struct {
	Index   int
	Arch    string
	Metrics map[string]map[nasbench.NATSMetric]float64
	Cost    map[string]map[nasbench.NATSMetric]float64
}

func readNATSExpectations(t testing.TB, path string) []natsExpectation {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var expectations []natsExpectation
	require.NoError(t, json.Unmarshal(text, &expectations))
	require.Len(t, expectations, 2)
	return expectations
}

// natsQuery parses the key of an expectation.
func natsQuery(t testing.TB, key string) (q nasbench.NATSQuery) {
	t.Helper()
	var rest, seed string
	var err error
	q.Dataset, rest, _ = strings.Cut(key, "@")
	rest, seed, _ = strings.Cut(rest, "#")
	q.Epochs, err = strconv.Atoi(rest)
	require.NoError(t, err)
	if seed != "" {
		q.Seed, err = strconv.Atoi(seed)
		require.NoError(t, err)
	}
	return q
}

// assertNATS asserts that the benchmark returns the same figures as the Python API.
func assertNATS(t *testing.T, n *nasbench.NATS, want natsExpectation) {
	t.Helper()
	a, err := n.Arch(want.Index)
	require.NoError(t, err)
	assert.True(t, a.Equal(cell(t, want.Arch)))
	require.NotEmpty(t, want.Metrics)
	for key, figures := range want.Metrics {
		info, err := n.Info(a, natsQuery(t, key))
		require.NoError(t, err)
		assert.InDeltaMapValues(t, figures, info, 1e-9, "%d %s", want.Index, key)
	}
	require.NotEmpty(t, want.Cost)
	for key, figures := range want.Cost {
		cost, err := n.Cost(a, natsQuery(t, key))
		require.NoError(t, err)
		assert.InDeltaMapValues(t, figures, cost, 1e-9, "%d %s", want.Index, key)
	}
}

func TestNATSForms(t *testing.T) {
	expectations := readNATSExpectations(t, natsPath("expected.json"))
	for _, form := range natsForms {
		t.Run(form, func(t *testing.T) {
			n := openNATS(t, natsPath(form))
			assert.Equal(t, 3, n.Len())
			for _, want := range expectations {
				assertNATS(t, n, want)
			}
		})
	}
}

func TestNATSOfOneArchitecture(t *testing.T) { // Python pickles a dictionary with one item without a mark
	n := openNATS(t, natsPath("one.pickle.pbz2"))
	assertNATS(t, n, readNATSExpectations(t, natsPath("expected.json"))[1])
}

func TestPublishedNATS(t *testing.T) {
	n := openNATS(t, publishedNATS(t))
	assert.Equal(t, 15625, n.Len())
	for _, want := range readNATSExpectations(t, filepath.Join(filepath.Dir(published(t)), "expected.json")) {
		assertNATS(t, n, want)
	}
}

func TestNATSIndex(t *testing.T) {
	n := openNATS(t, natsPath("simple"))
	archs := slices.Collect(n.Archs())
	require.Len(t, archs, 3)
	for i, a := range archs {
		require.NoError(t, n.Space().Validate(a))
		index, err := n.Index(a)
		require.NoError(t, err)
		assert.Equal(t, i, index)
		again, err := n.Arch(i)
		require.NoError(t, err)
		assert.True(t, again.Equal(a))
	}
	for _, index := range []int{-1, 3} {
		_, err := n.Arch(index)
		assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	}
	_, err := n.Index(cell(t, skips))
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	_, err = n.Index(searchspace.Arch{})
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
}

// Each figure without a seed is the mean of the figures of the single training runs.
func TestNATSMeanOfSeeds(t *testing.T) {
	for _, path := range []string{natsPath("simple"), publishedNATS(t)} {
		n := openNATS(t, path)
		a, err := n.Arch(0)
		require.NoError(t, err)
		for _, q := range []nasbench.NATSQuery{{}, {Epochs: 12}, {Dataset: nasbench.NATSCIFAR100, Epochs: 12}} {
			seeds, err := n.Seeds(a, q)
			require.NoError(t, err)
			mean := map[nasbench.NATSMetric]float64{}
			for _, q.Seed = range seeds {
				for _, figures := range []func(searchspace.Arch, nasbench.NATSQuery) (map[nasbench.NATSMetric]float64, error){n.Info, n.Cost} {
					one, err := figures(a, q)
					require.NoError(t, err)
					for name, v := range one {
						mean[name] += v / float64(len(seeds))
					}
				}
			}
			q.Seed = 0
			info, err := n.Info(a, q)
			require.NoError(t, err)
			cost, err := n.Cost(a, q)
			require.NoError(t, err)
			for name, v := range cost {
				info[name] = v
			}
			assert.InDeltaMapValues(t, info, mean, 1e-9)
		}
	}
}

func TestPublishedNATSSeeds(t *testing.T) {
	n := openNATS(t, publishedNATS(t))
	a, err := n.Arch(11)
	require.NoError(t, err)
	seeds, err := n.Seeds(a, nasbench.NATSQuery{Dataset: nasbench.NATSCIFAR100})
	require.NoError(t, err)
	assert.Equal(t, []int{777, 888, 999}, seeds)
	seeds, err = n.Seeds(a, nasbench.NATSQuery{Epochs: 12})
	require.NoError(t, err)
	assert.Equal(t, []int{111, 777}, seeds)

	// These figures were read from the pickle independently.
	for key, want := range publishedNATSSeeds {
		info, err := n.Info(a, natsQuery(t, key))
		require.NoError(t, err)
		for name, v := range want {
			assert.InDelta(t, v, info[name], 1e-9, "%s %s", key, name)
		}
	}
}

var publishedNATSSeeds = map[string]map[nasbench.NATSMetric]float64{
	"cifar10-valid@12#111": {
		"train-loss": 1.031328387298584, "train-accuracy": 62.451999997558595, "train-all-time": 149.54468154907227,
		"valid-accuracy": 62.57999999267578, "valid-loss": 1.0462004663276672,
		"test-accuracy": 62.48, "test-loss": 1.0467376145362854,
	},
	"cifar10-valid@12#777": {"valid-accuracy": 63.975999975585935, "test-accuracy": 64.54},
	"cifar10@200#888":      {"train-loss": 0.013502521561980247, "test-accuracy": 91.76},
	"ImageNet16-120@200#999": {
		"train-loss": 2.632711977113134, "train-accuracy": 33.278839816280154, "train-all-time": 15123.952127329534,
		"valid-accuracy": 30.43333332824707, "valid-loss": 2.7800812594095867,
		"test-accuracy": 30.299999908447266, "test-loss": 2.797114498138428,
		"valtest-accuracy": 30.36666667683919, "valtest-loss": 2.78859792137146,
	},
}

func TestNATSNotRecorded(t *testing.T) {
	for _, form := range natsForms {
		n := openNATS(t, natsPath(form))
		missing, err := n.Arch(1)
		require.NoError(t, err)
		_, err = n.Info(missing, nasbench.NATSQuery{})
		assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
		assert.ErrorContains(t, err, form)
		assert.ErrorContains(t, err, "architecture 1 |")

		a, err := n.Arch(0)
		require.NoError(t, err)
		for _, q := range []nasbench.NATSQuery{
			{Epochs: 90}, {Seed: 5}, {Dataset: "MNIST"}, {Dataset: nasbench.NATSCIFAR10}, {Seed: 111}, {Epochs: 12, Seed: -1},
		} {
			_, err = n.Info(a, q)
			assert.ErrorIs(t, err, nasbench.ErrNotRecorded, "%v", q)
			assert.ErrorContains(t, err, "architecture 0 ")
			_, err = n.Cost(a, q)
			assert.ErrorIs(t, err, nasbench.ErrNotRecorded, "%v", q)
		}
		_, err = n.Seeds(a, nasbench.NATSQuery{Epochs: 90})
		assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
		seeds, err := n.Seeds(a, nasbench.NATSQuery{Epochs: 12, Seed: 5})
		require.NoError(t, err, "the seed does not matter")
		assert.Equal(t, []int{111, 777}, seeds)
		_, err = n.Info(cell(t, skips), nasbench.NATSQuery{})
		assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	}
}

func TestNATSEvaluator(t *testing.T) {
	n := openNATS(t, natsPath("simple"))
	a, err := n.Arch(2)
	require.NoError(t, err)
	q := nasbench.NATSQuery{Dataset: nasbench.NATSCIFAR100, Epochs: 12}
	e, err := n.Evaluator(nasbench.NATSTestAccuracy, q)
	require.NoError(t, err)
	r, err := e.Evaluate(t.Context(), a)
	require.NoError(t, err)
	info, err := n.Info(a, q)
	require.NoError(t, err)
	assert.Equal(t, info[nasbench.NATSTestAccuracy], r.Value)
	assert.InDelta(t, info[nasbench.NATSTrainAllTime], r.Cost.Seconds(), 1e-9)
	assert.NotContains(t, r.Metrics, "test-accuracy")
	assert.Len(t, r.Metrics, 16-1+3)
	assert.Equal(t, info[nasbench.NATSValidLoss], r.Metrics["valid-loss"])
	cost, err := n.Cost(a, q)
	require.NoError(t, err)
	for _, name := range []nasbench.NATSMetric{nasbench.NATSFLOPs, nasbench.NATSParams, nasbench.NATSLatency} {
		assert.Equal(t, cost[name], r.Metrics[string(name)])
	}

	e, err = n.Evaluator("", nasbench.NATSQuery{})
	require.NoError(t, err)
	r, err = e.Evaluate(t.Context(), a)
	require.NoError(t, err)
	info, err = n.Info(a, nasbench.NATSQuery{Dataset: nasbench.NATSCIFAR10Valid, Epochs: 200})
	require.NoError(t, err)
	assert.Equal(t, info[nasbench.NATSValidAccuracy], r.Value)

	missing, err := n.Arch(1)
	require.NoError(t, err)
	_, err = e.Evaluate(t.Context(), missing)
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)

}

// If no cell has what a query selects, Evaluator returns an error that lists the valid choices.
func TestNATSEvaluatorErrors(t *testing.T) {
	for _, form := range natsForms {
		n := openNATS(t, natsPath(form))
		for _, bad := range []struct {
			objective nasbench.NATSMetric
			dataset   string
			epochs    int
			message   string
		}{
			{nasbench.NATSValidAccuracy, nasbench.NATSCIFAR10, 12, `among the accuracies of cifar10, which are ["train-accuracy" "test-accuracy"]`},
			{nasbench.NATSValTestAccuracy, nasbench.NATSCIFAR10Valid, 200, "among the accuracies of cifar10-valid"},
			{nasbench.NATSValidLoss, nasbench.NATSCIFAR100, 12, `objective "valid-loss"`},
			{nasbench.NATSParams, nasbench.NATSCIFAR100, 12, `objective "params"`},
			{"accuracy", "", 0, `objective "accuracy"`},
		} {
			_, err := n.Evaluator(bad.objective, nasbench.NATSQuery{Dataset: bad.dataset, Epochs: bad.epochs})
			require.ErrorIs(t, err, nasbench.ErrNoColumn, "%v", bad)
			assert.ErrorContains(t, err, bad.message)
		}
		for message, q := range map[string]nasbench.NATSQuery{
			`data set "MNIST" is not recorded; the data sets are ImageNet16-120, cifar10, cifar10-valid, cifar100`: {Dataset: "MNIST"},
			"training on cifar10-valid for 90 epochs is not recorded; there are training runs for 12, 200 epochs":  {Epochs: 90},
			"training on cifar10-valid for -1 epochs is not recorded":                                              {Epochs: -1},
			"training on cifar10-valid for 12 epochs with seed 888 is not recorded; the seeds are 111, 777":        {Epochs: 12, Seed: 888},
			"training on cifar10-valid for 200 epochs with seed -1 is not recorded; the seeds are 777, 888":        {Seed: -1},
		} {
			_, err := n.Evaluator("", q)
			require.ErrorIs(t, err, nasbench.ErrNotRecorded)
			assert.ErrorContains(t, err, form+": "+message)
		}
	}
	_, err := openNATS(t, natsPath("single.pickle.pbz2")).Evaluator(nasbench.NATSTestAccuracy, nasbench.NATSQuery{Dataset: nasbench.NATSCIFAR10})
	assert.ErrorContains(t, err, "training on cifar10 for 200 epochs is not recorded; there are training runs for 12 epochs")
}

// A budget at which no cell has the seed is not the fault of the architecture.
func TestNATSBudgetsWithoutTheSeed(t *testing.T) {
	for _, form := range natsForms {
		n := openNATS(t, natsPath(form))
		a, err := n.Arch(2)
		require.NoError(t, err)
		for _, q := range []nasbench.NATSQuery{{}, {Seed: 777}, {Seed: 888}, {Epochs: 12, Seed: 111}} {
			e, err := n.Evaluator("", q)
			require.NoError(t, err)
			for _, epochs := range []int{12, 200} {
				_, err := e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: float64(epochs)})
				at := q
				at.Epochs = epochs
				_, unrecorded := n.Evaluator("", at)
				if unrecorded == nil {
					require.NotErrorIs(t, err, evaluator.ErrBroken)
					continue
				}
				require.ErrorIs(t, err, evaluator.ErrBroken)
				require.ErrorContains(t, err, unrecorded.Error())
			}
			_, err = e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: 12.5})
			require.ErrorIs(t, err, evaluator.ErrBroken)
		}
	}
}

func TestNATSConcurrentUse(t *testing.T) {
	n := openNATS(t, natsPath("simple"))
	e, err := n.Evaluator("", nasbench.NATSQuery{Epochs: 12})
	require.NoError(t, err)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for i, a := range slices.Collect(n.Archs()) {
				_, err := e.Evaluate(t.Context(), a)
				assert.Equal(t, i == 1, err != nil)
			}
		})
	}
	readers.Wait()
}

func TestCallersOwnNATSFigures(t *testing.T) {
	n := openNATS(t, natsPath("zip.pth"))
	a, err := n.Arch(0)
	require.NoError(t, err)
	info, err := n.Info(a, nasbench.NATSQuery{})
	require.NoError(t, err)
	info[nasbench.NATSValidAccuracy] = math.Inf(1)
	again, err := n.Info(a, nasbench.NATSQuery{})
	require.NoError(t, err)
	assert.Less(t, again[nasbench.NATSValidAccuracy], 100.0)
}

// BenchmarkNATSArch measures reading an architecture from its file in a directory.
func BenchmarkNATSArch(b *testing.B) {
	n := openNATS(b, publishedNATS(b))
	for _, index := range []int{0, 11} {
		b.Run(fmt.Sprint(index), func(b *testing.B) {
			a, err := n.Arch(index)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := n.Info(a, nasbench.NATSQuery{}); err != nil {
					b.Fatal(err)
				}
				nasbench.ForgetNATS(n, index)
			}
		})
	}
}

// BenchmarkOpenNATS measures reading the index of a directory.
func BenchmarkOpenNATS(b *testing.B) {
	path := publishedNATS(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := nasbench.OpenNATS(path); err != nil {
			b.Fatal(err)
		}
	}
}
