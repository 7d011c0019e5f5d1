package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// anySpace contains every architecture.
type anySpace struct{ searchspace.Space }

func (anySpace) Key(a searchspace.Arch) string     { return a.String() }
func (anySpace) Validate(a searchspace.Arch) error { return nil }

var errMemory = errors.New("out of memory")

// failures lists the ways in which an evaluator can fail, and whether each failure is permanent.
var failures = map[string]struct {
	fail      func() (evaluator.Result, error)
	permanent bool
	wraps     error
}{
	"error":     {answer(errMemory), true, errMemory},
	"timeout":   {answer(fmt.Errorf("%w: 1s", evaluator.ErrTimeout)), true, evaluator.ErrTimeout},
	"panic":     {func() (evaluator.Result, error) { panic("boom") }, true, evaluator.ErrPanic},
	"goexit":    {func() (evaluator.Result, error) { runtime.Goexit(); return evaluator.Result{}, nil }, true, evaluator.ErrPanic},
	"NaN":       {func() (evaluator.Result, error) { return notANumber, nil }, true, evaluator.ErrNotFinite},
	"uncertain": {answer(fmt.Errorf("no answer yet: %w", evaluator.ErrUncertain)), false, evaluator.ErrUncertain},
	"temporary": {answer(fmt.Errorf("no worker: %w", evaluator.ErrTemporary)), false, evaluator.ErrTemporary},
	"broken":    {answer(fmt.Errorf("no GPU: %w", evaluator.ErrBroken)), false, evaluator.ErrBroken},
	"canceled":  {answer(fmt.Errorf("cut: %w", context.Canceled)), false, context.Canceled},
	"deadline":  {answer(fmt.Errorf("cut: %w", context.DeadlineExceeded)), false, context.DeadlineExceeded},
}

func answer(err error) func() (evaluator.Result, error) {
	return func() (evaluator.Result, error) { return evaluator.Result{Value: 1}, err }
}

func TestCachedEvaluatesEachKeyOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const keys = 6
		behavior := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "error", "panic", "NaN", "temporary"}), keys, keys).
			Draw(rt, "behavior")
		asks := rapid.SliceOfN(rapid.IntRange(0, keys-1), 1, 40).Draw(rt, "asks")
		var asked [keys]atomic.Int32
		archs := chains(keys)
		cached := &evaluator.Cached{Space: anySpace{}, Evaluator: evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				i := chainNumber(a)
				asked[i].Add(1)
				runtime.Gosched()
				if f, ok := failures[behavior[i]]; ok {
					return f.fail()
				}
				return evaluator.Result{Value: float64(i), Metrics: map[string]float64{"i": float64(i)}}, nil
			})}
		var callers sync.WaitGroup
		for _, i := range asks {
			callers.Go(func() {
				r, err := cached.Evaluate(context.Background(), archs[i])
				if f, ok := failures[behavior[i]]; ok {
					assert.ErrorIs(rt, err, f.wraps)
					assert.Zero(rt, r)
					return
				}
				assert.NoError(rt, err)
				assert.Equal(rt, evaluator.Result{Value: float64(i), Metrics: map[string]float64{"i": float64(i)}}, r)
				r.Metrics["i"] = -1 // the caller owns its copy
			})
		}
		callers.Wait()
		for i := range asked {
			if slices.Contains(asks, i) && behavior[i] != "temporary" {
				require.EqualValues(rt, 1, asked[i].Load(), "architecture %d, %s", i, behavior[i])
			}
		}
	})
}

func TestWhichFailuresAreRemembered(t *testing.T) {
	for name, f := range failures {
		t.Run(name, func(t *testing.T) {
			asked := 0
			cached := &evaluator.Cached{Space: anySpace{}, Evaluator: evaluator.Func(
				func(context.Context, searchspace.Arch) (evaluator.Result, error) {
					asked++
					return f.fail()
				})}
			for range 3 {
				_, err := cached.Evaluate(t.Context(), chains(1)[0])
				assert.ErrorIs(t, err, f.wraps)
				assert.Equal(t, f.permanent, evaluator.Permanent(t.Context(), err))
			}
			if f.permanent {
				assert.Equal(t, 1, asked)
			} else {
				assert.Equal(t, 3, asked)
			}
		})
	}
}

func TestForgetSharesAndDoesNotRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, err := range []error{nil, errMemory} {
			slow := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				time.Sleep(time.Hour)
				return evaluator.Result{Value: 42}, err
			})
			var begun atomic.Int32
			cached := &evaluator.Cached{Space: anySpace{}, Forget: true, Evaluator: evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					begun.Add(1)
					return slow(ctx, a)
				})}
			for range 2 {
				var callers sync.WaitGroup
				for range 3 {
					callers.Go(func() {
						_, got := cached.Evaluate(t.Context(), chains(1)[0])
						assert.Equal(t, err, got)
					})
				}
				callers.Wait()
			}
			assert.EqualValues(t, 2, begun.Load())
		}
	})
}

func TestIsomorphicArchitecturesAreEvaluatedOnce(t *testing.T) {
	var space searchspace.NASBench101
	cell := func(first, second string) searchspace.Arch {
		g, err := searchspace.NewDAG(space.Parts()[0].Name, 4, []string{"input", first, second, "output"},
			[]searchspace.Edge{{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 3}, {From: 2, To: 3}})
		require.NoError(t, err)
		return searchspace.NewArch(g)
	}
	asked := 0
	cached := &evaluator.Cached{Space: space, Evaluator: evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			asked++
			return evaluator.Result{Value: 7}, nil
		})}
	for _, a := range []searchspace.Arch{cell("conv1x1-bn-relu", "maxpool3x3"), cell("maxpool3x3", "conv1x1-bn-relu")} {
		r, err := cached.Evaluate(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, 7.0, r.Value)
	}
	assert.Equal(t, 1, asked)

	_, err := cached.Evaluate(t.Context(), searchspace.Arch{})
	assert.ErrorIs(t, err, searchspace.ErrInvalid, "an invalid architecture has no key")
	_, err = (&evaluator.Cached{}).Evaluate(t.Context(), chains(1)[0])
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	_, err = (&evaluator.Cached{Space: anySpace{}}).Evaluate(t.Context(), chains(1)[0])
	assert.ErrorIs(t, err, evaluator.ErrBroken)
}

// slowly is an evaluator that takes an hour. If its context ends before, it returns a second later.
type slowly struct{ begun atomic.Int32 }

func (s *slowly) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	s.begun.Add(1)
	select {
	case <-time.After(time.Hour):
		return evaluator.Result{Value: 42}, nil
	case <-ctx.Done():
		time.Sleep(time.Second)
		return evaluator.Result{}, fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
}

func TestACallerThatLeavesDoesNotEndTheEvaluation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowly{}
		cached := &evaluator.Cached{Space: anySpace{}, Evaluator: slow}
		a := chains(1)[0]
		reason := errors.New("this one gives up")
		leaving, leave := context.WithCancelCause(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() { // the first caller, which starts the evaluation
			_, err := cached.Evaluate(leaving, a)
			assert.ErrorIs(t, err, reason)
		})
		synctest.Wait()
		begun := time.Now()
		callers.Go(func() {
			r, err := cached.Evaluate(t.Context(), a)
			assert.NoError(t, err)
			assert.Equal(t, 42.0, r.Value)
			assert.Equal(t, time.Hour, time.Since(begun))
		})
		synctest.Wait()
		leave(reason)
		callers.Wait()
		assert.EqualValues(t, 1, slow.begun.Load())
	})
}

func TestTheEvaluationEndsWithItsLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowly{}
		cached := &evaluator.Cached{Space: anySpace{}, Evaluator: slow}
		a := chains(1)[0]
		reason := errors.New("all give up")
		leaving, leave := context.WithCancelCause(t.Context())
		var callers sync.WaitGroup
		var longest atomic.Int64
		for range 3 {
			callers.Go(func() {
				begun := time.Now()
				_, err := cached.Evaluate(leaving, a)
				assert.ErrorIs(t, err, reason)
				longest.Store(max(longest.Load(), int64(time.Since(begun))))
			})
		}
		synctest.Wait()
		leave(reason)
		synctest.Wait()
		// A caller that arrives while the evaluator is cleaning up gets a new evaluation afterwards.
		r, err := cached.Evaluate(t.Context(), a)
		assert.NoError(t, err)
		assert.Equal(t, 42.0, r.Value)
		callers.Wait()
		assert.EqualValues(t, time.Second, longest.Load(), "the last caller waits until the evaluator returns")
		assert.EqualValues(t, 2, slow.begun.Load())

		ended, end := context.WithCancel(t.Context())
		end()
		_, err = cached.Evaluate(ended, a)
		assert.ErrorIs(t, err, context.Canceled)
	})
}

func TestResultAfterTheEndIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		cached := &evaluator.Cached{Space: anySpace{}, Evaluator: evaluator.Func(
			func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				asked++
				time.Sleep(time.Minute) // ignores the context
				return evaluator.Result{Value: 3}, nil
			})}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, ctx := range []context.Context{ctx, t.Context()} {
			r, err := cached.Evaluate(ctx, chains(1)[0])
			assert.NoError(t, err)
			assert.Equal(t, 3.0, r.Value)
		}
		assert.Equal(t, 1, asked)
	})
}

// The evaluator fails because the search ends, but its own context has not ended yet.
func TestFailureAsTheCallerLeavesIsForgotten(t *testing.T) {
	for range 200 {
		asked := 0
		ends := make(chan context.CancelFunc, 1)
		cached := &evaluator.Cached{Space: anySpace{}, Evaluator: evaluator.Func(
			func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				asked++
				(<-ends)()
				return evaluator.Result{}, errors.New("signal: killed")
			})}
		for range 2 {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			ends <- end
			_, err := cached.Evaluate(ctx, chains(1)[0])
			require.Error(t, err)
		}
		require.Equal(t, 2, asked)
	}
}
