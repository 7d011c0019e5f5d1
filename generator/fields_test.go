package generator_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// eachFieldModel runs a test for all models on all spaces with fields, or on one of them under the race detector.
func eachFieldModel(t *testing.T, test func(t *testing.T, s searchspace.Space, make maker)) {
	for name, s := range modeltest.FieldSpaces(t) {
		if race.Enabled && name != "chain" {
			continue
		}
		for model, make := range models {
			t.Run(name+", "+model, func(t *testing.T) { test(t, s, make) })
		}
	}
}

func TestProbabilitiesOfFieldsSumToOne(t *testing.T) {
	eachFieldModel(t, func(t *testing.T, s searchspace.Space, make maker) {
		all, g := modeltest.Enumerate(t, s), make(t, s, 1)
		for _, temperature := range []float64{0.2, 1, 3} {
			assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, at(t, g, temperature), all)), 1e-4)
		}
		modeltest.Fit(t, g, 1, modeltest.Examples(1, all[0], all[len(all)/2]), generator.FitOptions{Epochs: 25, Loss: generator.LogLikelihood})
		for _, temperature := range []float64{0.5, 1} {
			view := at(t, g, temperature)
			p := modeltest.Probabilities(t, view, all)
			assert.InDelta(t, 1, modeltest.Sum(p), 1e-4)
			modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, view, 7, 10_000))
		}
	})
}

func TestBeamsOfFields(t *testing.T) {
	eachFieldModel(t, func(t *testing.T, s searchspace.Space, make maker) {
		all, g := modeltest.Enumerate(t, s), make(t, s, 1)
		want := modeltest.LogProbs(t, g, all...)
		slices.Sort(want)
		slices.Reverse(want)
		best := mostProbable(t, g, len(all), len(all))
		require.Len(t, best, len(all))
		requireRanking(t, g, best)
		for i := range want {
			require.InDelta(t, want[i], best[i].LogProb, 1e-4)
		}
		requireRanking(t, g, mostProbable(t, g, 5, 8))
	})
}

func TestFitMemorizesFields(t *testing.T) {
	eachFieldModel(t, func(t *testing.T, s searchspace.Space, make maker) {
		g := make(t, s, 1)
		a := modeltest.Sample(t, g, 2, 1)
		report := modeltest.Fit(t, g, 3, modeltest.Examples(1, a...), generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 200, LearningRate: 5e-3})
		assert.Less(t, report.LastLoss, report.FirstLoss/5)
		assert.Greater(t, modeltest.Probabilities(t, g, a)[0], 0.9)
		assert.True(t, a[0].Equal(mostProbable(t, g, 1, 5)[0].Arch))
	})
}

func TestASeedDeterminesFields(t *testing.T) {
	eachFieldModel(t, func(t *testing.T, s searchspace.Space, make maker) {
		want := live(t, s, make, 1)
		assert.Equal(t, want, live(t, s, make, 1))
		assert.NotEqual(t, want, live(t, s, make, 2))
	})
}

// TestFieldsOfANodeDependOnOneAnother checks two fields that take both values and determine each
// other.
func TestFieldsOfANodeDependOnOneAnother(t *testing.T) {
	kernel, stride := searchspace.Ordered("kernel", 3, 5), searchspace.Ordered("stride", 1, 2)
	right := func(l searchspace.Label) bool { return l.Int("kernel") == 3 == (l.Int("stride") == 2) }
	for name, p := range map[string]searchspace.Part{
		"nodes": {Name: "cell", MaxNodes: 2, NodeFields: []searchspace.Field{kernel, stride}},
		"edges": {Name: "cell", MaxNodes: 2, EdgeFields: []searchspace.Field{kernel, stride}},
	} {
		s := modeltest.Space(t, nil, p)
		var data []searchspace.Arch
		for _, a := range modeltest.Enumerate(t, s) {
			g := a.Part(0)
			if g.NumEdges() == 1 && (name == "edges" || right(g.Node(0)) && right(g.Node(1))) && (name == "nodes" || right(g.EdgeLabel(0, 1))) {
				data = append(data, a)
			}
		}
		for model, make := range models {
			t.Run(name+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				modeltest.Fit(t, g, 1, modeltest.Examples(1, data...), generator.FitOptions{Epochs: 600, BatchSize: 4, Loss: generator.LogLikelihood})
				p := modeltest.Probabilities(t, g, data)
				assert.Greater(t, modeltest.Sum(p), 0.99)
				for i := range p {
					assert.InDelta(t, 1/float64(len(p)), p[i], 0.1)
				}
			})
		}
	}
}

// TestFieldsOfDifferentNodes trains on two chains in which all nodes have the same value. Only a
// model that reads the fields of earlier nodes can learn this.
func TestFieldsOfDifferentNodes(t *testing.T) {
	node, edge := searchspace.Bool("wide"), searchspace.Bool("gate")
	for name, p := range map[string]searchspace.Part{
		"of nodes": searchspace.Chain("chain", 4, 4, nil, node),
		"of edges": {Name: "chain", MaxNodes: 4, EdgeFields: []searchspace.Field{edge}, Rules: searchspace.Chain("chain", 4, 4, nil).Rules},
	} {
		s := modeltest.Space(t, nil, p)
		all := modeltest.Enumerate(t, s)
		ends := []searchspace.Arch{all[0], all[len(all)-1]}
		for model, least := range map[string]float64{"causal": 0.45, "LSTM": 0.45, "paper": 0} {
			t.Run(name+", "+model, func(t *testing.T) {
				g := models[model](t, s, 1)
				modeltest.Fit(t, g, 1, modeltest.Examples(1, ends...), generator.FitOptions{Epochs: 400, Loss: generator.LogLikelihood})
				for _, p := range modeltest.Probabilities(t, g, ends) {
					assert.Greater(t, p, least)
					if least == 0 {
						assert.InDelta(t, 1/float64(len(all)), p, 0.02, "the nodes are independent")
					}
				}
			})
		}
	}
}

// TestFieldsThatAreGivenCostNothing checks that a field with one value, or with one allowed value,
// is certain.
func TestFieldsThatAreGivenCostNothing(t *testing.T) {
	only := searchspace.Named("the first value", func(_ *searchspace.Draft, d searchspace.Decision) []int { return d.Allowed[:1] })
	s := modeltest.Space(t, only, searchspace.Part{Name: "cell", MaxNodes: 3, NodeFields: []searchspace.Field{searchspace.Bool("wide")}})
	for model, make := range models {
		g := make(t, s, 1)
		a := modeltest.Sample(t, g, 1, 1)
		assert.InDelta(t, 0, modeltest.LogProbs(t, g, a...)[0], 1e-12, model)
		report := modeltest.Fit(t, g, 1, modeltest.Examples(1, a...), generator.FitOptions{Loss: generator.LogLikelihood})
		assert.InDelta(t, 0, report.FirstLoss, 1e-12, model)
		assert.InDelta(t, 0, modeltest.LogProbs(t, g, a...)[0], 1e-12, model)
	}
}
