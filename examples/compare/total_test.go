package main

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/stretchr/testify/assert"
)

func TestWhatASearchHadWhen(t *testing.T) {
	r := record{Better: []point{{2, 10}, {5, 30}}}
	assert.Equal(t, []float64{10, 10, 10, 30, 30}, []float64{r.bestAfter(1), r.bestAfter(2), r.bestAfter(4), r.bestAfter(5), r.bestAfter(9)})
	assert.Equal(t, []float64{2, 5, math.Inf(1)}, []float64{r.until(10), r.until(11), r.until(31)})
}

func TestATotalOverSeeds(t *testing.T) {
	c := comparison{bench: &bench{options: options{reach: 3}, best: 4}}
	s := c.total("m", []record{
		{
			Valid: 4, Test: 1, Seconds: 2, Better: []point{{7, 4}}, Failures: summary.Failures{Evaluations: 9, Failed: 1, FirstError: "no disk"},
			Simulated: &simulated{Hours: 2, HoursToBest: 1, Busy: 0.5, Better: []moment{{1, 4}}},
		},
		{
			Valid: 3, Test: 2, Seconds: 4, Better: []point{{1, 2}, {9, 3}}, Failures: summary.Failures{Evaluations: 9},
			Simulated: &simulated{Hours: 4, HoursToBest: 3, Busy: 0.75, Better: []moment{{1, 2}, {3, 3}}},
		},
		{
			Valid: 2, Test: 3, Seconds: 6, Better: []point{{1, 2}}, Failures: summary.Failures{Evaluations: 9, Failed: 2, FirstError: "no memory"},
			Simulated: &simulated{Hours: 6, HoursToBest: 5, Busy: 1, Better: []moment{{5, 2}}},
		},
	})
	assert.InDelta(t, 3, s.valid.Mean, 1e-12)
	assert.InDelta(t, 1, float64(s.valid.Deviation), 1e-12)
	assert.InDelta(t, 1/math.Sqrt(3), float64(s.valid.StdErr), 1e-12)
	assert.InDelta(t, 2, s.test.Mean, 1e-12)
	assert.InDelta(t, 1.0/3, s.hits, 1e-12)
	assert.InDelta(t, 2.0/3, s.reached, 1e-12)
	assert.Equal(t, 9.0, s.until)
	assert.InDelta(t, 4, s.seconds, 1e-12)
	assert.Equal(t, "3 of 27 evaluations failed; the first error: no disk", s.failures.String())
	assert.Equal(t, 3.0, s.hoursUntil)
	assert.InDelta(t, 4, s.hours, 1e-12)
	assert.InDelta(t, 3, s.hoursToBest, 1e-12)
	assert.InDelta(t, 0.75, s.busy, 1e-12)
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
	assert.Equal(t, &simulated{Hours: 4, HoursToBest: 2, Busy: 0.75, Better: []moment{{1, 2}, {2, 5}}}, s)
	assert.Equal(t, []float64{2, 2, 5}, []float64{s.bestAfter(0.5), s.bestAfter(1.9), s.bestAfter(2)})
	assert.Equal(t, []float64{1, 2, math.Inf(1)}, []float64{s.until(2), s.until(3), s.until(6)})
}
