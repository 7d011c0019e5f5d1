package generator_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestAllSamplesAreLegal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.SmallSpace(t)
		g := anyModel(t, s, rapid.Uint64().Draw(t, "seed"))
		g = at(t, g, rapid.SampledFrom([]float64{0.01, 1, 100}).Draw(t, "temperature"))
		for _, a := range modeltest.Sample(t, g, rapid.Uint64().Draw(t, "draws"), 20) {
			require.NoError(t, s.Validate(a))
		}
	})
}

func TestAllSamplesOfTheBenchmarksAreLegal(t *testing.T) {
	for _, s := range modeltest.Benchmarks {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				for _, temperature := range []float64{0.2, 1, 20} {
					for _, a := range modeltest.Sample(t, at(t, g, temperature), 2, 700) {
						require.NoError(t, s.Validate(a))
					}
				}
			})
		}
	}
}

func TestSampleOfZeroArchitectures(t *testing.T) {
	for _, make := range models {
		g := make(t, searchspace.NASBench201{}, 1)
		for _, n := range []int{0, -1} {
			archs, err := g.Sample(context.Background(), modeltest.Rand(1), n)
			require.NoError(t, err)
			require.Empty(t, archs)
		}
		require.Empty(t, modeltest.LogProbs(t, g))
	}
}
