package rl_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
)

// BenchmarkSearch measures a whole search with the paper's CIFAR-10 preset: 100 evaluations from
// the table of NAS-Bench-201, 70 fresh training runs and one more at the end, with each form of the
// generator.
func BenchmarkSearch(b *testing.B) {
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		b.Skip("GRAPHPNAS_DATA names no directory with the table")
	}
	space := searchspace.NASBench201{}
	table, err := nasbench.OpenCSV(filepath.Join(dir, "nasbench201", "nb201.csv"), space)
	require.NoError(b, err)
	lookup, err := table.Evaluator("cifar10_valid_12")
	require.NoError(b, err)
	for name, form := range map[string]gran.Form{"paper": gran.PaperForm, "causal": gran.CausalForm} {
		b.Run(name, func(b *testing.B) {
			model, err := gran.New(space, gran.Config{Form: form}, rand.New(rand.NewPCG(1, 1)))
			require.NoError(b, err)
			method, config := preset.CIFAR10(model)
			b.ReportAllocs()
			for b.Loop() {
				config.Seed++
				search, err := rl.New(space, method, config)
				require.NoError(b, err)
				_, err = search.Run(context.Background(), lookup)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkLoop measures the search loop: random search with 10,000 evaluations that take no time.
// It includes the random proposals.
func BenchmarkLoop(b *testing.B) {
	const evaluations = 10_000
	space := madeSpace(b, searchspace.Part{Name: "cell", MaxNodes: 6, NodeOps: []string{"a", "b", "c"}})
	free := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 1}, nil
	})
	for name, c := range map[string]rl.Config{
		"sequential": {Workers: 1}, "lag": {Workers: 2, Lag: 48}, "rounds": {Workers: 2, Batch: 16}, "arrival": {Workers: 2, Arrival: true},
		"recorded": {Workers: 2, Lag: 48},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				c.Evaluations = evaluations
				if name == "recorded" {
					c.Recorder = &memoryRecorder{}
				}
				c.Seed++
				h, err := mustRun(b, space, baseline.RandomSearch{}, free, c)
				require.NoError(b, err)
				n += len(h.Evaluations)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/trial")
		})
	}
}
