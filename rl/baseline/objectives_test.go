package baseline_test

import (
	"context"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// opposed has two objectives: the number of edges, and the number of nodes "a" minus the number of
// edges.
var opposed = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	edges, nodes := float64(a.Part(0).NumEdges()), 0.0
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "a" {
			nodes++
		}
	}
	return evaluator.Result{Value: edges, Metrics: map[string]float64{"slim": 2*nodes - edges, "nodes": nodes}}, nil
})

var bothObjectives = []rl.Objective{rl.Maximize(""), rl.Maximize("slim")}

// shares returns the mean hypervolume of a method after some evaluations of the small space.
func shares(t *testing.T, m rl.Method, evaluations int, limits ...rl.Limit) float64 {
	sum := 0.0
	const seeds = 12
	for seed := range uint64(seeds) {
		h, err := search(t, smallSpace(t), m, opposed, rl.Config{Seed: seed, Evaluations: evaluations, Objectives: bothObjectives, Limits: limits})
		require.NoError(t, err)
		volumes, err := h.Hypervolume([]float64{-1, -4})
		require.NoError(t, err)
		sum += volumes[len(volumes)-1] / seeds
	}
	return sum
}

// Methods for several objectives find more than random draws.
func TestSeveralObjectives(t *testing.T) {
	random := shares(t, baseline.RandomSearch{}, 40)
	for name, m := range map[string]rl.Method{
		"nsga2": baseline.NSGA2{Population: 10}, "local": baseline.LocalSearch{}, "evolution": baseline.RegularizedEvolution{Population: 10, Sample: 4},
	} {
		assert.Greater(t, shares(t, m, 40), random, name)
	}
}

// Methods also learn limits on figures that are only known after an evaluation.
func TestLimitsOnEvaluatedFigures(t *testing.T) {
	limit := rl.AtLeast("nodes", 2)
	random := shares(t, baseline.RandomSearch{}, 40, limit)
	for name, m := range map[string]rl.Method{"nsga2": baseline.NSGA2{Population: 10}, "local": baseline.LocalSearch{}} {
		assert.Greater(t, shares(t, m, 40, limit), random, name)
	}
}

func TestInvalidNSGA2Settings(t *testing.T) {
	for _, m := range []baseline.NSGA2{{Population: -1}, {Cross: 1.5}, {Cross: -0.1}} {
		_, err := rl.New(smallSpace(t), m, rl.Config{})
		assert.ErrorContains(t, err, "NSGA2: Population must not be negative and Cross must be from 0 to 1, got ")
	}
}

// Children are members of the space, in every space.
func TestNSGA2CrossesInSpacesWithRules(t *testing.T) {
	h, err := search(t, searchspace.NASBench101{}, baseline.NSGA2{Population: 8}, countEdges, rl.Config{Evaluations: 60, Batch: 8})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 60)
	neighbors := 0
	for _, e := range h.Evaluations {
		if e.Source == rl.SourceNeighbor {
			neighbors++
		}
	}
	assert.Greater(t, neighbors, 40)
}
