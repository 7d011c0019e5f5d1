package generator_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// cells returns a space of 2·3^4 ordered graphs with labeled edges.
func cells(t *testing.T) searchspace.Space {
	s, err := searchspace.New("cells", []searchspace.Part{{
		Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "pool"}, EdgeOps: []string{"none", "skip", "dense"},
	}})
	require.NoError(t, err)
	return s
}

// within conditions a model.
func within(t *testing.T, m generator.Model, rules ...searchspace.Rule) generator.Model {
	t.Helper()
	part, err := searchspace.Restrict(m.Space(), rules...)
	require.NoError(t, err)
	c, err := m.(generator.Conditional).Within(part)
	require.NoError(t, err)
	require.Same(t, part, c.Space())
	return c
}

var conditions = map[string]searchspace.Rule{
	"a node":       searchspace.Fix(searchspace.Place{Part: "cell", Node: 1, Field: "op"}, "pool"),
	"an edge":      searchspace.FixEdge("cell", 0, 2, "dense"),
	"no edge":      searchspace.FixEdge("cell", 1, 2, "none"),
	"a cost limit": searchspace.AtMost("at most 3", 3, searchspace.Cost{Edge: func(_ string, from, to int, l searchspace.Label) float64 { return float64(to) }}),
}

// Conditioned draws satisfy the condition, and the probabilities of all architectures that do sum
// to one.
func TestConditionedDraws(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		m := make(t, cells(t), 1)
		modeltest.Fit(t, m, 1, modeltest.Examples(1, modeltest.Sample(t, m, 5, 3)...), generator.FitOptions{Epochs: 30, Loss: generator.LogLikelihood})
		for name, rule := range conditions {
			c := within(t, m, rule)
			all := modeltest.Enumerate(t, c.Space())
			require.Less(t, len(all), 216, name)
			assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, c, all)), 1e-4, name)
			for _, a := range modeltest.Sample(t, c, 7, 50) {
				require.NoError(t, c.Space().Validate(a), name)
				require.NoError(t, m.Space().Validate(a), name)
			}
		}
	})
}

// If the fixed decisions come first, the probabilities are the model's conditional probabilities.
func TestConditionalProbabilities(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		m := make(t, cells(t), 2)
		c := within(t, m, searchspace.Fix(searchspace.Place{Part: "cell", Node: 0, Field: "op"}, "pool"))
		all := modeltest.Enumerate(t, c.Space())
		joint := modeltest.Probabilities(t, m, all)
		given := modeltest.Sum(joint)
		for i, p := range modeltest.Probabilities(t, c, all) {
			require.InDelta(t, math.Log(joint[i]/given), math.Log(p), 1e-4)
		}
	})
}

// The conditioned model learns together with the original one.
func TestAConditionedModelSharesItsWeights(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		m := make(t, cells(t), 3)
		c := within(t, m, conditions["an edge"])
		a := modeltest.Sample(t, c, 1, 1)[0]
		before := modeltest.Probabilities(t, c, []searchspace.Arch{a})[0]
		modeltest.Fit(t, m, 1, modeltest.Examples(1, a), generator.FitOptions{Epochs: 60, Loss: generator.LogLikelihood})
		assert.Greater(t, modeltest.Probabilities(t, c, []searchspace.Arch{a})[0], before)
	})
}

// A limit on a figure that is known for every architecture works even if the figure is not
// additive.
func TestDrawsFromAList(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		m := make(t, cells(t), 4)
		odd := slices.DeleteFunc(modeltest.Enumerate(t, m.Space()), func(a searchspace.Arch) bool { return len(a.Part(0).Edges())%2 == 0 })
		list, err := searchspace.Listed(m.Space(), odd)
		require.NoError(t, err)
		c, err := m.(generator.Conditional).Within(list)
		require.NoError(t, err)
		assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, c, odd)), 1e-4)
		for _, a := range modeltest.Sample(t, c, 1, 30) {
			require.NoError(t, list.Validate(a))
		}
	})
}

func TestWithinRejectsOtherSpaces(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		m := make(t, cells(t), 5).(generator.Conditional)
		for _, other := range []searchspace.Space{searchspace.NASBench201{}, modeltest.SmallCells(t, 4, 6)} {
			_, err := m.Within(other)
			assert.ErrorIs(t, err, generator.ErrOtherSpace)
		}
		part, err := searchspace.New("cells", []searchspace.Part{{Name: "cell", MaxNodes: 4, NodeOps: []string{"conv", "pool"}}})
		require.NoError(t, err)
		_, err = m.Within(part)
		assert.ErrorIs(t, err, generator.ErrOtherSpace)
	})
}
