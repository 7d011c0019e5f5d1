package bayes

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
)

// Training runs that continue and training runs from scratch have the same costs from scratch. Only those that continue have paid
// for a part of the next budget.
func TestCostsFromScratch(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 1, 6)
	budgets, epochs := []float64{1, 3}, []float64{1, 3, 9}
	for _, resumes := range []bool{false, true} {
		snapshot := rl.Snapshot{}
		for i, a := range archs {
			done, resume := 0.0, ""
			for k, until := range epochs[:1+i%3] {
				e := rl.Evaluation{
					Trial:  rl.Trial{ID: len(snapshot.Evaluations), Group: len(snapshot.Evaluations), Arch: a, Budget: until, Resume: resume},
					Result: evaluator.Result{Value: float64(i), Cost: time.Duration((until - done) * float64(time.Minute))},
				}
				if k == 2 {
					e.Budget = 0
				}
				if resumes {
					done, resume = until, "continue"
					e.Result.Resume = resume
				}
				snapshot.Evaluations = append(snapshot.Evaluations, e)
			}
		}
		s, err := rl.NewState(space, snapshot)
		require.NoError(t, err)
		c := costsOf(s, budgets)
		assert.InDeltaSlice(t, []float64{1. / 9, 1. / 3}, c.total, 1e-12)
		assert.Equal(t, resumes, c.resumes)
		assert.Zero(t, c.paid(-1))
		if resumes {
			assert.InDelta(t, 1./3, c.paid(1), 1e-12)
		} else {
			assert.Zero(t, c.paid(1))
		}
	}
	s, err := rl.NewState(space, rl.Snapshot{})
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{1. / 9, 1. / 3}, costsOf(s, budgets).total, 1e-12, "nothing is known")
}

// A small budget of a training run that continues costs nothing extra, so it never lowers the index, and comes first where it says
// anything about what is uncertain. What is already paid raises the index.
func TestStagesOfTrainingRunsThatContinue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.Float64Range(0.02, 0.4).Draw(t, "first cost")
		scratch := stages{
			budgets: []float64{1, 3, 0}, costs: []float64{least, rapid.Float64Range(least+0.02, 0.9).Draw(t, "second cost")},
			gains: []float64{rapid.Float64Range(0.1, 2).Draw(t, "first gain"), rapid.Float64Range(2.1, 9).Draw(t, "second gain")},
		}
		mean, variance := rapid.Float64Range(-2, 0.5).Draw(t, "mean"), rapid.Float64Range(0.05, 2).Draw(t, "variance")
		continues := scratch
		continues.resumes = true
		direct := improvement(mean, math.Sqrt(variance))
		const close = 1e-3 // bisection and quadrature
		fromScratch, _ := scratch.index(mean, variance)
		continued, first := continues.index(mean, variance)
		require.GreaterOrEqual(t, fromScratch, direct*(1-close))
		require.GreaterOrEqual(t, continued, fromScratch*(1-close))
		if continued > direct*(1+close) {
			require.Less(t, first, 2, "a small budget comes first")
		}
		continues.paid = least / 2
		further, _ := continues.index(mean, variance)
		require.GreaterOrEqual(t, further, continued*(1-close))

		alone := stages{budgets: []float64{0}, paid: least, resumes: true}
		index, stage := alone.index(mean, variance)
		require.InEpsilon(t, direct/(1-least), index, 1e-9)
		require.Zero(t, stage)
	})
}
