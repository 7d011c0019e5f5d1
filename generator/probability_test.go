package generator

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}

func TestProbabilitiesOfNASBench201SumToOne(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	all := slices.Collect(searchspace.NASBench201{}.All())
	require.Len(t, all, 15625)
	untrained := newGRAN(t, searchspace.NASBench201{}, little, 1)
	trained := newGRAN(t, searchspace.NASBench201{}, little, 2)
	fit(t, trained, 3, examples(1, all[77], all[4711], all[15000]), FitOptions{Epochs: 150, Loss: LogLikelihood})
	require.Greater(t, slices.Max(probabilities(t, trained, all)), 0.1, "hardly trained")
	lstm := newLSTM(t, searchspace.NASBench201{}, 3)
	fit(t, lstm, 3, examples(1, all[77], all[4711]), FitOptions{Epochs: 100, Loss: LogLikelihood})
	for name, g := range map[string]Model{
		"LSTM": newLSTM(t, searchspace.NASBench201{}, 1), "trained LSTM": lstm, "trained LSTM, hot": at(t, lstm, 2),
		"the paper's sizes": newGRAN(t, searchspace.NASBench201{}, Config{}, 1),
		"causal":            newGRAN(t, searchspace.NASBench201{}, forms["causal"], 1),
		"untrained":         untrained, "untrained, cold": at(t, untrained, 0.5), "untrained, hot": at(t, untrained, 2),
		"trained": trained, "trained, cold": at(t, trained, 0.5), "trained, hot": at(t, trained, 2),
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, 1, sum(probabilities(t, g, all)), 1e-4)
		})
	}
}

func TestProbabilitiesOfAnySpaceSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := smallSpace(t)
		g := anyModel(t, s, rapid.Uint64().Draw(t, "seed"))
		view := at(t, g, rapid.SampledFrom([]float64{0.1, 0.5, 1, 2}).Draw(t, "temperature"))
		require.InDelta(t, 1, sum(probabilities(t, view, enumerate(t, s))), 1e-4)
	})
}

func TestProbabilitiesOfCellsSumToOne(t *testing.T) {
	for nodes, count := range map[int]int{4: 45, 5: 405} {
		s := smallCells(t, nodes, 6)
		all := enumerate(t, s)
		require.Len(t, all, count)
		for name, make := range models {
			g := make(t, s, 1)
			for _, temperature := range []float64{0.2, 1, 3} {
				assert.InDelta(t, 1, sum(probabilities(t, at(t, g, temperature), all)), 1e-4, name)
			}
			fit(t, g, 1, examples(1, all[0], all[len(all)-1]), FitOptions{Epochs: 50, Loss: LogLikelihood})
			assert.InDelta(t, 1, sum(probabilities(t, g, all)), 1e-4, name)
		}
	}
}

// TestSmallCellsAreNASBench101s keeps the tests' own space honest.
func TestSmallCellsAreNASBench101s(t *testing.T) {
	want := map[string]bool{}
	for n := 2; n <= 5; n++ {
		for subset := range 1 << triangle(n) {
			var edges []searchspace.Edge
			for to := range n {
				for from := range to {
					if subset>>(triangle(to)+from)&1 == 1 {
						edges = append(edges, searchspace.Edge{From: from, To: to})
					}
				}
			}
			if a := poolingCell(t, n, edges); len(edges) <= 6 && (searchspace.NASBench101{}).Validate(a) == nil {
				want[a.String()] = true
			}
		}
	}
	got := map[string]bool{}
	for _, a := range enumerate(t, smallCells(t, 5, 6)) {
		got[poolingCell(t, a.Part(0).Len(), a.Part(0).Edges()).String()] = true
	}
	assert.Equal(t, want, got)
}

// poolingCell is a cell of NAS-Bench-101 with all inner nodes alike.
func poolingCell(t require.TestingT, n int, edges []searchspace.Edge) searchspace.Arch {
	ops := slices.Repeat([]string{"maxpool3x3"}, n)
	ops[0], ops[n-1] = "input", "output"
	g, err := searchspace.NewDAG("cell", n, ops, edges)
	require.NoError(t, err)
	return searchspace.NewArch(g)
}

// TestHotModelsAreUniform over every decision: what is left of LogProb is the number of allowed values.
func TestHotModelsAreUniform(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := smallSpace(t)
		hot := at(t, anyModel(t, s, rapid.Uint64().Draw(t, "seed")), 1e7)
		for _, a := range sample(t, hot, rapid.Uint64().Draw(t, "draws"), 5) {
			path, err := searchspace.Path(s, a)
			require.NoError(t, err)
			want := 0.0
			for _, step := range path {
				want -= math.Log(float64(len(step.Allowed)))
			}
			require.InDelta(t, want, logProbs(t, hot, a)[0], 1e-5)
		}
	})
}

// TestColdModelsHaveOneAnswer checks the other limit.
func TestColdModelsHaveOneAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := smallSpace(t)
		cold := at(t, anyModel(t, s, rapid.Uint64().Draw(t, "seed")), 1e-9)
		archs := sample(t, cold, rapid.Uint64().Draw(t, "draws"), 5)
		for i, p := range probabilities(t, cold, archs) {
			require.InDelta(t, 1, p, 1e-4)
			require.True(t, archs[0].Equal(archs[i]))
		}
	})
}

func TestTemperaturesThatAreNone(t *testing.T) {
	g, lstm := newGRAN(t, searchspace.NASBench201{}, little, 1), newLSTM(t, searchspace.NASBench201{}, 1)
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := g.WithTemperature(bad)
		assert.ErrorContains(t, err, "temperature")
		_, err = lstm.WithTemperature(bad)
		assert.ErrorContains(t, err, "temperature")
	}
}

func TestTemperatureOneIsTheModelItself(t *testing.T) {
	for _, make := range models {
		g := make(t, searchspace.NASBench201{}, 1)
		archs := sample(t, g, 2, 20)
		assert.Equal(t, archs, sample(t, at(t, g, 1), 2, 20))
		assert.Equal(t, logProbs(t, g, archs...), logProbs(t, at(t, at(t, g, 5), 1), archs...))
	}
}

func TestFrequencies(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	cells := smallCells(t, 4, 5)
	labelled := space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}})
	plain := space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 4})
	parts := space(t, arbitraryRule(5),
		searchspace.Part{Name: "first", MaxNodes: 3, NodeOps: []string{"a", "b", "end"}, Last: "end"},
		searchspace.Part{Name: "second", MaxNodes: 2, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x"}})
	for name, s := range map[string]searchspace.Space{"cells": cells, "edge operations": labelled, "plain": plain, "parts": parts} {
		for model, make := range models {
			t.Run(name+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				all := enumerate(t, s)
				fit(t, g, 1, examples(1, all[0], all[len(all)/2]), FitOptions{Epochs: 25, Loss: LogLikelihood})
				for _, temperature := range []float64{0.3, 1} {
					view := at(t, g, temperature)
					requireFrequencies(t, all, probabilities(t, view, all), sample(t, view, 7, 20_000))
				}
			})
		}
	}
}

// TestEdgesOfANodeDependOnOneAnother: a mixture of two answers is learned, which no product of edges could be.
func TestEdgesOfANodeDependOnOneAnother(t *testing.T) {
	s := space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 4})
	var none, full searchspace.Arch
	for _, a := range enumerate(t, s) {
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
		fit(t, g, 1, examples(1, none, full), FitOptions{Epochs: 400, Loss: LogLikelihood})
		p := probabilities(t, g, []searchspace.Arch{none, full})
		assert.Greater(t, min(p[0], p[1]), 0.35, "%s: %v", model, p)
	}
}
