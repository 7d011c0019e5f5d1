package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

var notANumber = evaluator.Result{Value: math.NaN()}

// working returns an evaluator that takes the given time but returns early if its context ends.
func working(work time.Duration, err error) evaluator.Evaluator {
	return evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		select {
		case <-time.After(work):
			return evaluator.Result{Value: 1}, err
		case <-ctx.Done():
			return evaluator.Result{}, fmt.Errorf("stopped: %w: %w", context.Cause(ctx), ctx.Err())
		}
	})
}

func TestLimitedDiffersFromTheEndOfTheSearch(t *testing.T) {
	a := chains(1)[0]
	rapid.Check(t, func(rt *rapid.T) {
		seconds := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(1, 9).Draw(rt, name)) * time.Second
		}
		// No two of these times are equal.
		work, timeout, search := seconds("work"), seconds("timeout")+time.Millisecond, seconds("search")+2*time.Millisecond
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), search)
			defer cancel()
			begun := time.Now()
			_, err := evaluator.Limited{Evaluator: working(work, nil), Timeout: timeout}.Evaluate(ctx, a)
			assert.Equal(rt, min(work, timeout, search), time.Since(begun))
			switch time.Since(begun) {
			case work:
				assert.NoError(rt, err)
			case timeout:
				assert.ErrorIs(rt, err, evaluator.ErrTimeout)
				assert.NotErrorIs(rt, err, context.DeadlineExceeded)
				assert.True(rt, evaluator.Permanent(ctx, err))
				assert.ErrorContains(rt, err, timeout.String())
				assert.ErrorContains(rt, err, "stopped")
			case search:
				assert.NotErrorIs(rt, err, evaluator.ErrTimeout)
				assert.ErrorIs(rt, err, context.DeadlineExceeded)
				assert.False(rt, evaluator.Permanent(ctx, err))
			}
		})
	})
}

func TestLimitedLeavesOtherErrorsAlone(t *testing.T) {
	stubborn := func(err error) evaluator.Evaluator {
		return evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			time.Sleep(time.Hour)
			return evaluator.Result{Value: 1}, err
		})
	}
	synctest.Test(t, func(t *testing.T) {
		for _, err := range []error{nil, evaluator.ErrBroken, evaluator.ErrTemporary} {
			_, got := evaluator.Limited{Evaluator: stubborn(err), Timeout: time.Minute}.Evaluate(t.Context(), chains(1)[0])
			assert.Equal(t, err, got, "after the time limit")
		}
		_, got := evaluator.Limited{Evaluator: working(time.Second, errMemory), Timeout: time.Minute}.Evaluate(t.Context(), chains(1)[0])
		assert.Equal(t, errMemory, got, "before")
		_, got = evaluator.Limited{Evaluator: stubborn(nil)}.Evaluate(t.Context(), chains(1)[0])
		assert.NoError(t, got, "no limit")
		_, got = evaluator.Limited{Timeout: time.Minute}.Evaluate(t.Context(), chains(1)[0])
		assert.ErrorIs(t, got, evaluator.ErrBroken, "no evaluator")
	})
}

func TestLimitsWithinLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, timeouts := range [][2]time.Duration{{time.Second, time.Minute}, {time.Minute, time.Second}} {
			inner := evaluator.Limited{Evaluator: working(time.Hour, nil), Timeout: timeouts[0]}
			_, err := evaluator.Limited{Evaluator: inner, Timeout: timeouts[1]}.Evaluate(t.Context(), chains(1)[0])
			assert.ErrorIs(t, err, evaluator.ErrTimeout)
			assert.ErrorContains(t, err, "more than 1s")
			assert.NotContains(t, err.Error(), "more than 1m")
		}
	})
}

func TestRetriedTriesTemporaryFailuresAgain(t *testing.T) {
	a := chains(1)[0]
	rapid.Check(t, func(rt *rapid.T) {
		failing := rapid.IntRange(0, 8).Draw(rt, "failing")
		r := evaluator.Retried{
			Attempts: rapid.IntRange(0, 6).Draw(rt, "attempts"),
			Wait:     time.Duration(rapid.IntRange(0, 40).Draw(rt, "wait")) * time.Second,
			MaxWait:  time.Duration(rapid.IntRange(0, 90).Draw(rt, "longest")) * time.Second,
		}
		last := rapid.SampledFrom([]error{nil, errMemory, evaluator.ErrBroken}).Draw(rt, "last")
		synctest.Test(t, func(t *testing.T) {
			var asked []time.Time
			r.Evaluator = evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				asked = append(asked, time.Now())
				if len(asked) <= failing {
					return evaluator.Result{}, fmt.Errorf("no worker is free: %w", evaluator.ErrTemporary)
				}
				return evaluator.Result{Value: 5}, last
			})
			result, err := r.Evaluate(t.Context(), a)
			attempts, wait, longest := or(r.Attempts, 5), or(r.Wait, time.Second), or(r.MaxWait, time.Minute)
			require.Len(rt, asked, min(attempts, failing+1))
			if failing >= attempts {
				require.ErrorIs(rt, err, evaluator.ErrTemporary)
				require.ErrorContains(rt, err, fmt.Sprintf("attempt %d of %d: no worker is free", attempts, attempts))
			} else if require.Equal(rt, last, err); err == nil {
				require.Equal(rt, 5.0, result.Value)
			}
			for i := 1; i < len(asked); i++ {
				waited := asked[i].Sub(asked[i-1])
				require.LessOrEqual(rt, waited, wait)
				require.GreaterOrEqual(rt, waited, wait/2)
				wait = min(2*wait, max(longest, or(r.Wait, time.Second))/2*2)
			}
		})
	})
}

func or[T comparable](v, otherwise T) T {
	if zero := *new(T); v == zero {
		return otherwise
	}
	return v
}

func TestRetriedDoesNotRetryUncertainFailures(t *testing.T) {
	asked := 0
	_, err := evaluator.Retried{Evaluator: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		asked++
		return evaluator.Result{}, fmt.Errorf("diverged? %w", evaluator.ErrUncertain)
	})}.Evaluate(t.Context(), chains(1)[0])
	assert.ErrorIs(t, err, evaluator.ErrUncertain)
	assert.ErrorIs(t, err, evaluator.ErrTemporary)
	assert.Equal(t, 1, asked)
}

func TestRetriedWaitsNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("the search is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, reason)
		defer cancel()
		begun := time.Now()
		_, err := evaluator.Retried{Evaluator: working(0, evaluator.ErrTemporary), Wait: time.Hour}.Evaluate(ctx, chains(1)[0])
		assert.Equal(t, time.Second, time.Since(begun))
		assert.ErrorIs(t, err, reason)
		assert.ErrorIs(t, err, evaluator.ErrTemporary)
	})
}

func TestTimeLimitOfEachAttemptAndOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := working(time.Second, evaluator.ErrTemporary)
		each := evaluator.Retried{Attempts: 4, Wait: time.Second, Evaluator: evaluator.Limited{Timeout: time.Minute, Evaluator: failing}}
		_, err := each.Evaluate(t.Context(), chains(1)[0])
		assert.ErrorContains(t, err, "attempt 4 of 4")

		all := evaluator.Limited{Timeout: 3 * time.Second, Evaluator: evaluator.Retried{Attempts: 1000, Evaluator: failing}}
		begun := time.Now()
		_, err = all.Evaluate(t.Context(), chains(1)[0])
		assert.ErrorIs(t, err, evaluator.ErrTemporary, "temporary failures until the end are not permanent")
		assert.Equal(t, 3*time.Second, time.Since(begun))
	})
}

func TestPenalizedTurnsPermanentFailuresIntoResults(t *testing.T) {
	for name, f := range failures {
		if name == "goexit" {
			continue // it would end the test's goroutine
		}
		failing := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) { return f.fail() })
		penalized := evaluator.Penalized{Evaluator: failing, Value: -3}
		r, err := penalized.Evaluate(t.Context(), chains(1)[0])
		if f.permanent || name == "uncertain" {
			_, failure := evaluator.Try(t.Context(), failing, chains(1)[0])
			assert.NoError(t, err, name)
			assert.Equal(t, evaluator.Result{Value: -3, Failure: failure.Error()}, r, name)
		} else {
			assert.ErrorIs(t, err, f.wraps, name)
		}

		ended, end := context.WithCancel(t.Context())
		end()
		_, err = penalized.Evaluate(ended, chains(1)[0])
		assert.ErrorIs(t, err, f.wraps, "%s after the end of the search", name)
	}
	r, err := evaluator.Penalized{Evaluator: evaluator.Func(number), Value: -3}.Evaluate(t.Context(), chains(3)[2])
	assert.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 2}, r)
}
