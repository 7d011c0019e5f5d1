package preset_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

// computations are those whose results depend on how vector instructions round. Each writes all its
// results.
var computations = map[string]func(t *testing.T, results hash.Hash){
	"a search with a graph network": func(t *testing.T, results hash.Hash) {
		m, err := gran.New(searchspace.NASBench201{}, gran.Config{Layers: 2, Attention: 8, Components: 3}, newRand())
		require.NoError(t, err)
		method, config := preset.CIFAR10(m)
		method.Exploration, method.Learner = rl.First(6), rl.Replay{Keep: 5, Epochs: 6}
		searchCells(t, method, config, results)
		save(t, m, results)
	},
	"a search with a recurrent network": func(t *testing.T, results hash.Hash) {
		m, err := lstm.New(searchspace.NASBench201{}, lstm.Config{Hidden: 24}, newRand())
		require.NoError(t, err)
		method, config := preset.LSTM(m)
		searchCells(t, method, config, results)
		save(t, m, results)
	},
	"a trained predictor": func(t *testing.T, results hash.Hash) {
		var data []predictor.Example
		archs, err := explore.NewUniform(searchspace.NASBench201{}).Sample(context.Background(), newRand(), 40)
		require.NoError(t, err)
		for _, a := range archs {
			data = append(data, predictor.Example{Arch: a, Value: weighted(a)})
		}
		p, err := predictor.Train(context.Background(), searchspace.NASBench201{}, data, predictor.Config{Networks: 1, Hidden: 20, Layers: 2, Epochs: 4})
		require.NoError(t, err)
		require.NoError(t, p.Save(results))
	},
	"a trained network": func(t *testing.T, results hash.Hash) {
		data, err := dataset.Digits()
		require.NoError(t, err)
		valid, rest, err := data.Train.Split(1, 100)
		require.NoError(t, err)
		train, _, err := rest.Split(1, 200)
		require.NoError(t, err)
		images, err := oracle.NewImages(context.Background(), train, valid, nil)
		require.NoError(t, err)
		design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			x := b.ReLU(b.BatchNorm("norm", b.Conv("first", b.Images(), 6, network.Kernel{Size: 3})))
			x = b.WeightedSum("mixed", x, b.Conv("second", x, 6, network.Kernel{Size: 3}))
			return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
		})
		plan, err := network.NewPlan(design, searchspace.Arch{}, images.Input())
		require.NoError(t, err)
		training, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: 1}, oracle.Options{Seed: 1})
		require.NoError(t, err)
		require.NoError(t, training.Epoch(context.Background()))
		weights := training.Network().Weights()
		require.NoError(t, binary.Write(results, binary.LittleEndian, weights.Params))
		require.NoError(t, binary.Write(results, binary.LittleEndian, weights.Statistics))
	},
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// weighted is an objective with few ties.
func weighted(a searchspace.Arch) float64 {
	sum := 0.0
	for i, e := range a.Part(0).Edges() {
		if e.Op == "nor_conv_3x3" {
			sum += 1 + 0.1*float64(i)
		}
	}
	return sum
}

func searchCells(t *testing.T, m rl.Method, c rl.Config, results hash.Hash) {
	c.Evaluations, c.Seed = 14, 3
	s, err := rl.New(searchspace.NASBench201{}, m, c)
	require.NoError(t, err)
	h, err := s.Run(context.Background(), evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: weighted(a)}, nil
	}))
	require.NoError(t, err)
	for _, e := range h.Evaluations {
		fmt.Fprintln(results, e.ID, e.Source, e.Arch)
	}
}

func save(t *testing.T, m generator.Model, results hash.Hash) {
	require.NoError(t, m.Save(results))
}

// resultsVariable names the file in which a child process leaves its results.
const resultsVariable = "GRAPHPNAS_TEST_RESULTS"

// Searches and training runs have the same results with AVX2 as with AVX-512.
func TestResultsDoNotDependOnTheProcessor(t *testing.T) {
	hashes := map[string]string{}
	for name, compute := range computations {
		results := sha256.New()
		compute(t, results)
		hashes[name] = hex.EncodeToString(results.Sum(nil))
	}
	if file := os.Getenv(resultsVariable); file != "" {
		require.False(t, cpu.X86.HasAVX512F)
		text, err := json.Marshal(hashes)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, text, 0o600))
		return
	}
	if !cpu.X86.HasAVX512F {
		t.Skip("this processor does not have AVX-512")
	}
	file := filepath.Join(t.TempDir(), "results.json")
	child := exec.Command(os.Args[0], "-test.run=^TestResultsDoNotDependOnTheProcessor$")
	child.Env = append(os.Environ(), "GODEBUG=cpu.avx512f=off", resultsVariable+"="+file)
	out, err := child.CombinedOutput()
	require.NoError(t, err, "%s", out)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var others map[string]string
	require.NoError(t, json.Unmarshal(text, &others))
	require.Equal(t, hashes, others)
}
