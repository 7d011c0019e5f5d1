package lstm

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkFreshTraining measures one round's training with the paper's CIFAR-10 preset: 15 cells,
// 70 epochs, batches of two.
func BenchmarkFreshTraining(b *testing.B) {
	rng := modeltest.Rand(1)
	g, err := New(searchspace.NASBench201{}, Config{}, rng)
	require.NoError(b, err)
	data := modeltest.Examples(1, modeltest.Sample(b, g, 1, 15)...)
	b.ReportAllocs()
	for b.Loop() {
		g.Reset(rng)
		_, err := g.Fit(context.Background(), rng, data, generator.FitOptions{Epochs: 70})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(g.NumParams()), "parameters")
}

// BenchmarkSample draws 970 cells, as a round may have to.
func BenchmarkSample(b *testing.B) {
	rng := modeltest.Rand(1)
	g, err := New(searchspace.NASBench201{}, Config{}, rng)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := g.Sample(context.Background(), rng, 970)
		require.NoError(b, err)
	}
}
