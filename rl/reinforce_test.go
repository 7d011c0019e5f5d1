package rl_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A generator of another space is noticed before anything is evaluated.
func TestAModelOfAnotherSpace(t *testing.T) {
	_, err := rl.New(searchspace.NASBench101{}, rl.Reinforce{Model: newRecorder(searchspace.NASBench201{})}, rl.Config{})
	assert.ErrorIs(t, err, generator.ErrOtherSpace)
	assert.ErrorContains(t, err, `it generates architectures of "nasbench201" and the search is of "nasbench101"`)
	_, err = rl.New(searchspace.NASBench201{}, rl.Reinforce{Model: newRecorder(searchspace.NASBench201{})}, rl.Config{})
	assert.NoError(t, err)
}

func TestAHistoryHoldsWhatTheBudgetAllows(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := rl.Config{
			Seed:        rapid.Uint64().Draw(rt, "seed"),
			Evaluations: rapid.IntRange(1, 40).Draw(rt, "evaluations"),
			Batch:       rapid.IntRange(1, 7).Draw(rt, "batch"),
			Lag:         rapid.IntRange(1, 9).Draw(rt, "lag"),
			Workers:     rapid.IntRange(1, 3).Draw(rt, "workers"),
		}
		model := newRecorder(space)
		model.logProb = func(searchspace.Arch) float64 { return -1 }
		m := rl.Reinforce{
			Model:       model,
			Exploration: rl.Constant(rapid.Float64Range(0, 1).Draw(rt, "exploration")),
			Learner:     rapid.SampledFrom([]rl.Learner{rl.Replay{}, rl.OnPolicy{}}).Draw(rt, "learner"),
		}
		h, err := mustRun(t, space, m, countEdges, c)
		require.NoError(rt, err)
		assert.Equal(rt, rl.StopBudget, h.Stop)
		assert.Len(rt, h.Evaluations, c.Evaluations)
		keys := map[string]bool{}
		last := -1
		for _, e := range h.Evaluations {
			assert.Greater(rt, e.ID, last)
			last = e.ID
			assert.Equal(rt, space.Key(e.Arch), e.Key)
			assert.False(rt, keys[e.Key], "evaluated twice")
			keys[e.Key] = true
			assert.NoError(rt, space.Validate(e.Arch))
			assert.Contains(rt, h.Groups[e.Group].Trials, e.ID)
		}
		for _, e := range h.Repeats {
			assert.True(rt, keys[e.Key])
			assert.True(rt, m.Learner.OnPolicy(), "only an on-policy learner repeats")
		}
		for i, g := range h.Groups {
			assert.Equal(rt, i, g.Number)
			assert.LessOrEqual(rt, len(g.Trials), c.Batch)
		}
	})
}

func TestReplayLearnsFromTheBestByRank(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	h, err := mustRun(t, space, rl.Reinforce{Model: m, Exploration: rl.First(10), Learner: rl.Replay{Keep: 4, Epochs: 7}}, countEdges, rl.Config{Evaluations: 30})
	require.NoError(t, err)
	require.Len(t, m.fits, 21, "one before each group of the generator, one at the end")
	assert.Equal(t, 21, m.resets, "fresh each time")
	last := m.fits[20]
	require.Len(t, last, 4)
	for i, e := range h.Top(4) {
		assert.True(t, e.Arch.Equal(last[i].Arch))
		assert.InDelta(t, float64(4-i)/4, last[i].Weight, 1e-12)
	}
	assert.Equal(t, 7, m.opts[20].Epochs)
	assert.Equal(t, generator.PaperLoss, m.opts[20].Loss)
}

// With a Lag, the learner sees exactly what is in view.
func TestReplayLearnsFromResultsInView(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	h, err := mustRun(t, space, rl.Reinforce{Model: m, Exploration: rl.First(3), Learner: rl.Replay{Keep: 3}}, rugged, rl.Config{Evaluations: 24, Lag: 6, Workers: 3})
	require.NoError(t, err)
	fit := 0
	for _, g := range h.Groups {
		seen := rl.History{Evaluations: h.Evaluations[:g.Seen]}
		best := seen.Top(3)
		if g.First < 3 || len(best) == 0 {
			continue
		}
		require.Len(t, m.fits[fit], len(best))
		for i, e := range best {
			assert.True(t, e.Arch.Equal(m.fits[fit][i].Arch), "group %d", g.Number)
		}
		fit++
	}
	assert.Len(t, m.fits, fit+1, "and one at the end")
}

func TestReplayContinues(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	_, err := mustRun(t, space, rl.Reinforce{Model: m, Exploration: rl.First(2), Learner: rl.Replay{Continue: true}}, countEdges, rl.Config{Evaluations: 6})
	require.NoError(t, err)
	assert.Zero(t, m.resets)
	assert.Len(t, m.fits, 5)
}

// A lazy learner trains if and only if the best architectures or their order change.
func TestALazyLearnerTrainsWhenTheBestChange(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	m.logProb = func(searchspace.Arch) float64 { return -1 }
	method := rl.Reinforce{Model: m, Exploration: rl.First(5), Learner: rl.Replay{Keep: 3, Lazy: true}}
	h, err := mustRun(t, space, method, rugged, rl.Config{Evaluations: 60})
	require.NoError(t, err)
	var lists [][]string
	for n := 5; n <= 60; n++ {
		best := slices.Clone(h.Evaluations[:n])
		slices.SortStableFunc(best, func(a, b rl.Evaluation) int { return cmp.Compare(b.Result.Value, a.Result.Value) })
		var keys []string
		for _, e := range best[:3] {
			keys = append(keys, e.Key)
		}
		lists = append(lists, keys)
	}
	assert.Len(t, m.fits, len(slices.CompactFunc(lists, slices.Equal)))
	assert.Less(t, len(m.fits), 30)
	assert.Equal(t, len(m.fits), m.resets)
	for _, g := range h.Groups[5:] {
		assert.Contains(t, string(g.Diagnostic), `"fit"`, "the training that the weights are from, whenever it was")
	}
}

// A lazy learner trains again if other code has changed the weights.
func TestALazyLearnerNoticesOtherWeights(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	method := rl.Reinforce{Model: m, Exploration: rl.First(5), Learner: rl.Replay{Keep: 1, Lazy: true}}
	best := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 1}, nil
	})
	h, err := mustRun(t, space, method, best, rl.Config{Evaluations: 20})
	require.NoError(t, err)
	assert.Len(t, m.fits, len(h.Groups)-5+1, "a model without probabilities is always trained")
	m.fits = nil
	m.logProb = func(searchspace.Arch) float64 { return -float64(m.logProbs) }
	h, err = mustRun(t, space, method, best, rl.Config{Evaluations: 20})
	require.NoError(t, err)
	assert.Len(t, m.fits, len(h.Groups)-5+1)
}

func TestOnPolicyLearnsFromRecentDraws(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	h, err := mustRun(t, space, rl.Reinforce{Model: m, Exploration: rl.First(10), Learner: rl.OnPolicy{Decay: 0.5, Entropy: 0.1}}, countEdges, rl.Config{Evaluations: 60, Batch: 8})
	require.NoError(t, err)
	assert.Zero(t, m.resets, "it goes on from the weights that it has")
	assert.Zero(t, m.logProbs, "a sequential search needs no probabilities")
	baseline, begun, fit := 0.0, false, 0
	for _, group := range h.Groups {
		var drawn []rl.Evaluation
		mean := 0.0
		for _, id := range group.Trials {
			if e := find(h, id); e.Source == rl.SourceGenerator {
				drawn = append(drawn, e)
			} else {
				assert.Equal(t, rl.SourceExplorer, e.Source)
			}
		}
		if len(drawn) == 0 {
			continue
		}
		for _, e := range drawn {
			mean += e.Result.Value / float64(len(drawn))
		}
		data := m.fits[fit]
		require.Len(t, data, len(drawn))
		if !begun {
			baseline, begun = mean, true
		}
		for k, e := range drawn {
			assert.True(t, e.Arch.Equal(data[k].Arch))
			assert.InDelta(t, e.Result.Value-baseline, data[k].Weight, 1e-9)
		}
		assert.Equal(t, generator.LogLikelihood, m.opts[fit].Loss)
		assert.Equal(t, 0.1, m.opts[fit].Entropy)
		if fit > 0 {
			baseline = 0.5*baseline + 0.5*mean
		}
		fit++
	}
	assert.Equal(t, fit, len(m.fits))
	assert.NotEmpty(t, h.Repeats, "it learns from what it draws again too")
}

// With a Lag, the generator has learned since it drew: weights are truncated ratios of
// probabilities.
func TestOnPolicyWeighsByTruncatedRatios(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 5)
	then := []float64{-3, -3, -3, 0, -3}
	now := []float64{-3.5, -2, -3, -9, -4}
	m := newRecorder(space)
	m.logProb = func(a searchspace.Arch) float64 {
		return now[slices.IndexFunc(archs, func(b searchspace.Arch) bool { return a.Equal(b) })]
	}
	var evaluations []rl.Evaluation
	for i, a := range archs {
		e := rl.Evaluation{Trial: rl.Trial{ID: i, Arch: a, Source: rl.SourceGenerator, LogProb: then[i]}, Result: evaluator.Result{Value: float64(i * i)}}
		evaluations = append(evaluations, e)
	}
	s, err := rl.NewState(space, rl.Snapshot{Evaluations: evaluations, Lag: 4})
	require.NoError(t, err)
	for truncation, want := range map[float64][]float64{
		0: {math.Exp(-0.5), 1, 1, 1, math.Exp(-1)},
		1: {math.Exp(-0.5), 1, 1, 1, math.Exp(-1)},
		2: {math.Exp(-0.5), 2, 1, 1, math.Exp(-1)},
		9: {math.Exp(-0.5), math.E, 1, 1, math.Exp(-1)}, // a trial without a log-probability has weight 1
	} {
		m.fits = nil
		_, err = rl.OnPolicy{Truncation: truncation}.Learn(context.Background(), s, m)
		require.NoError(t, err)
		mean := (0.0 + 1 + 4 + 9 + 16) / 5
		for i, x := range m.fits[0] {
			assert.InDelta(t, want[i]*(float64(i*i)-mean), x.Weight, 1e-12, "truncation %v, %d", truncation, i)
		}
	}
}

// With a Lag, a search records the log-probability of every draw and computes weights from it as
// defined.
func TestOnPolicyUnderALag(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	m.logProb = func(a searchspace.Arch) float64 { // changes whenever the model learns
		return -2 - 0.1*float64(len(m.fits)) - float64(hashOf(a, 10))/20
	}
	fitsAt := map[int]int{} // number of training runs before each trial was drawn
	c := rl.Config{Evaluations: 30, Lag: 5, Batch: 2, Workers: 1}
	inner := rl.Reinforce{Model: m, Exploration: rl.NeverExplore(), Learner: rl.OnPolicy{}}
	arrived := [][]rl.Evaluation{}
	method := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		first := len(s.Trials()) + len(s.Running())
		if len(s.Arrived()) > 0 {
			arrived = append(arrived, slices.Clone(s.Arrived()))
		}
		trials, err := inner.Propose(ctx, s, n)
		for i := range trials {
			fitsAt[first+i] = len(m.fits)
		}
		return trials, err
	})
	h, err := mustRun(t, space, method, countEdges, c)
	require.NoError(t, err)
	logProb := func(a searchspace.Arch, fits int) float64 {
		return -2 - 0.1*float64(fits) - float64(hashOf(a, 10))/20
	}
	for _, e := range slices.Concat(h.Evaluations, h.Repeats) {
		assert.InDelta(t, logProb(e.Arch, fitsAt[e.ID]), e.LogProb, 1e-12)
	}
	require.Len(t, m.fits, len(arrived), "a step for each arrival")
	values := func(group []rl.Evaluation) (sum float64) {
		for _, e := range group {
			sum += e.Result.Value
		}
		return sum
	}
	first := values(arrived[0]) / float64(len(arrived[0]))
	for i, e := range arrived[0] {
		weight := min(1, math.Exp(logProb(e.Arch, 0)-e.LogProb))
		assert.InDelta(t, weight*(e.Result.Value-first), m.fits[0][i].Weight, 1e-9)
	}
	for i := range m.fits { // the later the model, the smaller the weight
		for j, e := range arrived[i] {
			lost := i - fitsAt[e.ID]
			assert.GreaterOrEqual(t, lost, 0)
			assert.True(t, e.Arch.Equal(m.fits[i][j].Arch))
		}
	}
}

func TestBothLearnersImproveOnUniformDraws(t *testing.T) {
	space := smallSpace(t)
	for name, test := range map[string]struct {
		method rl.Reinforce
		config rl.Config
	}{
		"replay": {rl.Reinforce{Exploration: rl.First(15), Learner: rl.Replay{Epochs: 30}}, rl.Config{Evaluations: 40}},
		"on-policy": {rl.Reinforce{Exploration: rl.NeverExplore(), Learner: rl.OnPolicy{LearningRate: 5e-3, Entropy: 0.01}},
			rl.Config{Evaluations: 90, Batch: 8}},
		"replay, lag": {rl.Reinforce{Exploration: rl.First(15), Learner: rl.Replay{Epochs: 30}}, rl.Config{Evaluations: 40, Lag: 8}},
		"on-policy, lag": {rl.Reinforce{Exploration: rl.NeverExplore(), Learner: rl.OnPolicy{LearningRate: 5e-3, Entropy: 0.01}},
			rl.Config{Evaluations: 90, Batch: 8, Lag: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			m := smallGRAN(t, space)
			m.Reset(rand.New(rand.NewPCG(0, 0)))
			test.method.Model = m
			_, err := mustRun(t, space, test.method, countEdges, test.config)
			require.NoError(t, err)
			learned := meanValue(t, m)
			uniform := meanValue(t, explore.NewUniform(space))
			assert.Greater(t, learned, uniform+0.5)
		})
	}
}

// meanValue estimates the mean value of a generator's architectures.
func meanValue(t *testing.T, g generator.GraphGenerator) float64 {
	archs, err := g.Sample(context.Background(), rand.New(rand.NewPCG(3, 3)), 400)
	require.NoError(t, err)
	mean := 0.0
	for _, a := range archs {
		r, err := countEdges(context.Background(), a)
		require.NoError(t, err)
		mean += r.Value / float64(len(archs))
	}
	return mean
}

func TestASpaceSmallerThanTheBudgetIsExhausted(t *testing.T) {
	space := smallSpace(t)
	for _, learner := range []rl.Learner{rl.Replay{}, rl.OnPolicy{}} {
		for _, lag := range []int{1, 12} {
			m := newRecorder(space)
			m.logProb = func(searchspace.Arch) float64 { return -1 }
			h, err := mustRun(t, space, rl.Reinforce{Model: m, Learner: learner}, countEdges, rl.Config{Evaluations: 1000, Batch: 5, Lag: lag})
			require.NoError(t, err)
			assert.Equal(t, rl.StopExhausted, h.Stop)
			assert.Len(t, h.Evaluations, 216)
		}
	}
}

func TestInvalidReinforceSettings(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	for name, r := range map[string]rl.Reinforce{
		"no model": {},
		"refine":   {Model: m, Ranking: rl.Ranking{Refine: -1}},
		"keep":     {Model: m, Learner: rl.Replay{Keep: -1}}, "epochs": {Model: m, Learner: rl.Replay{Epochs: -1}},
		"lazy and continuing": {Model: m, Learner: rl.Replay{Lazy: true, Continue: true}},
		"decay":               {Model: m, Learner: rl.OnPolicy{Decay: 1}},
		"decay of NaN":        {Model: m, Learner: rl.OnPolicy{Decay: math.NaN()}}, "negative decay": {Model: m, Learner: rl.OnPolicy{Decay: -0.1}},
		"entropy of NaN": {Model: m, Learner: rl.OnPolicy{Entropy: math.NaN()}}, "negative entropy": {Model: m, Learner: rl.OnPolicy{Entropy: -1}},
		"infinite rate": {Model: m, Learner: rl.OnPolicy{LearningRate: math.Inf(1)}}, "negative rate": {Model: m, Learner: rl.OnPolicy{LearningRate: -1}},
		"truncation of NaN": {Model: m, Learner: rl.OnPolicy{Truncation: math.NaN()}}, "negative truncation": {Model: m, Learner: rl.OnPolicy{Truncation: -1}},
		"clipping at NaN":           {Model: m, Learner: rl.OnPolicy{ClipNorm: math.NaN()}},
		"replay, clipping at NaN":   {Model: m, Learner: rl.Replay{Fit: generator.FitOptions{ClipNorm: math.NaN()}}},
		"replay, negative batch":    {Model: m, Learner: rl.Replay{Fit: generator.FitOptions{BatchSize: -1}}},
		"replay, no such loss":      {Model: m, Learner: rl.Replay{Fit: generator.FitOptions{Loss: 9}}},
		"replay, negative rate":     {Model: m, Learner: rl.Replay{Fit: generator.FitOptions{LearningRate: -1}}},
		"replay, negative clipping": {Model: m, Learner: rl.Replay{Fit: generator.FitOptions{ClipNorm: -1}}},
		"inspect":                   {Model: m, Inspect: 1}, "negative inspect": {Model: m, Inspect: -2},
		"samples":   {Model: m, Ranking: rl.Ranking{Samples: -1}},
		"parents":   {Model: m, Ranking: rl.Ranking{Parents: -1}},
		"scattered": {Model: m, Ranking: rl.Ranking{Scattered: -1}},
	} {
		_, err := rl.New(space, r, rl.Config{})
		assert.Error(t, err, name)
	}
	for _, r := range []rl.Reinforce{{Model: m}, {Model: m, Inspect: 2}, {Model: m, Learner: rl.OnPolicy{Truncation: 3}}} {
		_, err := rl.New(space, r, rl.Config{})
		assert.NoError(t, err)
	}
}

func TestRankRewardIsAnEmpiricalDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 20).Draw(t, "values")
		values = append(values, values[0]) // a tie
		rewards := rl.RankReward(values)
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
		raw := rl.RawReward(values)
		assert.Equal(t, values, raw)
		raw[0]++
		assert.NotEqual(t, values, raw, "it is a copy")
	})
}

func TestSchedules(t *testing.T) {
	for name, test := range map[string]struct {
		schedule rl.Schedule
		want     []float64 // after 0, 1, 2, 3 trials
	}{
		"never":        {rl.NeverExplore(), []float64{0, 0, 0, 0}},
		"first trials": {rl.First(2), []float64{1, 1, 0, 0}},
		"harmonic":     {rl.Harmonic(1.5), []float64{1, 0.75, 0.5, 0.375}},
		"exponential":  {rl.Exponential(0.5), []float64{1, 0.5, 0.25, 0.125}},
		"constant":     {rl.Constant(0.3), []float64{0.3, 0.3, 0.3, 0.3}},
	} {
		for proposed, want := range test.want {
			assert.InDelta(t, want, test.schedule(proposed), 1e-12, "%s, %d proposed", name, proposed)
		}
	}
}

func TestASchedulesProbabilities(t *testing.T) {
	space := smallSpace(t)
	for _, p := range []float64{-0.1, 1.1, math.NaN()} {
		_, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Exploration: rl.Constant(p)}, countEdges, rl.Config{Evaluations: 3})
		assert.ErrorContains(t, err, fmt.Sprintf("must return a probability from 0 to 1, got %v after 0 architectures", p))
	}
}

// A schedule is called for each trial, even within a group.
func TestSchedulesApplyToTrials(t *testing.T) {
	space := smallSpace(t)
	for _, batch := range []int{1, 4, 10} {
		explored := func(s rl.Schedule, seed uint64) (n int) {
			h, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Exploration: s}, countEdges, rl.Config{Seed: seed, Evaluations: 40, Batch: batch})
			require.NoError(t, err)
			for _, e := range h.Evaluations {
				if e.Source == rl.SourceExplorer {
					n++
				}
			}
			return n
		}
		assert.Equal(t, max(7, batch), explored(rl.First(7), 1), "all do if nothing is known")
		assert.Equal(t, 40, explored(rl.Constant(1), 1))
		mean := 0.0
		for seed := range uint64(20) {
			mean += float64(explored(rl.Constant(0.5), seed)-batch) / 20 / float64(40-batch)
		}
		assert.InDelta(t, 0.5, mean, 0.1)
	}
}

func TestDiagnosticsOfAGroup(t *testing.T) {
	space := smallSpace(t)
	m := rl.Reinforce{Model: tinyGRAN(t, space), Exploration: rl.First(4), Learner: rl.Replay{Epochs: 2}, Inspect: 5}
	h, err := mustRun(t, space, m, countEdges, rl.Config{Evaluations: 12, Batch: 2})
	require.NoError(t, err)
	for _, g := range h.Groups {
		var d rl.Diagnostic
		require.NoError(t, json.Unmarshal(g.Diagnostic, &d))
		if g.Number < 2 {
			assert.Equal(t, rl.Diagnostic{Explored: 2}, d)
			continue
		}
		assert.Zero(t, d.Explored)
		require.NotNil(t, d.Fit)
		assert.Positive(t, d.Fit.Steps)
		assert.GreaterOrEqual(t, d.Samples, 2)
		assert.Positive(t, d.Entropy)
		assert.LessOrEqual(t, d.Entropy, math.Log(216)+3*d.EntropyStdErr)
		require.NotNil(t, d.Marginals)
		require.NotNil(t, d.Mass)
		assert.Greater(t, *d.Mass, 0.0)
		assert.LessOrEqual(t, *d.Mass, 1.0)
		assert.Equal(t, 1.0, d.Temperature)
	}
}

// A diagnostic that cannot be marshaled is an error that names the group.
func TestDiagnosticThatCannotBeMarshaled(t *testing.T) {
	s, err := rl.NewState(smallSpace(t), rl.Snapshot{Group: 4})
	require.NoError(t, err)
	assert.Nil(t, s.Diagnostic())
	assert.ErrorContains(t, s.Diagnose(math.NaN()), "group 4")
	require.NoError(t, s.Diagnose("one"))
	require.NoError(t, s.Diagnose("two"))
	assert.JSONEq(t, `"two"`, string(s.Diagnostic()))
}
