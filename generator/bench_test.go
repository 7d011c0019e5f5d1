package generator

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
)

// BenchmarkFreshTraining is one round's training with the paper's CIFAR-10 preset: 15 cells, 70 epochs, batches of two.
func BenchmarkFreshTraining(b *testing.B) {
	space := searchspace.NASBench201{}
	rng := rand.New(rand.NewPCG(1, 1))
	g, err := NewGRAN(space, Config{}, rng)
	require.NoError(b, err)
	archs, err := g.Sample(context.Background(), rng, 15)
	require.NoError(b, err)
	data := make([]Example, len(archs))
	for i, a := range archs {
		data[i] = Example{Arch: a, Weight: float64(i+1) / float64(len(archs))}
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Reset(rng)
		_, err := g.Fit(context.Background(), rng, data, FitOptions{Epochs: 70})
		require.NoError(b, err)
	}
}
