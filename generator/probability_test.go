package generator_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestProbabilitiesOfNASBench201SumToOne(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	all := slices.Collect(searchspace.NASBench201{}.All())
	require.Len(t, all, 15625)
	untrained := newGRAN(t, searchspace.NASBench201{}, little, 1)
	trained := newGRAN(t, searchspace.NASBench201{}, little, 2)
	modeltest.Fit(t, trained, 3, modeltest.Examples(1, all[77], all[4711], all[15000]), generator.FitOptions{Epochs: 150, Loss: generator.LogLikelihood})
	require.Greater(t, slices.Max(modeltest.Probabilities(t, trained, all)), 0.1, "hardly trained")
	lstm := newLSTM(t, searchspace.NASBench201{}, 3)
	modeltest.Fit(t, lstm, 3, modeltest.Examples(1, all[77], all[4711]), generator.FitOptions{Epochs: 100, Loss: generator.LogLikelihood})
	for name, g := range map[string]generator.Model{
		"LSTM": newLSTM(t, searchspace.NASBench201{}, 1), "trained LSTM": lstm, "trained LSTM, hot": at(t, lstm, 2),
		"the paper's sizes": newGRAN(t, searchspace.NASBench201{}, gran.Config{}, 1),
		"causal":            newGRAN(t, searchspace.NASBench201{}, forms["causal"], 1),
		"untrained":         untrained, "untrained, cold": at(t, untrained, 0.5), "untrained, hot": at(t, untrained, 2),
		"trained": trained, "trained, cold": at(t, trained, 0.5), "trained, hot": at(t, trained, 2),
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, g, all)), 1e-4)
		})
	}
}

func TestProbabilitiesOfAnySpaceSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.SmallSpace(t)
		g := anyModel(t, s, rapid.Uint64().Draw(t, "seed"))
		view := at(t, g, rapid.SampledFrom([]float64{0.1, 0.5, 1, 2}).Draw(t, "temperature"))
		require.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, view, modeltest.Enumerate(t, s))), 1e-4)
	})
}

func TestProbabilitiesOfCellsSumToOne(t *testing.T) {
	for nodes, count := range map[int]int{4: 45, 5: 405} {
		s := modeltest.SmallCells(t, nodes, 6)
		all := modeltest.Enumerate(t, s)
		require.Len(t, all, count)
		for name, make := range models {
			g := make(t, s, 1)
			for _, temperature := range []float64{0.2, 1, 3} {
				assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, at(t, g, temperature), all)), 1e-4, name)
			}
			modeltest.Fit(t, g, 1, modeltest.Examples(1, all[0], all[len(all)-1]), generator.FitOptions{Epochs: 50, Loss: generator.LogLikelihood})
			assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, g, all)), 1e-4, name)
		}
	}
}

// TestHotModelsAreUniform checks the limit of high temperature, in which every decision is uniform
// and LogProb depends only on the numbers of allowed values.
func TestHotModelsAreUniform(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.SmallSpace(t)
		hot := at(t, anyModel(t, s, rapid.Uint64().Draw(t, "seed")), 1e7)
		for _, a := range modeltest.Sample(t, hot, rapid.Uint64().Draw(t, "draws"), 5) {
			path, err := searchspace.Path(s, a)
			require.NoError(t, err)
			want := 0.0
			for _, step := range path {
				want -= math.Log(float64(len(step.Allowed)))
			}
			require.InDelta(t, want, modeltest.LogProbs(t, hot, a)[0], 1e-5)
		}
	})
}

// TestColdModelsHaveOneAnswer checks the limit of low temperature.
func TestColdModelsHaveOneAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.SmallSpace(t)
		cold := at(t, anyModel(t, s, rapid.Uint64().Draw(t, "seed")), rapid.SampledFrom([]float64{1e-9, 1e-30}).Draw(t, "temperature"))
		archs := modeltest.Sample(t, cold, rapid.Uint64().Draw(t, "draws"), 5)
		for i, p := range modeltest.Probabilities(t, cold, archs) {
			require.InDelta(t, 1, p, 1e-4)
			require.True(t, archs[0].Equal(archs[i]))
		}
	})
}

func TestInvalidTemperatures(t *testing.T) {
	g, lstm := newGRAN(t, searchspace.NASBench201{}, little, 1), newLSTM(t, searchspace.NASBench201{}, 1)
	for _, bad := range []float64{0, 1e-310, 9e-31, -1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := g.WithTemperature(bad)
		assert.ErrorContains(t, err, "temperature must be finite and at least 1e-30")
		_, err = lstm.WithTemperature(bad)
		assert.ErrorContains(t, err, "temperature must be finite and at least 1e-30")
	}
}

func TestTemperatureOneIsTheModelItself(t *testing.T) {
	for _, make := range models {
		g := make(t, searchspace.NASBench201{}, 1)
		archs := modeltest.Sample(t, g, 2, 20)
		assert.Equal(t, archs, modeltest.Sample(t, at(t, g, 1), 2, 20))
		assert.Equal(t, modeltest.LogProbs(t, g, archs...), modeltest.LogProbs(t, at(t, at(t, g, 5), 1), archs...))
	}
}

func TestFrequencies(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	cells := modeltest.SmallCells(t, 4, 5)
	labeled := modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}})
	plain := modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 4})
	parts := modeltest.Space(t, modeltest.ArbitraryRule(5),
		searchspace.Part{Name: "first", MaxNodes: 3, NodeOps: []string{"a", "b", "end"}, Last: "end"},
		searchspace.Part{Name: "second", MaxNodes: 2, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x"}})
	for name, s := range map[string]searchspace.Space{"cells": cells, "edge operations": labeled, "plain": plain, "parts": parts} {
		for model, make := range models {
			t.Run(name+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				all := modeltest.Enumerate(t, s)
				modeltest.Fit(t, g, 1, modeltest.Examples(1, all[0], all[len(all)/2]), generator.FitOptions{Epochs: 25, Loss: generator.LogLikelihood})
				for _, temperature := range []float64{0.3, 1} {
					view := at(t, g, temperature)
					modeltest.RequireFrequencies(t, all, modeltest.Probabilities(t, view, all), modeltest.Sample(t, view, 7, 20_000))
				}
			})
		}
	}
}

// TestEdgesOfANodeDependOnOneAnother trains on a mixture of two answers, which no product of
// independent edges could represent.
func TestEdgesOfANodeDependOnOneAnother(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 4})
	var none, full searchspace.Arch
	for _, a := range modeltest.Enumerate(t, s) {
		last := 0
		for from := range 3 {
			if a.Part(0).HasEdge(from, 3) {
				last++
			}
		}
		switch {
		case a.Part(0).NumEdges() == 0:
			none = a
		case a.Part(0).NumEdges() == 3 && last == 3:
			full = a
		}
	}
	for model, make := range models {
		g := make(t, s, 1)
		modeltest.Fit(t, g, 1, modeltest.Examples(1, none, full), generator.FitOptions{Epochs: 400, Loss: generator.LogLikelihood})
		p := modeltest.Probabilities(t, g, []searchspace.Arch{none, full})
		assert.Greater(t, min(p[0], p[1]), 0.35, "%s: %v", model, p)
	}
}
