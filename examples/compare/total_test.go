package main

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/stretchr/testify/assert"
)

func TestWhatASearchHadWhen(t *testing.T) {
	r := record{Better: runs.Points{{Evals: 2, Value: 10}, {Evals: 5, Value: 30}}}
	assert.Equal(t, []float64{10, 10, 10, 30, 30}, []float64{r.bestAfter(1), r.bestAfter(2), r.bestAfter(4), r.bestAfter(5), r.bestAfter(9)})
	assert.Equal(t, []float64{2, 5, math.Inf(1)}, []float64{r.Better.Until(10), r.Better.Until(11), r.Better.Until(31)})
}

func TestATotalOverSeeds(t *testing.T) {
	c := comparison{bench: &bench{options: options{reach: 3, evals: 9, cost: "seconds"}, best: 4, mean: 80 * time.Minute}}
	s := c.total("m", []record{
		{
			Valid: 4, Test: 1, Seconds: 2, Better: runs.Points{{Evals: 7, Value: 4}}, Failures: summary.Failures{Evaluations: 9, Failed: 1, FirstError: "no disk"},
			Simulated: &simulated{Hours: 2, Busy: 0.5, Better: []moment{{1, 2, 4}}}, setting: setting{Workers: 2},
		},
		{
			Valid: 3, Test: 2, Seconds: 4, Better: runs.Points{{Evals: 1, Value: 2}, {Evals: 9, Value: 3}}, Failures: summary.Failures{Evaluations: 9},
			Simulated: &simulated{Hours: 4, Busy: 0.75, Better: []moment{{1, 1, 2}, {3, 5, 3}}}, setting: setting{Workers: 2},
		},
		{ // written by an earlier version, without costs
			Valid: 2, Test: 3, Seconds: 6, Better: runs.Points{{Evals: 1, Value: 2}}, Failures: summary.Failures{Evaluations: 9, Failed: 2, FirstError: "no memory"},
			Simulated: &simulated{Hours: 6, Busy: 1, Better: []moment{{1, 0, 1}, {3, 0, 2}}}, setting: setting{Workers: 2},
		},
	})
	assert.InDelta(t, 3, s.valid.Mean, 1e-12)
	assert.InDelta(t, 1, float64(s.valid.Deviation), 1e-12)
	assert.InDelta(t, 1/math.Sqrt(3), float64(s.valid.StdErr), 1e-12)
	assert.InDelta(t, 2, s.test.Mean, 1e-12)
	assert.InDelta(t, 1.0/3, s.hits, 1e-12)
	assert.InDelta(t, (7+10+10)/3.0, s.untilBest.evals.Mean, 1e-12)
	assert.Equal(t, 2, s.untilBest.missed)
	assert.InDelta(t, (7+9+10)/3.0, s.untilReached.evals.Mean, 1e-12)
	assert.Equal(t, 1, s.untilReached.missed)
	assert.InDelta(t, 4, s.seconds, 1e-12)
	assert.Equal(t, "3 of 27 evaluations failed; the first error: no disk", s.failures.String())
	assert.InDelta(t, 4, s.hours, 1e-12)
	assert.InDelta(t, 0.75, s.busy, 1e-12)
	assert.Equal(t, math.Inf(1), s.toBest, "one of three finds it")
	// The budget is 12 hours. After a quarter, costs of 2 hours are included, of 5 and of 2 workers in 3 hours not.
	assert.InDelta(t, (0+2+3)/3.0, s.regrets[0].Mean, 1e-12)
	assert.InDelta(t, (0+1+2)/3.0, s.regrets[1].Mean, 1e-12)
	assert.InDelta(t, 1, s.regrets[2].Mean, 1e-12)
	assert.Equal(t, 3.0, s.hoursUntilReached)
	assert.Equal(t, math.Inf(1), hoursUntil(3.1, s.runs))
	assert.Equal(t, 1.0, hoursUntil(2, s.runs))
	assert.Equal(t, 5.0, hoursUntil(2, []record{s.runs[0], {Simulated: &simulated{Better: []moment{{5, 5, 0}}}}}), "not before each has a value")
}

// Two workers: the trial with the best value ends before one with the same value that was proposed earlier.
func TestWhatASearchHadAtWhatHour(t *testing.T) {
	evaluation := func(id int, value float64) rl.Evaluation {
		return rl.Evaluation{Trial: rl.Trial{ID: id}, Result: evaluator.Result{Value: value}}
	}
	failed := rl.Evaluation{Trial: rl.Trial{ID: 3}, Err: errors.New("no disk")}
	h := &rl.History{Evaluations: []rl.Evaluation{evaluation(0, 5), evaluation(1, 2), evaluation(2, 5), failed}}
	s := simulatedOf(h, rl.Timeline{
		{Trial: 1, Worker: 1, End: time.Hour},
		{Trial: 2, Worker: 1, Start: time.Hour, End: 2 * time.Hour},
		{Trial: 3, Worker: 1, Start: 2 * time.Hour, End: 2 * time.Hour},
		{Trial: 0, Worker: 0, End: 4 * time.Hour},
	}, 2)
	assert.Equal(t, &simulated{Hours: 4, HoursToBest: 2, Busy: 0.75, Better: []moment{{1, 1, 2}, {2, 2, 5}}}, s)
	assert.Equal(t, []float64{2, 2, 5}, []float64{s.bestAfter(0.5), s.bestAfter(1.9), s.bestAfter(2)})
	assert.Equal(t, []float64{2, 2, 5}, []float64{s.bestFor(0.5, 2), s.bestFor(1.9, 2), s.bestFor(2, 2)})
}
