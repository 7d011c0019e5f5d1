package generator

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// exactMarginals sums over all architectures.
func exactMarginals(t *testing.T, g *GRAN, all []searchspace.Arch) Marginals {
	var m Marginals
	for _, p := range g.Space().Parts() {
		m.Parts = append(m.Parts, newPartMarginals(p))
	}
	for i, p := range probabilities(t, g, all) {
		for part := range m.Parts {
			pm, dag := &m.Parts[part], all[i].Part(part)
			for v := range dag.Len() {
				pm.Nodes[v] += p
				if pm.NodeOps != nil {
					pm.NodeOps[v][slices.Index(pm.Part.NodeOps, dag.NodeOp(v))] += p
				}
			}
			for _, e := range dag.Edges() {
				pm.Edges[e.To][e.From] += p
				if pm.EdgeOps != nil {
					pm.EdgeOps[e.To][e.From][slices.Index(pm.Part.EdgeOps, e.Op)] += p
				}
			}
		}
	}
	return m
}

func TestMarginals(t *testing.T) {
	parts := space(t, arbitraryRule(5),
		searchspace.Part{Name: "first", MaxNodes: 3, NodeOps: []string{"a", "b", "end"}, Last: "end"},
		searchspace.Part{Name: "second", MaxNodes: 3, EdgeOps: []string{"none", "x"}})
	for _, s := range []searchspace.Space{searchspace.NASBench201{}, parts} {
		t.Run(s.Name(), func(t *testing.T) {
			g := newGRAN(t, s, little, 1)
			all := enumerate(t, s)
			fit(t, g, 1, examples(1, all[0], all[len(all)/3]), FitOptions{Epochs: 20, Loss: LogLikelihood})
			const n = 10_000
			m, err := EstimateMarginals(background, g, s, newRand(1), n)
			require.NoError(t, err)
			assert.Equal(t, n, m.Samples)
			close := func(want, got float64) {
				require.InDelta(t, want, got, 5*math.Sqrt(want*(1-want)/n)+1e-4)
			}
			for i, want := range exactMarginals(t, g, all).Parts {
				got := m.Parts[i]
				require.Equal(t, s.Parts()[i], got.Part)
				require.Equal(t, want.NodeOps == nil, got.NodeOps == nil)
				require.Equal(t, want.EdgeOps == nil, got.EdgeOps == nil)
				for v := range want.Nodes {
					close(want.Nodes[v], got.Nodes[v])
					for from := range v {
						close(want.Edges[v][from], got.Edges[v][from])
						for op := range want.Part.EdgeOps {
							close(want.EdgeOps[v][from][op], got.EdgeOps[v][from][op])
						}
					}
					for op := range want.Part.NodeOps {
						close(want.NodeOps[v][op], got.NodeOps[v][op])
					}
				}
			}
		})
	}
}

func TestEntropy(t *testing.T) {
	all := slices.Collect(searchspace.NASBench201{}.All())
	g := newGRAN(t, searchspace.NASBench201{}, little, 1)
	for range 3 {
		want := exactEntropy(t, g, all)
		got, stdErr, err := EstimateEntropy(background, g, newRand(1), 4000)
		require.NoError(t, err)
		assert.InDelta(t, want, got, 5*stdErr)
		assert.Less(t, stdErr, 0.1)
		fit(t, g, 1, examples(1, all[1234]), FitOptions{Epochs: 40, Loss: LogLikelihood})
	}
}

func TestEstimatesOfTooFewSamples(t *testing.T) {
	g := newGRAN(t, searchspace.NASBench201{}, little, 1)
	for _, n := range []int{-1, 0} {
		_, err := EstimateMarginals(background, g, g.Space(), newRand(1), n)
		assert.ErrorContains(t, err, "samples")
	}
	for _, n := range []int{-1, 0, 1} {
		_, _, err := EstimateEntropy(background, g, newRand(1), n)
		assert.ErrorContains(t, err, "samples")
	}
	_, err := EstimateMarginals(background, g, searchspace.NASBench101{}, newRand(1), 5)
	assert.ErrorIs(t, err, searchspace.ErrInvalid, "the generator is of another space")

	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(background)
	cancel(stop)
	_, err = EstimateMarginals(ctx, g, g.Space(), newRand(1), 5)
	assert.ErrorIs(t, err, stop)
	_, _, err = EstimateEntropy(ctx, g, newRand(1), 5)
	assert.ErrorIs(t, err, stop)
}
