package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
)

// BenchmarkSteps times a forward and a backward pass over 32 images with each plan in the folder $PLANS, such as plans/steps.
// examples/pytorch/measure.py measures the same in PyTorch.
func BenchmarkSteps(b *testing.B) {
	files, err := filepath.Glob(filepath.Join(os.Getenv("PLANS"), "*.json"))
	require.NoError(b, err)
	for _, file := range files {
		b.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(b *testing.B) {
			text, err := os.ReadFile(file)
			require.NoError(b, err)
			p, err := network.ParsePlan(text)
			require.NoError(b, err)
			rng := rand.New(rand.NewPCG(1, 1))
			n, err := p.Build(p.Layout().Init(rng), network.Options{})
			require.NoError(b, err)
			batch := network.Batch{Images: draw.Images(p.Input(), 32, rng), Labels: make([]int, 32)}
			for b.Loop() {
				_, err := n.Gradient(batch, 0)
				require.NoError(b, err)
			}
		})
	}
}

// TestPlansAreWritten checks that all written plans can be read again.
func TestPlansAreWritten(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, write(folder, 1))
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, len(published)+len(steps)+len(draw.Spaces()))
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = network.ParsePlan(text)
		require.NoError(t, err, file)
	}
}
