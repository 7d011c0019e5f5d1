package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
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

// chains returns n architectures, numbered from 0; chainNumber returns the number.
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
	return slices.Collect(p.Run(ctx, slices.Values(archs)))
}

func TestEveryArchitectureHasOneOutcome(t *testing.T) {
	errOdd := errors.New("odd")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "architectures")
		workers := rapid.IntRange(0, 8).Draw(t, "workers")
		behavior := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "error", "NaN", "-Inf", "panic", "goexit"}), n, n).
			Draw(t, "behavior")
		pool := evaluator.Pool{Workers: workers, Evaluator: evaluator.Func(
			func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				i := chainNumber(a)
				switch behavior[i] {
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
		for o := range pool.Run(context.Background(), slices.Values(archs)) {
			require.False(t, seen[o.Index], "architecture %d was evaluated twice", o.Index)
			seen[o.Index] = true
			require.True(t, o.Arch.Equal(archs[o.Index]))
			if want := wrapped[behavior[o.Index]]; want != nil {
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

func TestWorkersLimitsParallelEvaluations(t *testing.T) {
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
		for o := range pool.Run(t.Context(), slices.Values(chains(5))) {
			order = append(order, o.Index)
			assert.Equal(t, time.Duration(5-o.Index)*time.Hour, o.Elapsed)
		}
		assert.Equal(t, []int{4, 3, 2, 1, 0}, order)
	})
}

func TestCanceledContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pool := evaluator.Pool{Evaluator: evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			t.Error("an evaluation was started")
			return evaluator.Result{}, nil
		})}
	assert.Empty(t, collect(ctx, pool, chains(10)))
}

func TestOutcomesOfRunningEvaluationsAreYieldedAfterCancellation(t *testing.T) {
	errLate := errors.New("it is late")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		pool := evaluator.Pool{Workers: 3, Evaluator: evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				switch chainNumber(a) {
				case 0:
					return number(ctx, a)
				case 1: // returns when the context ends
					<-ctx.Done()
					return evaluator.Result{}, ctx.Err()
				default: // finishes its evaluation
					<-ctx.Done()
					return number(ctx, a)
				}
			})}
		outcomes := map[int]evaluator.Outcome{}
		for o := range pool.Run(ctx, slices.Values(chains(50))) {
			if len(outcomes) == 0 {
				synctest.Wait() // all three workers are busy
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

func TestNoEvaluationStartsAfterErrBroken(t *testing.T) {
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
				return evaluator.Result{}, ctx.Err() // a running evaluation is not canceled
			})}
		outcomes := collect(t.Context(), pool, chains(10))
		require.Len(t, outcomes, 2)
		assert.ErrorIs(t, outcomes[0].Err, evaluator.ErrBroken)
		assert.NoError(t, outcomes[1].Err)
		assert.EqualValues(t, 2, asked.Load())
	})
}

// waiting returns a sequence that blocks until it receives an architecture from next, and ends when next or stop is closed.
func waiting(next <-chan searchspace.Arch, stop <-chan struct{}) iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for {
			select {
			case a, ok := <-next:
				if !ok || !yield(a) {
					return
				}
			case <-stop:
				return
			}
		}
	}
}

// A sequence may choose the next architecture by earlier outcomes: the loop receives outcomes while the sequence blocks.
func TestSequenceThatWaitsForOutcomes(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			pool := evaluator.Pool{Workers: workers, Evaluator: evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					time.Sleep(time.Minute)
					return number(ctx, a)
				})}
			archs := chains(20)
			next := make(chan searchspace.Arch, 1)
			next <- archs[0]
			begun, last := time.Now(), 0
			for o := range pool.Run(t.Context(), waiting(next, nil)) {
				require.NoError(t, o.Err)
				assert.Equal(t, float64(last), o.Result.Value)
				assert.Equal(t, last, o.Index)
				if last++; last == len(archs) {
					close(next)
					continue
				}
				next <- archs[last]
			}
			assert.Equal(t, len(archs), last)
			assert.Equal(t, 20*time.Minute, time.Since(begun), "evaluations run one after the other, for any number of workers")
		})
	}
}

func TestSequenceThatWaitsIsStopped(t *testing.T) {
	errLate := errors.New("it is late")
	for name, test := range map[string]struct {
		leave    bool // leave the loop instead of cancelling the context
		outcomes int
	}{"context": {false, 2}, "loop": {true, 1}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // synctest.Test fails if a goroutine is left
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				stop := make(chan struct{})
				pool := evaluator.Pool{Workers: 3, Evaluator: evaluator.Func(
					func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						if chainNumber(a) > 0 {
							<-ctx.Done()
							return evaluator.Result{}, context.Cause(ctx)
						}
						return number(ctx, a)
					})}
				next := make(chan searchspace.Arch, 2)
				for _, a := range chains(2) {
					next <- a
				}
				outcomes := 0
				for o := range pool.Run(ctx, waiting(next, stop)) {
					outcomes++
					if o.Index > 0 {
						assert.ErrorIs(t, o.Err, errLate)
						continue
					}
					synctest.Wait() // the sequence blocks now
					close(stop)
					if test.leave {
						break
					}
					cancel(errLate)
				}
				assert.Equal(t, test.outcomes, outcomes)
			})
		})
	}
}

// Run takes an architecture when a worker is free, and a worker is free when the loop has received its outcome.
func TestSequenceIsTakenLazily(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			taken := 0 // read while every other goroutine is blocked
			archs := func(yield func(searchspace.Arch) bool) {
				for _, a := range chains(12) {
					taken++
					if !yield(a) {
						return
					}
				}
			}
			pool := evaluator.Pool{Workers: workers, Evaluator: evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					time.Sleep(time.Hour)
					return number(ctx, a)
				})}
			run := pool.Run(t.Context(), archs)
			synctest.Wait()
			assert.Zero(t, taken, "nothing is taken before the loop begins")
			outcomes := 0
			for range run {
				outcomes++
				synctest.Wait()
				assert.LessOrEqual(t, taken, outcomes+workers)
				time.Sleep(10 * time.Hour) // a slow loop
				assert.Equal(t, min(12, outcomes+workers), taken)
			}
			assert.Equal(t, 12, outcomes)
		})
	}
}

func TestNothingIsTakenFromTheSequenceAfterErrBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		archs := func(yield func(searchspace.Arch) bool) {
			for _, a := range chains(50) {
				taken++
				if !yield(a) {
					return
				}
			}
		}
		pool := evaluator.Pool{Workers: 3, Evaluator: evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				time.Sleep(time.Duration(1+chainNumber(a)) * time.Minute)
				if chainNumber(a) == 4 {
					return evaluator.Result{}, fmt.Errorf("no table: %w", evaluator.ErrBroken)
				}
				return number(ctx, a)
			})}
		failed, after := false, 0
		for o := range pool.Run(t.Context(), archs) {
			if failed {
				assert.NoError(t, o.Err, "a running evaluation continues")
				after++
			}
			failed = failed || errors.Is(o.Err, evaluator.ErrBroken)
		}
		assert.True(t, failed)
		assert.Equal(t, 7, taken, "0 to 3 have ended, 4 fails, 5 and 6 are running")
		assert.Equal(t, 2, after)
	})
}

// If the evaluator breaks while the sequence blocks, Run waits for the sequence and does not evaluate what it yields.
func TestSequenceThatWaitsWhileTheEvaluatorBreaks(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			pool := evaluator.Pool{Workers: 4, Evaluator: evaluator.Func(
				func(context.Context, searchspace.Arch) (evaluator.Result, error) {
					asked++
					time.Sleep(time.Minute)
					return evaluator.Result{}, evaluator.ErrBroken
				})}
			next, stop := make(chan searchspace.Arch, 1), make(chan struct{})
			archs := chains(3)
			next <- archs[0]
			outcomes := 0
			for o := range pool.Run(t.Context(), waiting(next, stop)) {
				outcomes++
				assert.ErrorIs(t, o.Err, evaluator.ErrBroken)
				if late {
					next <- archs[1]
					continue
				}
				close(stop)
			}
			assert.Equal(t, 1, outcomes)
			assert.Equal(t, 1, asked)
		})
	}
}

// No evaluation or iteration runs after the loop, whatever the sequence and the evaluator do.
func TestSequencesLeaveNoGoroutine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(rt, "architectures")
		breaks := rapid.IntRange(0, 15).Draw(rt, "breaks")
		leaves := rapid.IntRange(1, 15).Draw(rt, "leaves")
		cancels := rapid.IntRange(1, 15).Draw(rt, "cancels")
		workers := rapid.IntRange(1, 4).Draw(rt, "workers")
		pause := rapid.SliceOfN(rapid.IntRange(0, 3), 12, 12).Draw(rt, "pause")
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var busy atomic.Int32 // running evaluations and iterations
			archs := func(yield func(searchspace.Arch) bool) {
				busy.Add(1)
				defer busy.Add(-1)
				for i, a := range chains(n) {
					time.Sleep(time.Duration(pause[i]) * time.Second)
					if !yield(a) {
						return
					}
				}
			}
			pool := evaluator.Pool{Workers: workers, Evaluator: evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					busy.Add(1)
					defer busy.Add(-1)
					select {
					case <-time.After(time.Duration(pause[11-chainNumber(a)]) * time.Second):
					case <-ctx.Done():
						return evaluator.Result{}, ctx.Err()
					}
					if chainNumber(a) == breaks {
						return evaluator.Result{}, evaluator.ErrBroken
					}
					return number(ctx, a)
				})}
			seen := map[int]bool{}
			for o := range pool.Run(ctx, archs) {
				assert.False(t, seen[o.Index])
				assert.Equal(t, o.Index, chainNumber(o.Arch))
				seen[o.Index] = true
				if len(seen) == cancels {
					cancel()
				}
				if len(seen) == leaves {
					break
				}
			}
			assert.Zero(t, busy.Load())
			if min(breaks, leaves, cancels) >= n {
				assert.Len(t, seen, n)
			}
			cancel()
		})
	})
	assert.NoError(t, goleak.Find())
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

func TestLeavingTheLoopEndsRunningEvaluations(t *testing.T) {
	leave := map[string]func(pool evaluator.Pool, archs []searchspace.Arch){
		"break": func(pool evaluator.Pool, archs []searchspace.Arch) {
			for range pool.Run(context.Background(), slices.Values(archs)) {
				break
			}
		},
		"panic": func(pool evaluator.Pool, archs []searchspace.Arch) {
			defer func() { _ = recover() }()
			for range pool.Run(context.Background(), slices.Values(archs)) {
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
			assert.Zero(t, running.Load(), "no evaluation outlives the loop")
			assert.LessOrEqual(t, ended.Load(), int32(4))
			assert.NoError(t, goleak.Find())
		})
	}
}

func TestPoolRunsConcurrentLoops(t *testing.T) {
	pool := evaluator.Pool{Evaluator: evaluator.Func(number), Workers: 2}
	run := pool.Run(t.Context(), slices.Values(chains(40)))
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

func TestErrorsShowTheNotationOfTheSpace(t *testing.T) {
	var space searchspace.NASBench201
	a, err := space.Parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|")
	require.NoError(t, err)
	for want, s := range map[string]searchspace.Space{space.Format(a): space, a.String(): nil} {
		pool := evaluator.Pool{Space: s}
		for o := range pool.Run(t.Context(), slices.Values([]searchspace.Arch{a})) {
			assert.ErrorContains(t, o.Err, "evaluating ["+want+"]: ")
		}
	}
}
