package rl_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
)

// BenchmarkSearch is a whole search with the paper's CIFAR-10 preset: 100 evaluations looked up in the table of
// NAS-Bench-201, 70 fresh trainings and one more at the end, with either form of the generator.
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
			config := rl.PresetCIFAR10()
			b.ReportAllocs()
			for b.Loop() {
				config.Seed++
				trainer, err := rl.NewTrainer(model, lookup, config)
				require.NoError(b, err)
				_, err = trainer.Run(context.Background())
				require.NoError(b, err)
			}
		})
	}
}
