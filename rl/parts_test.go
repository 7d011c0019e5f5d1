package rl

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRankRewardIsAnEmpiricalDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 20).Draw(t, "values")
		values = append(values, values[0]) // a tie
		rewards := RankReward(values)
		for i := range values {
			for j := range values {
				if values[i] > values[j] || values[i] == values[j] && i < j {
					assert.Greater(t, rewards[i], rewards[j])
				}
			}
		}
		slices.Sort(rewards)
		for i, r := range rewards {
			assert.InDelta(t, float64(i+1)/float64(len(values)), r, 1e-12)
		}
	})
}

func TestSchedules(t *testing.T) {
	for name, test := range map[string]struct {
		schedule Schedule
		want     []float64 // of rounds 0, 1, 2, 3
	}{
		"never":        {NeverExplore(), []float64{0, 0, 0, 0}},
		"first rounds": {FirstRounds(2), []float64{1, 1, 0, 0}},
		"harmonic":     {Harmonic(1.5), []float64{1, 0.75, 0.5, 0.375}},
		"exponential":  {Exponential(0.5), []float64{1, 0.5, 0.25, 0.125}},
		"constant":     {Constant(0.3), []float64{0.3, 0.3, 0.3, 0.3}},
	} {
		for round, want := range test.want {
			assert.InDelta(t, want, test.schedule(round), 1e-12, "%s, round %d", name, round)
		}
	}
}

func TestStreamsDifferBySeedRoundAndPurpose(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for round := range 20 {
			for p := forChoice; p <= forFit; p++ {
				seen[stream(seed, round, p).Uint64()] = true
			}
		}
	}
	assert.Len(t, seen, 20*20*4)
	assert.Equal(t, stream(3, 4, forFit).Uint64(), stream(3, 4, forFit).Uint64())
}

func TestTopBreaksTiesByTheFirstEvaluated(t *testing.T) {
	h := History{}
	for i, v := range []float64{2, 5, 1, 5, math.Inf(-1)} {
		e := Evaluation{Index: i, Result: evaluator.Result{Value: v}}
		if i == 4 {
			e.Err = errors.New("failed")
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	var order []int
	for _, e := range h.Top(10) {
		order = append(order, e.Index)
	}
	assert.Equal(t, []int{1, 3, 0, 2}, order)
	best, ok := h.Best()
	assert.True(t, ok)
	assert.Equal(t, 1, best.Index)
	_, ok = (&History{}).Best()
	assert.False(t, ok)
}

func TestHistoryAsCSV(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
	require.NoError(t, err)
	h := History{Evaluations: []Evaluation{
		{Index: 0, Arch: a, Result: evaluator.Result{Value: -2.5, Metrics: map[string]float64{"params": 1}, Cost: 1500 * time.Millisecond}},
		{Index: 1, Round: 1, Arch: a, Err: errors.New(`went "wrong", badly`)},
		{Index: 2, Round: 2, Explored: true, Arch: a, Result: evaluator.Result{Value: -3}},
		{Index: 3, Round: 3, Arch: a, Result: evaluator.Result{Value: -9, Failure: "out of memory"}},
	}}
	var text bytes.Buffer
	require.NoError(t, h.WriteCSV(&text, space))
	rows, err := csv.NewReader(&text).ReadAll()
	require.NoError(t, err)
	key := space.Key(a)
	assert.Equal(t, [][]string{
		{"evaluation", "round", "explored", "value", "best", "cost_seconds", "params", "arch", "error"},
		{"0", "0", "false", "-2.5", "-2.5", "1.5", "1", key, ""},
		{"1", "1", "false", "", "-2.5", "0", "", key, `went "wrong", badly`},
		{"2", "2", "true", "-3", "-2.5", "0", "", key, ""},
		{"3", "3", "false", "-9", "-2.5", "0", "", key, "out of memory"},
	}, rows)
	assert.Error(t, h.WriteCSV(full{}, space))
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }
