package generator

import (
	"context"
	"testing"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
)

// BenchmarkFreshLSTMTraining is one round's training with the paper's CIFAR-10 preset: 15 cells, 70 epochs, batches of two.
func BenchmarkFreshLSTMTraining(b *testing.B) {
	rng := newRand(1)
	g, err := NewLSTM(searchspace.NASBench201{}, LSTMConfig{}, rng)
	require.NoError(b, err)
	data := examples(1, sample(b, g, 1, 15)...)
	b.ReportAllocs()
	for b.Loop() {
		g.Reset(rng)
		_, err := g.Fit(context.Background(), rng, data, FitOptions{Epochs: 70})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(g.NumParams()), "parameters")
}

// BenchmarkLSTMSample draws 970 cells, as many as a round may have to draw.
func BenchmarkLSTMSample(b *testing.B) {
	rng := newRand(1)
	g, err := NewLSTM(searchspace.NASBench201{}, LSTMConfig{}, rng)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := g.Sample(context.Background(), rng, 970)
		require.NoError(b, err)
	}
}
