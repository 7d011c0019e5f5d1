package generator_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkLimited compares two ways to draw within a limit that only a share of a generator's draws satisfy: draws of which the
// others are rejected, and a rule that keeps every decision within the limit. An operation is a draw within the limit. The
// generator has been trained on a few architectures without absent edges, as after the exploration of a search.
//
// The metric "draws" is how many draws that takes. Of the conditioned draws, "effective" is the share of independent draws
// from the exact conditional distribution that are worth as much, if they are weighted by their probabilities (Kong 1992):
// 1 if the two distributions are equal.
func BenchmarkLimited(b *testing.B) {
	const batch = 64
	chain, err := searchspace.New("chain", []searchspace.Part{
		searchspace.Chain("blocks", 12, 12, []string{"a", "b", "c"}, searchspace.Ordered("kernel", 3, 5, 7)),
	})
	require.NoError(b, err)
	present, err := explore.NewUniformOver(searchspace.NASBench201{}, "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
	require.NoError(b, err)
	for _, s := range []struct {
		name     string
		space    searchspace.Space
		explorer generator.GraphGenerator
		cost     searchspace.Cost
	}{
		{"nasbench201", searchspace.NASBench201{}, present, searchspace.Cost{Edge: func(_ string, from, to int, l searchspace.Label) float64 {
			return map[string]float64{"skip_connect": 1, "nor_conv_1x1": 3, "nor_conv_3x3": 9, "avg_pool_3x3": 2}[l.Op] * (1 + 0.1*float64(from) + 0.03*float64(to))
		}}},
		{"chain", chain, explore.NewUniformLabels(chain), searchspace.Cost{Node: func(_ string, node int, l searchspace.Label) float64 {
			return map[string]float64{"a": 1, "b": 2, "c": 4}[l.Op] * (1 + 0.1*float64(node))
		}}},
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		model, err := gran.New(s.space, gran.Config{Form: gran.CausalForm}, rng)
		require.NoError(b, err)
		archs, err := s.explorer.Sample(b.Context(), rng, 15)
		require.NoError(b, err)
		_, err = model.Fit(b.Context(), rng, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 30})
		require.NoError(b, err)
		archs, err = model.Sample(b.Context(), rng, 20_000)
		require.NoError(b, err)
		costs := make([]float64, len(archs))
		for i, a := range archs {
			costs[i] = s.cost.Of(a)
		}
		slices.Sort(costs)
		for _, share := range []float64{0.1, 0.01, 0.001} {
			limit := stat.Quantile(share, stat.Empirical, costs, nil)
			b.Run(fmt.Sprintf("%s/%g/rejection", s.name, share), func(b *testing.B) {
				draws, within := 0, 0
				for within < b.N {
					archs, err := model.Sample(b.Context(), rng, batch)
					require.NoError(b, err)
					for _, a := range archs {
						if draws++; s.cost.Of(a) <= limit {
							within++
						}
					}
				}
				b.ReportMetric(float64(draws)/float64(within), "draws")
			})
			b.Run(fmt.Sprintf("%s/%g/conditioned", s.name, share), func(b *testing.B) {
				part, err := searchspace.Restrict(s.space, searchspace.AtMost("within the limit", limit, s.cost))
				require.NoError(b, err)
				conditioned, err := model.Within(part)
				require.NoError(b, err)
				for within := 0; within < b.N; within += batch {
					_, err := conditioned.Sample(b.Context(), rng, batch)
					require.NoError(b, err)
				}
				b.StopTimer()
				b.ReportMetric(1, "draws")
				b.ReportMetric(effective(b, model, conditioned, rng), "effective")
			})
		}
	}
}

// effective returns the effective size of a sample of one model as a share of it, if it is weighted as one of another model.
func effective(b *testing.B, of, drawn generator.Model, rng *rand.Rand) float64 {
	archs, err := drawn.Sample(b.Context(), rng, 2000)
	require.NoError(b, err)
	wanted, err := of.LogProb(b.Context(), archs)
	require.NoError(b, err)
	have, err := drawn.LogProb(b.Context(), archs)
	require.NoError(b, err)
	highest := math.Inf(-1)
	for i := range archs {
		highest = max(highest, wanted[i]-have[i])
	}
	sum, squares := 0.0, 0.0
	for i := range archs {
		w := math.Exp(wanted[i] - have[i] - highest)
		sum, squares = sum+w, squares+w*w
	}
	return sum * sum / squares / float64(len(archs))
}
