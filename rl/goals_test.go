package rl_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/pareto"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// size is known before evaluation: twice the number of edges, plus 1 for each "b".
var size = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	n := 2 * float64(a.Part(0).NumEdges())
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "b" {
			n++
		}
	}
	return evaluator.Result{Metrics: map[string]float64{"size": n}}, nil
})

// tradeOff configures a search for high values and small sizes. A third of the small space is
// within the limit.
func tradeOff(c rl.Config) rl.Config {
	c.Objectives = []rl.Objective{rl.Maximize(""), rl.Minimize("size")}
	c.Limits = []rl.Limit{rl.AtMost("size", 3)}
	c.Figures = size
	return c
}

// Methods respect limits, and with several objectives, neither timing nor a crash changes their
// results.
func TestSearchesWithObjectivesAndLimits(t *testing.T) {
	space := smallSpace(t)
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		t.Run(name, func(t *testing.T) {
			cases := 2
			if race.Enabled {
				cases = 1
			}
			for i := range cases {
				c := tradeOff(configs.Example(i))
				recorder := &memoryRecorder{}
				search := func(r rl.Recorder) *rl.Search {
					c.Workers, c.Recorder = 4, r
					return mustNew(t, space, methods[name](t, space), c)
				}
				h, _, err := search(recorder).Simulate(t.Context(), rugged)
				require.NoError(t, err)
				require.Len(t, h.Evaluations, c.Evaluations)
				for _, e := range h.Evaluations {
					r, err := size(t.Context(), e.Arch)
					require.NoError(t, err)
					require.LessOrEqual(t, r.Metrics["size"], 3.0)
					require.True(t, !e.OK() || e.Result.Metrics["size"] == r.Metrics["size"], "results get what is known beforehand")
				}
				want := written(t, h, space)
				synctest.Test(t, func(t *testing.T) {
					h, err = search(nil).Run(context.Background(), delayed(rugged, uint64(i)))
				})
				require.NoError(t, err)
				require.Equal(t, want, written(t, h, space))
				h, _, err = search(recorder.cut(recorder.size()/2)).Simulate(t.Context(), rugged)
				require.NoError(t, err)
				require.Equal(t, want, written(t, h, space), "resumed")
			}
		})
	}
}

func TestRecordWithOtherGoals(t *testing.T) {
	space, recorder := smallSpace(t), &memoryRecorder{}
	c := tradeOff(rl.Config{Evaluations: 3, Recorder: recorder})
	_, err := mustRun(t, space, methods["random"](t, space), countEdges, c)
	require.NoError(t, err)
	for _, change := range []func(*rl.Config){
		func(c *rl.Config) { c.Limits[0].Bound = 4 },
		func(c *rl.Config) { c.Objectives[1].Minimize = false },
		func(c *rl.Config) { c.Objectives = nil },
	} {
		c := tradeOff(rl.Config{Evaluations: 3, Recorder: recorder})
		change(&c)
		_, err := mustRun(t, space, methods["random"](t, space), countEdges, c)
		assert.ErrorIs(t, err, rl.ErrOtherSearch)
	}
}

// Even if a method ignores limits, nothing that breaks one is evaluated.
func TestArchitecturesBeyondALimitAreNotEvaluated(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 60)
	evaluated := 0
	h, err := mustRun(t, space, listed(archs), evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		evaluated++
		return countEdges(ctx, a)
	}), tradeOff(rl.Config{Evaluations: 1000}))
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, evaluated)
	assert.Len(t, h.Repeats, 60-evaluated)
	assert.True(t, 10 < evaluated && evaluated < 50, evaluated)
	for _, e := range h.Repeats {
		require.ErrorIs(t, e.Err, rl.ErrLimit)
		assert.ErrorContains(t, e.Err, "beyond the limit size ≤ 3: size is ")
	}
}

// stateOf returns a state of different architectures with the given values and sizes.
func stateOf(t *testing.T, s rl.Snapshot, figures ...[2]float64) *rl.State {
	space := smallSpace(t)
	archs := draws(t, space, len(figures))
	for i, f := range figures {
		s.Evaluations = append(s.Evaluations, rl.Evaluation{
			Trial:  rl.Trial{ID: i, Arch: archs[i]},
			Result: evaluator.Result{Value: f[0], Metrics: map[string]float64{"size": f[1]}},
		})
	}
	state, err := rl.NewState(space, s)
	require.NoError(t, err)
	return state
}

var bothObjectives = []rl.Objective{rl.Maximize(""), rl.Minimize("size")}

func TestTheOrderOfSeveralObjectives(t *testing.T) {
	for name, test := range map[string]struct {
		limits     []rl.Limit
		figures    [][2]float64
		top, front []int
	}{
		"one point":    {nil, [][2]float64{{1, 1}}, []int{0}, []int{0}},
		"equal points": {nil, [][2]float64{{1, 1}, {1, 1}, {0, 2}}, []int{0, 1, 2}, []int{0, 1}},
		"by rank, then by contribution": {
			nil, [][2]float64{{0, 9}, {5, 5}, {4.9, 4.9}, {9, 8}, {1, 0}, {2, 6}}, []int{4, 3, 2, 1, 5, 0}, []int{3, 1, 2, 4},
		},
		"scales that differ by 1e9": {
			nil, [][2]float64{{0, 9e9}, {5, 5e9}, {4.9, 4.9e9}, {9, 8e9}, {1, 0}, {2, 6e9}}, []int{4, 3, 2, 1, 5, 0}, []int{3, 1, 2, 4},
		},
		"beyond limits come last": {
			[]rl.Limit{rl.AtMost("size", 5), rl.AtLeast("", 1)}, [][2]float64{{9, 9}, {2, 2}, {9, 6}, {0.5, 1}, {1, 1}},
			[]int{1, 4, 2, 0, 3}, []int{1, 4},
		},
		"nothing is within the limits": {[]rl.Limit{rl.AtMost("size", 0)}, [][2]float64{{9, 9}, {2, 2}}, []int{1, 0}, []int{}},
	} {
		state := stateOf(t, rl.Snapshot{Objectives: bothObjectives, Limits: test.limits}, test.figures...)
		assert.Equal(t, test.top, trialIDs(state.Top(10)), name)
		assert.Equal(t, test.top[:1], trialIDs(state.Top(1)), name)
		assert.Equal(t, test.front, trialIDs(state.Front()), name)
		scores := state.Scores(state.Top(10))
		for i, s := range scores {
			assert.InDelta(t, 1-float64(i)/float64(len(scores)), s, 1e-12, name)
		}
	}
}

func TestOneObjectiveAndLimits(t *testing.T) {
	state := stateOf(t, rl.Snapshot{Objectives: []rl.Objective{rl.Minimize("size")}}, [2]float64{1, 4}, [2]float64{2, 3}, [2]float64{0, 3})
	assert.Equal(t, []int{1, 2, 0}, trialIDs(state.Top(3)))
	assert.Equal(t, []float64{-4, -3, -3}, state.Scores(state.Evaluations()))
	assert.Equal(t, []int{1, 2}, trialIDs(state.Front()))
	assert.Equal(t, []float64{4}, state.Point(state.Evaluations()[0]))
	state = stateOf(t, rl.Snapshot{Limits: []rl.Limit{rl.AtMost("size", 3)}}, [2]float64{9, 4}, [2]float64{2, 3}, [2]float64{3, 3})
	assert.Equal(t, []int{2, 1, 0}, trialIDs(state.Top(3)))
	assert.Equal(t, []rl.Objective{{}}, state.Objectives())
	assert.False(t, state.Feasible(state.Evaluations()[0]))
	assert.True(t, state.Feasible(state.Evaluations()[1]))
}

func TestTheHistoryOfSeveralObjectives(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, methods["random"](t, space), rugged, tradeOff(rl.Config{Evaluations: 40}))
	require.NoError(t, err)
	_, ok := h.Best()
	assert.False(t, ok, "there is no best of several objectives")
	front := h.Front()
	require.NotEmpty(t, front)
	for _, e := range front {
		for _, other := range h.Evaluations {
			if other.OK() {
				a, b := e.Result, other.Result
				require.False(t, pareto.Dominates([]float64{-b.Value, b.Metrics["size"]}, []float64{-a.Value, a.Metrics["size"]}))
			}
		}
	}
	volumes, err := h.Hypervolume([]float64{0, 4})
	require.NoError(t, err)
	require.Len(t, volumes, 40)
	assert.True(t, slices.IsSorted(volumes))
	var points [][]float64
	for _, e := range front {
		points = append(points, []float64{-e.Result.Value, e.Result.Metrics["size"]})
	}
	assert.InDelta(t, pareto.Hypervolume(points, []float64{0, 4}), volumes[39], 1e-9)
	own, err := h.Hypervolume(nil)
	require.NoError(t, err)
	worst, err := h.Hypervolume(h.Worst())
	require.NoError(t, err)
	assert.Equal(t, worst, own)
	_, err = h.Hypervolume([]float64{1})
	assert.EqualError(t, err, "hypervolume: the reference must have a figure for each of 2 objectives, got 1")
	_, err = h.Hypervolume([]float64{1, math.NaN()})
	assert.EqualError(t, err, "hypervolume: the reference must be finite, got NaN for the objective minimize size")
	none, err := (&rl.History{Objectives: bothObjectives, Evaluations: []rl.Evaluation{{Err: errMemory}}}).Hypervolume(nil)
	require.NoError(t, err)
	assert.Equal(t, []float64{0}, none)
}

// Evaluations at smaller budgets are neither on the front nor used for the reference.
func TestTheFrontUsesTheFullBudget(t *testing.T) {
	h := &rl.History{Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("size")}}
	add := func(budget, value, size float64) {
		h.Evaluations = append(h.Evaluations, rl.Evaluation{
			Trial: rl.Trial{ID: len(h.Evaluations), Budget: budget}, Result: evaluator.Result{Value: value, Metrics: map[string]float64{"size": size}},
		})
	}
	add(3, 9, 1)
	add(0, 2, 2)
	add(1, -5, 50)
	add(0, 1, 1)
	assert.Equal(t, []float64{1, 3, 0}, h.Budgets())
	assert.Equal(t, []int{0}, trialIDs(h.At(3)))
	assert.Equal(t, []int{1, 3}, trialIDs(h.At(0)))
	assert.Empty(t, h.At(2))
	assert.Equal(t, []int{1, 3}, trialIDs(h.Front()))
	assert.Equal(t, []float64{1, 2}, h.Worst())
	volumes, err := h.Hypervolume([]float64{0, 4})
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 4, 4, 5}, volumes)
	assert.Empty(t, (&rl.History{}).Budgets())
}

func TestTheBestIsWithinTheLimits(t *testing.T) {
	space := smallSpace(t)
	measured := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := countEdges(ctx, a)
		s, _ := size(ctx, a)
		r.Metrics = s.Metrics
		return r, err
	})
	h, err := mustRun(t, space, methods["evolution"](t, space), measured, rl.Config{
		Evaluations: 216, Limits: []rl.Limit{rl.AtMost("size", 2)},
	})
	require.NoError(t, err)
	best, ok := h.Best()
	require.True(t, ok)
	assert.Equal(t, 4.0, best.Result.Value, "three nodes \"c\" and one edge")
	for _, e := range h.Top(100) {
		assert.LessOrEqual(t, e.Result.Metrics["size"], 2.0)
	}
}

// withMetrics returns an evaluator with the given metrics.
func withMetrics(metrics map[string]float64) evaluator.Evaluator {
	return evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 1, Metrics: metrics}, nil
	})
}

func TestInvalidGoals(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 2)
	past := []rl.Past{{Name: "before", Results: []evaluator.Outcome{{Arch: archs[0], Result: evaluator.Result{Value: 1}}}}}
	for message, c := range map[string]rl.Config{
		"Objectives: size is listed twice":                           {Objectives: []rl.Objective{rl.Minimize("size"), rl.Maximize("size")}},
		"Limits: the bound of size must be a finite number, got NaN": {Limits: []rl.Limit{rl.AtMost("size", math.NaN())}},
		"Limits: no figure can be both size ≤ 1 and size ≥ 2":        {Limits: []rl.Limit{rl.AtMost("size", 1), rl.AtLeast("size", 2)}},
		`Past "before": result 0, architecture [` + searchspace.Text(space, archs[0]) +
			`]: the result lacks a figure: it must have "size", but has only value`: {Objectives: bothObjectives, Past: past},
	} {
		_, err := rl.New(space, methods["random"](t, space), c)
		assert.ErrorContains(t, err, message)
	}
	_, err := rl.NewState(space, rl.Snapshot{Objectives: bothObjectives, Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: archs[0]}}}})
	assert.ErrorIs(t, err, rl.ErrNoFigure)
}

// A figure that is named like the value gets a hint.
func TestValueHasNoName(t *testing.T) {
	_, err := mustRun(t, smallSpace(t), methods["random"](t, smallSpace(t)), countEdges, rl.Config{Objectives: []rl.Objective{rl.Minimize("Value")}})
	assert.ErrorIs(t, err, rl.ErrNoFigure)
	assert.ErrorContains(t, err, `it must have "Value", but has only value; Result.Value is the figure with the empty name, ""`)
}

// A search that cannot succeed ends early, with an explanation.
func TestSearchesThatCannotSucceed(t *testing.T) {
	space := smallSpace(t)
	broken := fmt.Errorf("%w: no table", evaluator.ErrBroken)
	for name, test := range map[string]struct {
		evaluator evaluator.Evaluator
		config    rl.Config
		is        error
		contains  string
		most      int // largest number of evaluations
	}{
		"no result has the objective": {
			withMetrics(map[string]float64{"params": 1}), rl.Config{Objectives: bothObjectives},
			rl.ErrNoFigure, `it must have "size", but has only value, "params"`, 0,
		},
		"no result has the limited figure": {
			withMetrics(nil), rl.Config{Limits: []rl.Limit{rl.AtMost("size", 3)}}, rl.ErrNoFigure, `it must have "size", but has only value`, 0,
		},
		"one figure is always NaN": {
			withMetrics(map[string]float64{"size": math.NaN()}), rl.Config{Objectives: bothObjectives},
			evaluator.ErrNotFinite, "size is NaN", 20,
		},
		"nothing is within a limit that is known beforehand": {
			countEdges, rl.Config{Limits: []rl.Limit{rl.AtMost("size", -1)}, Figures: size},
			rl.ErrInfeasible, "tried 216 architectures; the nearest: ", 0,
		},
		"nothing is within a limit that is known afterwards": {
			withMetrics(map[string]float64{"size": 5}), rl.Config{Limits: []rl.Limit{rl.AtMost("size", 3)}, GiveUp: 3},
			rl.ErrInfeasible, "all of the first 30 evaluations failed or broke a limit (10·GiveUp); the limit is size ≤ 3, got 5", 30,
		},
		"nothing was within the limit at the end": {
			withMetrics(map[string]float64{"size": 5}), rl.Config{Limits: []rl.Limit{rl.AtMost("size", 3)}, Evaluations: 10},
			rl.ErrInfeasible, "in 10 evaluations; the limit is size ≤ 3, got 5", 10,
		},
		"the figures are broken": {
			countEdges, rl.Config{Figures: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				return evaluator.Result{}, broken
			})}, evaluator.ErrBroken, "Config.Figures: ", 0,
		},
		"figures fail for all architectures": {
			countEdges, rl.Config{Figures: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				return evaluator.Result{}, errMemory
			})}, errMemory, "Config.Figures failed for the first 200 architectures", 0,
		},
		"figures fail for all architectures of a small space": {
			countEdges, rl.Config{GiveUp: -1, Figures: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				return evaluator.Result{}, errMemory
			})}, errMemory, "Config.Figures failed for all of 216 architectures", 0,
		},
		"figures known beforehand are NaN": {
			countEdges, rl.Config{Objectives: bothObjectives, Figures: withMetrics(map[string]float64{"size": math.NaN()})},
			evaluator.ErrNotFinite, "size is NaN", 0,
		},
	} {
		for _, method := range []string{"random", "evolution", "local", "replay"} {
			h, err := mustRun(t, space, methods[method](t, space), test.evaluator, test.config)
			assert.ErrorIs(t, err, test.is, "%s, %s", name, method)
			assert.ErrorContains(t, err, test.contains, "%s, %s", name, method)
			assert.LessOrEqual(t, len(h.Evaluations), test.most, "%s, %s", name, method)
		}
	}
}

// A figure that is occasionally NaN is a failed evaluation, with no other effect.
func TestNaNInOneFigure(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, methods["evolution"](t, space), evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := size(ctx, a)
		if hashOf(a, 3) == 0 {
			r.Metrics["size"] = math.NaN()
		}
		return r, err
	}), rl.Config{Objectives: bothObjectives, Evaluations: 40})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 40)
	assert.NotEmpty(t, h.Failures())
	for _, e := range h.Failures() {
		assert.ErrorIs(t, e.Err, evaluator.ErrNotFinite)
	}
	for _, e := range h.Front() {
		assert.False(t, math.IsNaN(e.Result.Metrics["size"]))
	}
}

func diagnosticOf(t *testing.T, g rl.Group) (d rl.Diagnostic) {
	t.Helper()
	require.NoError(t, json.Unmarshal(g.Diagnostic, &d))
	return d
}

// The Diagnostic contains the number of samples within the limits.
func TestSamplesWithinTheLimits(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, rl.Reinforce{
		Model: newRecorder(space), Exploration: rl.First(2),
		Ranking: rl.Ranking{Ranker: bayes.ModelAverage{}, Samples: 50},
	}, countEdges, tradeOff(rl.Config{Evaluations: 4}))
	require.NoError(t, err)
	d := diagnosticOf(t, h.Groups[3])
	require.NotNil(t, d.Within)
	assert.True(t, 5 < *d.Within && *d.Within < 45, "about a third of 50: %d", *d.Within)
	assert.Nil(t, diagnosticOf(t, h.Groups[0]).Within)
}

// A space that is too large to count can be searched within tight limits.
func TestOneMemberIsWithinTheLimit(t *testing.T) {
	space := searchspace.NASBench201{}
	var only searchspace.Arch
	i := 0
	for a := range space.All() {
		if i++; i == 11_111 {
			only = a
		}
	}
	for _, name := range []string{"random", "evolution", "local", "process"} {
		h, err := mustRun(t, space, methods[name](t, space), withMetrics(nil), rl.Config{
			Limits: []rl.Limit{rl.AtMost("other", 0)},
			Figures: evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				other := 1.0
				if a.Equal(only) {
					other = 0
				}
				return evaluator.Result{Metrics: map[string]float64{"other": other}}, nil
			}),
		})
		require.NoError(t, err, name)
		require.Len(t, h.Evaluations, 1, name)
		assert.True(t, h.Evaluations[0].Arch.Equal(only), name)
	}
}

func TestCancellationWhileFiguresAreComputed(t *testing.T) {
	space := smallSpace(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	s := mustNew(t, space, methods["random"](t, space), rl.Config{
		Limits: []rl.Limit{rl.AtMost("size", 3)},
		Figures: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			cancel(gone)
			return evaluator.Result{}, context.Cause(ctx)
		}),
	})
	_, err := s.Run(ctx, countEdges)
	assert.ErrorIs(t, err, gone)
}

func TestWriteFrontCSV(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, methods["random"](t, space), rugged, tradeOff(rl.Config{Evaluations: 20}))
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, h.WriteFrontCSV(&out, space, []float64{0, 4}))
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 21)
	assert.Equal(t, []string{"trial", "value", "size", "feasible", "front", "hypervolume", "arch"}, rows[0])
	volumes, err := h.Hypervolume([]float64{0, 4})
	require.NoError(t, err)
	onFront := 0
	for i, row := range rows[1:] {
		e := h.Evaluations[i]
		assert.Equal(t, fmt.Sprint(e.OK()), row[3])
		assert.Equal(t, !e.OK(), row[1] == "")
		assert.Equal(t, fmt.Sprint(volumes[i]), row[5])
		if row[4] == "true" {
			onFront++
		}
	}
	assert.Equal(t, len(h.Front()), onFront)
	assert.Error(t, h.WriteFrontCSV(&out, space, []float64{0}))
}
