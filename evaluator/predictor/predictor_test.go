package predictor

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// TestPredictionDependsOnlyOnTheArchitecture checks that a prediction does not depend on the other architectures of a call.
func TestPredictionDependsOnlyOnTheArchitecture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, rng := anySpace(t), newRand(rapid.Uint64().Draw(t, "seed"))
		p := trained(t, s, examplesOf(randomArchs(t, s, rng, 10), edges), little)
		archs := randomArchs(t, s, rng, rapid.IntRange(0, 150).Draw(t, "architectures"))
		together := predict(t, p, archs...)
		for i, a := range archs {
			require.InDelta(t, predict(t, p, a)[0], together[i], 1e-4)
		}
	})
}

func TestIsomorphicCellsHaveOnePrediction(t *testing.T) {
	s := searchspace.NASBench101{}
	p := trained(t, s, examplesOf(randomArchs(t, s, newRand(1), 50), edges), little)
	rapid.Check(t, func(t *rapid.T) {
		rng := newRand(rapid.Uint64().Draw(t, "seed"))
		a := randomArchs(t, s, rng, 1)[0]
		b := renumbered(t, a, rng)
		require.NoError(t, s.Validate(b))
		values := predict(t, p, a, b)
		require.InDelta(t, values[0], values[1], 1e-4)
	})
}

// renumbered gives the inner nodes of a cell another topological order.
func renumbered(t require.TestingT, a searchspace.Arch, rng *rand.Rand) searchspace.Arch {
	g := a.Part(0)
	place, ops := make([]int, g.Len()), make([]string, g.Len())
	for next := range place {
		var ready []int
		for v := range g.Len() {
			if place[v] == 0 && allBefore(g, v, place) {
				ready = append(ready, v)
			}
		}
		v := ready[rng.IntN(len(ready))]
		place[v], ops[next] = next+1, g.NodeOp(v) // 0 marks a node that has no place yet
	}
	edges := g.Edges()
	for i := range edges {
		edges[i].From, edges[i].To = place[edges[i].From]-1, place[edges[i].To]-1
	}
	dag, err := searchspace.NewDAG(g.Name(), g.Len(), ops, edges)
	require.NoError(t, err)
	return searchspace.NewArch(dag)
}

// allBefore reports whether all inputs of a node have a place. The output needs all other nodes.
func allBefore(g searchspace.DAG, v int, place []int) bool {
	for u := range v {
		if (g.HasEdge(u, v) || v == g.Len()-1) && place[u] == 0 {
			return false
		}
	}
	return true
}

func TestConcurrentPredictionsAreTheSame(t *testing.T) {
	s := searchspace.NASBench101{}
	archs := randomArchs(t, s, newRand(1), 200)
	p := trained(t, s, examplesOf(archs[:50], edges), little)
	want := predict(t, p, archs...)
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			got, err := p.Predict(context.Background(), archs)
			assert.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	running.Wait()
}

func TestPredictRejectsOtherArchitectures(t *testing.T) {
	p := trained(t, searchspace.NASBench101{}, examplesOf(randomArchs(t, searchspace.NASBench101{}, newRand(1), 5), edges), little)
	for _, stranger := range append(randomArchs(t, searchspace.NASBench201{}, newRand(1), 1), searchspace.Arch{}) {
		_, err := p.Predict(context.Background(), append(randomArchs(t, searchspace.NASBench101{}, newRand(2), 100), stranger))
		require.ErrorIs(t, err, searchspace.ErrInvalid)
	}
	assert.Empty(t, predict(t, p))
}

// Invalid architectures that a space accepts are errors, not panics.
func TestSpaceThatAcceptsEverything(t *testing.T) {
	s := lax{twoParts(t)}
	known := randomArchs(t, s, newRand(1), 5)
	p := trained(t, s, examplesOf(known, edges), little)
	node := func(part, op string) searchspace.DAG {
		g, err := searchspace.NewDAG(part, 1, []string{op}, nil)
		require.NoError(t, err)
		return g
	}
	two := []searchspace.Edge{{From: 0, To: 1, Op: "z"}}
	unknownEdge, err := searchspace.NewDAG("cell", 2, []string{"a", "b"}, two)
	require.NoError(t, err)
	long, err := searchspace.NewDAG("head", 3, nil, nil)
	require.NoError(t, err)
	stem, cell, head := known[0].Part(0), known[0].Part(1), known[0].Part(2)
	for name, a := range map[string]searchspace.Arch{
		"no part":                searchspace.NewArch(),
		"a part too few":         searchspace.NewArch(stem, cell),
		"empty parts":            searchspace.NewArch(searchspace.DAG{}, searchspace.DAG{}, searchspace.DAG{}),
		"unknown node operation": searchspace.NewArch(node("stem", "what"), cell, head),
		"unknown edge operation": searchspace.NewArch(stem, unknownEdge, head),
		"operations nodes lack":  searchspace.NewArch(stem, cell, node("head", "what")),
		"too many nodes":         searchspace.NewArch(stem, cell, long),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.Predict(context.Background(), []searchspace.Arch{a})
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			_, err = Train(context.Background(), s, []Example{{Arch: a}}, little)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
		})
	}
}

// lax is a space that accepts every architecture.
type lax struct{ searchspace.Space }

func (lax) Validate(searchspace.Arch) error { return nil }

func TestPredictEndsWithItsContext(t *testing.T) {
	s, errStop := searchspace.NASBench201{}, errors.New("stop")
	archs := randomArchs(t, s, newRand(1), 5)
	p := trained(t, s, examplesOf(archs, edges), little)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errStop)
	_, err := p.Predict(ctx, archs)
	require.ErrorIs(t, err, errStop)
}

// Predictions are finite even for values as far apart as possible.
func TestPredictionsAreFinite(t *testing.T) {
	s := searchspace.NASBench201{}
	archs := randomArchs(t, s, newRand(1), 300)
	for _, values := range [][]float64{
		{-math.MaxFloat64, math.MaxFloat64}, {0.9 * math.MaxFloat64, math.MaxFloat64}, {0, 5e-324}, {-1e300, 0, 1, 2},
	} {
		var data []Example
		for i, v := range values {
			data = append(data, Example{Arch: archs[i], Value: v})
		}
		predict(t, trained(t, s, data, little), archs...) // checks that all predictions are finite
	}
}
