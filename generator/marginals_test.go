package generator_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// exactMarginals sums over all architectures.
func exactMarginals(t *testing.T, g *gran.Model, all []searchspace.Arch) generator.Marginals {
	var m generator.Marginals
	for _, p := range g.Space().Parts() {
		m.Parts = append(m.Parts, generator.NewPartMarginals(p))
	}
	for i, p := range modeltest.Probabilities(t, g, all) {
		for part := range m.Parts {
			pm, dag := &m.Parts[part], all[i].Part(part)
			for v := range dag.Len() {
				pm.Nodes[v] += p
				if pm.NodeOps != nil {
					pm.NodeOps[v][slices.Index(pm.Part.NodeOps, dag.NodeOp(v))] += p
				}
				for f, field := range pm.Part.NodeFields {
					if i := slices.Index(field.Values, dag.Node(v).Get(field.Name)); i >= 0 {
						pm.NodeFields[v][f][i] += p
					}
				}
			}
			for _, e := range dag.Edges() {
				pm.Edges[e.To][e.From] += p
				if pm.EdgeOps != nil {
					pm.EdgeOps[e.To][e.From][slices.Index(pm.Part.EdgeOps, e.Op)] += p
				}
				for f, field := range pm.Part.EdgeFields {
					if i := slices.Index(field.Values, dag.EdgeLabel(e.From, e.To).Get(field.Name)); i >= 0 {
						pm.EdgeFields[e.To][e.From][f][i] += p
					}
				}
			}
		}
	}
	return m
}

func TestMarginals(t *testing.T) {
	parts := modeltest.Space(t, modeltest.ArbitraryRule(5),
		searchspace.Part{Name: "first", MaxNodes: 3, NodeOps: []string{"a", "b", "end"}, Last: "end"},
		searchspace.Part{Name: "second", MaxNodes: 3, EdgeOps: []string{"none", "x"}})
	spaces := modeltest.FieldSpaces(t)
	spaces["NAS-Bench-201"], spaces["two parts"] = searchspace.NASBench201{}, parts
	for name, s := range spaces {
		t.Run(name, func(t *testing.T) {
			g := newGRAN(t, s, little, 1)
			all := modeltest.Enumerate(t, s)
			modeltest.Fit(t, g, 1, modeltest.Examples(1, all[0], all[len(all)/3]), generator.FitOptions{Epochs: 20, Loss: generator.LogLikelihood})
			const n = 10_000
			m, err := generator.EstimateMarginals(context.Background(), g, s, modeltest.Rand(1), n)
			require.NoError(t, err)
			assert.Equal(t, n, m.Samples)
			close := func(want, got float64) {
				require.InDelta(t, want, got, 5*math.Sqrt(want*(1-want)/n)+1e-4)
			}
			for i, want := range exactMarginals(t, g, all).Parts {
				got := m.Parts[i]
				require.Equal(t, s.Parts()[i].Name, got.Part.Name)
				require.Equal(t, want.NodeOps == nil, got.NodeOps == nil)
				require.Equal(t, want.EdgeOps == nil, got.EdgeOps == nil)
				require.Equal(t, want.NodeFields == nil, got.NodeFields == nil)
				require.Equal(t, want.EdgeFields == nil, got.EdgeFields == nil)
				for v := range want.Nodes {
					close(want.Nodes[v], got.Nodes[v])
					for from := range v {
						close(want.Edges[v][from], got.Edges[v][from])
						for op := range want.Part.EdgeOps {
							close(want.EdgeOps[v][from][op], got.EdgeOps[v][from][op])
						}
						for f := range want.Part.EdgeFields {
							for value, p := range want.EdgeFields[v][from][f] {
								close(p, got.EdgeFields[v][from][f][value])
							}
						}
					}
					for op := range want.Part.NodeOps {
						close(want.NodeOps[v][op], got.NodeOps[v][op])
					}
					for f := range want.Part.NodeFields {
						for value, p := range want.NodeFields[v][f] {
							close(p, got.NodeFields[v][f][value])
						}
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
		got, stdErr, err := generator.EstimateEntropy(context.Background(), g, modeltest.Rand(1), 4000)
		require.NoError(t, err)
		assert.InDelta(t, want, got, 5*stdErr)
		assert.Less(t, stdErr, 0.1)
		modeltest.Fit(t, g, 1, modeltest.Examples(1, all[1234]), generator.FitOptions{Epochs: 40, Loss: generator.LogLikelihood})
	}
}

func TestEstimatesOfTooFewSamples(t *testing.T) {
	g := newGRAN(t, searchspace.NASBench201{}, little, 1)
	for _, n := range []int{-1, 0} {
		_, err := generator.EstimateMarginals(context.Background(), g, g.Space(), modeltest.Rand(1), n)
		assert.ErrorContains(t, err, "n must be at least")
	}
	for _, n := range []int{-1, 0, 1} {
		_, _, err := generator.EstimateEntropy(context.Background(), g, modeltest.Rand(1), n)
		assert.ErrorContains(t, err, "n must be at least")
	}
	_, err := generator.EstimateMarginals(context.Background(), g, searchspace.NASBench101{}, modeltest.Rand(1), 5)
	assert.ErrorIs(t, err, searchspace.ErrInvalid, "the generator is of another space")

	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	_, err = generator.EstimateMarginals(ctx, g, g.Space(), modeltest.Rand(1), 5)
	assert.ErrorIs(t, err, stop)
	_, _, err = generator.EstimateEntropy(ctx, g, modeltest.Rand(1), 5)
	assert.ErrorIs(t, err, stop)
}
