package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chains returns architectures 0..n−1, told apart by chainNumber.
func chains(n int) []searchspace.Arch {
	archs := make([]searchspace.Arch, n)
	for i := range archs {
		g, err := searchspace.NewDAG("cell", i+1, nil, nil)
		if err != nil {
			panic(err)
		}
		archs[i] = searchspace.NewArch(g)
	}
	return archs
}

func chainNumber(a searchspace.Arch) int { return a.Part(0).Len() - 1 }

func number(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{Value: float64(chainNumber(a))}, nil
}

func collect(ctx context.Context, p evaluator.Pool, archs []searchspace.Arch) []evaluator.Outcome {
	return slices.Collect(p.Run(ctx, archs))
}

func TestEveryArchitectureHasOneOutcome(t *testing.T) {
	errOdd := errors.New("odd")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "architectures")
		workers := rapid.IntRange(0, 8).Draw(t, "workers")
		behaviour := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "error", "NaN", "-Inf", "panic", "goexit"}), n, n).
			Draw(t, "behaviour")
		pool := evaluator.Pool{Workers: workers, Evaluator: evaluator.Func(
			func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				i := chainNumber(a)
				switch behaviour[i] {
				case "error":
					return evaluator.Result{Value: 1}, errOdd
				case "NaN":
					return evaluator.Result{Value: math.NaN()}, nil
				case "-Inf":
					return evaluator.Result{Value: math.Inf(-1)}, nil
				case "panic":
					panic("boom")
				case "goexit":
					runtime.Goexit()
				}
				return evaluator.Result{Value: float64(i), Metrics: map[string]float64{"twice": float64(2 * i)}}, nil
			})}
		wrapped := map[string]error{
			"error": errOdd, "NaN": evaluator.ErrNotFinite, "-Inf": evaluator.ErrNotFinite,
			"panic": evaluator.ErrPanic, "goexit": evaluator.ErrPanic,
		}
		archs := chains(n)
		seen := make([]bool, n)
		for o := range pool.Run(context.Background(), archs) {
			require.False(t, seen[o.Index], "architecture %d twice", o.Index)
			seen[o.Index] = true
			require.True(t, o.Arch.Equal(archs[o.Index]))
			if want := wrapped[behaviour[o.Index]]; want != nil {
				require.ErrorIs(t, o.Err, want)
				require.ErrorContains(t, o.Err, o.Arch.String())
				require.Zero(t, o.Result)
				continue
			}
			require.NoError(t, o.Err)
			require.Equal(t, float64(o.Index), o.Result.Value)
			require.Equal(t, float64(2*o.Index), o.Result.Metrics["twice"])
		}
		require.NotContains(t, seen, false)
	})
}

func TestNoMoreThanWorkersRunAtATime(t *testing.T) {
	for _, workers := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			var running, most atomic.Int32
			pool := evaluator.Pool{Workers: workers, Evaluator: evaluator.Func(
				func(context.Context, searchspace.Arch) (evaluator.Result, error) {
					now := running.Add(1)
					defer running.Add(-1)
					for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
					}
					time.Sleep(time.Millisecond)
					return evaluator.Result{}, nil
				})}
			assert.Len(t, collect(context.Background(), pool, chains(20)), 20)
			allowed := workers
			if workers == 0 {
				allowed = runtime.GOMAXPROCS(0)
			}
			assert.LessOrEqual(t, int(most.Load()), allowed)
		})
	}
}

func TestWorkersRunTogether(t *testing.T) {
	var together sync.WaitGroup
	together.Add(3)
	pool := evaluator.Pool{Workers: 3, Evaluator: evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			together.Done()
			together.Wait() // returns only when all three are here
			return evaluator.Result{}, nil
		})}
	assert.Len(t, collect(context.Background(), pool, chains(3)), 3)
}

func TestOutcomesComeInTheOrderOfFinishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := evaluator.Pool{Workers: 5, Evaluator: evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				time.Sleep(time.Duration(5-chainNumber(a)) * time.Hour)
				return number(ctx, a)
			})}
		var order []int
		for o := range pool.Run(t.Context(), chains(5)) {
			order = append(order, o.Index)
			assert.Equal(t, time.Duration(5-o.Index)*time.Hour, o.Elapsed)
		}
		assert.Equal(t, []int{4, 3, 2, 1, 0}, order)
	})
}

func TestCancelledContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pool := evaluator.Pool{Evaluator: evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			t.Error("an evaluation began")
			return evaluator.Result{}, nil
		})}
	assert.Empty(t, collect(ctx, pool, chains(10)))
}

func TestWhatRunsAtCancellationIsStillHandedOut(t *testing.T) {
	errLate := errors.New("it is late")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		pool := evaluator.Pool{Workers: 3, Evaluator: evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				switch chainNumber(a) {
				case 0:
					return number(ctx, a)
				case 1: // heeds the context
					<-ctx.Done()
					return evaluator.Result{}, ctx.Err()
				default: // finishes what it does
					<-ctx.Done()
					return number(ctx, a)
				}
			})}
		outcomes := map[int]evaluator.Outcome{}
		for o := range pool.Run(ctx, chains(50)) {
			if len(outcomes) == 0 {
				synctest.Wait() // the places of three workers are taken
				cancel(errLate)
			}
			outcomes[o.Index] = o
		}
		assert.Len(t, outcomes, 4)
		assert.NoError(t, outcomes[0].Err)
		assert.ErrorIs(t, outcomes[1].Err, errLate)
		assert.ErrorIs(t, outcomes[1].Err, context.Canceled)
		assert.ErrorContains(t, outcomes[1].Err, outcomes[1].Arch.String())
		assert.NoError(t, outcomes[2].Err)
		assert.Equal(t, 2.0, outcomes[2].Result.Value)
		assert.NoError(t, outcomes[3].Err)
	})
}

func TestBrokenEvaluatorIsAskedNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		pool := evaluator.Pool{Workers: 2, Evaluator: evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				asked.Add(1)
				if chainNumber(a) == 1 {
					time.Sleep(time.Minute)
					return evaluator.Result{}, fmt.Errorf("no table: %w", evaluator.ErrBroken)
				}
				time.Sleep(time.Hour)
				return evaluator.Result{}, ctx.Err() // an evaluation that runs is left in peace
			})}
		outcomes := collect(t.Context(), pool, chains(10))
		require.Len(t, outcomes, 2)
		assert.ErrorIs(t, outcomes[0].Err, evaluator.ErrBroken)
		assert.NoError(t, outcomes[1].Err)
		assert.EqualValues(t, 2, asked.Load())
	})
}

func TestNilEvaluatorIsBroken(t *testing.T) {
	outcomes := collect(t.Context(), evaluator.Pool{Workers: 1}, chains(3))
	require.Len(t, outcomes, 1)
	assert.ErrorIs(t, outcomes[0].Err, evaluator.ErrBroken)
	assert.Empty(t, collect(t.Context(), evaluator.Pool{}, nil))
}

func TestPanicKeepsItsValueAndStack(t *testing.T) {
	pool := evaluator.Pool{Evaluator: evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) { panic("out of memory on device 0") })}
	outcomes := collect(t.Context(), pool, chains(1))
	require.Len(t, outcomes, 1)
	var p *evaluator.PanicError
	require.ErrorAs(t, outcomes[0].Err, &p)
	assert.Equal(t, "out of memory on device 0", p.Value)
	assert.Contains(t, string(p.Stack), "TestPanicKeepsItsValueAndStack")
	assert.ErrorContains(t, outcomes[0].Err, "out of memory on device 0")
}

func TestLeavingTheLoopEndsWhatRuns(t *testing.T) {
	leave := map[string]func(pool evaluator.Pool, archs []searchspace.Arch){
		"break": func(pool evaluator.Pool, archs []searchspace.Arch) {
			for range pool.Run(context.Background(), archs) {
				break
			}
		},
		"panic": func(pool evaluator.Pool, archs []searchspace.Arch) {
			defer func() { _ = recover() }()
			for range pool.Run(context.Background(), archs) {
				panic("in the loop")
			}
		},
	}
	for name, leave := range leave {
		t.Run(name, func(t *testing.T) {
			var running, ended atomic.Int32
			pool := evaluator.Pool{Workers: 4, Evaluator: evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					running.Add(1)
					defer running.Add(-1)
					if chainNumber(a) > 0 {
						<-ctx.Done()
						ended.Add(1)
					}
					return evaluator.Result{}, ctx.Err()
				})}
			leave(pool, chains(100))
			assert.Zero(t, running.Load(), "evaluations that outlive the loop")
			assert.LessOrEqual(t, ended.Load(), int32(4))
			assert.NoError(t, goleak.Find())
		})
	}
}

func TestPoolServesSeveralLoopsAtATime(t *testing.T) {
	pool := evaluator.Pool{Evaluator: evaluator.Func(number), Workers: 2}
	run := pool.Run(t.Context(), chains(40))
	var loops sync.WaitGroup
	for range 4 {
		loops.Go(func() {
			sum := 0.0
			for o := range run {
				sum += o.Result.Value
			}
			assert.Equal(t, 40*39/2.0, sum)
		})
	}
	loops.Wait()
}
