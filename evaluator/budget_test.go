package evaluator_test

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
	"github.com/graphpnas/graphpnas/searchspace"
)

// ladder evaluates at budgets of up to ten epochs of one second each, and can resume. It reports its value after each epoch.
type ladder struct{ calls int }

func (l *ladder) Unit() string { return "epochs" }
func (l *ladder) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return l.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (l *ladder) EvaluateAt(ctx context.Context, _ searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	l.calls++
	from, _ := strconv.ParseFloat(b.Resume, 64)
	to := b.Amount
	if to == 0 {
		to = 10
	}
	for epoch := from + 1; epoch <= to; epoch++ {
		value := 10 * epoch
		evaluator.Report(ctx, evaluator.Progress{Fraction: epoch / to, Epoch: epoch, Value: &value})
	}
	return evaluator.Result{Value: 10 * to, Cost: time.Duration(to-from) * time.Second, Resume: strconv.FormatFloat(to, 'g', -1, 64)}, nil
}

func TestWrappersPassBudgetsAndReportsOn(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	require.NoError(t, err)
	for name, wrap := range map[string]func(evaluator.Evaluator) evaluator.Evaluator{
		"Limited": func(e evaluator.Evaluator) evaluator.Evaluator {
			return evaluator.Limited{Evaluator: e, Timeout: time.Hour}
		},
		"Retried":   func(e evaluator.Evaluator) evaluator.Evaluator { return evaluator.Retried{Evaluator: e} },
		"Penalized": func(e evaluator.Evaluator) evaluator.Evaluator { return evaluator.Penalized{Evaluator: e, Value: -1} },
		"Cached":    func(e evaluator.Evaluator) evaluator.Evaluator { return &evaluator.Cached{Space: space, Evaluator: e} },
	} {
		t.Run(name, func(t *testing.T) {
			inner := &ladder{}
			e := wrap(inner)
			require.Equal(t, "epochs", evaluator.UnitOf(e))
			var values evaluator.Recording
			ctx := values.Context(t.Context())
			short, err := evaluator.TryAt(ctx, e, a, evaluator.Budget{Amount: 4})
			require.NoError(t, err)
			assert.Equal(t, evaluator.Result{Value: 40, Cost: 4 * time.Second, Resume: "4"}, short)
			long, err := evaluator.TryAt(ctx, e, a, evaluator.Budget{Amount: 6, Resume: short.Resume})
			require.NoError(t, err)
			assert.Equal(t, 2*time.Second, long.Cost)
			whole, err := evaluator.Try(ctx, e, a)
			require.NoError(t, err)
			assert.Equal(t, 100.0, whole.Value)
			curve := values.Curve()
			require.Len(t, curve, 10)
			assert.Equal(t, evaluator.Point{Epoch: 5, Value: 50}, curve[4])
			again, err := evaluator.TryAt(ctx, e, a, evaluator.Budget{Amount: 4})
			require.NoError(t, err)
			assert.Equal(t, short, again)
			if name == "Cached" {
				assert.Equal(t, 3, inner.calls)
			}

			plain := wrap(evaluator.Func(inner.Evaluate))
			assert.Empty(t, evaluator.UnitOf(plain))
			_, err = evaluator.TryAt(t.Context(), plain, a, evaluator.Budget{Amount: 4})
			assert.ErrorIs(t, err, evaluator.ErrNoBudgets)
			assert.ErrorIs(t, err, evaluator.ErrBroken)
		})
	}
	for _, amount := range []float64{-1, math.NaN(), math.Inf(1)} {
		_, err := evaluator.TryAt(t.Context(), &ladder{}, a, evaluator.Budget{Amount: amount})
		assert.ErrorContains(t, err, "must be a finite number of at least 0")
	}
}

func TestOneEvaluationOfAPoolCanBeStopped(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	require.NoError(t, err)
	running := make(chan struct{})
	pool := evaluator.Pool{Workers: 2, Evaluator: evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		if ctx.Err() == nil {
			close(running)
		}
		<-ctx.Done()
		return evaluator.Result{}, context.Cause(ctx)
	})}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	stopped, stop := context.WithCancelCause(ctx)
	stop(evaluator.ErrStopped)
	jobs := func(yield func(evaluator.Job) bool) {
		_ = yield(evaluator.Job{Arch: a, Context: stopped}) && yield(evaluator.Job{Arch: a, Context: ctx, Budget: evaluator.Budget{}})
	}
	var errs []error
	for o := range pool.RunJobs(ctx, jobs) {
		errs = append(errs, o.Err)
		<-running
		end()
	}
	require.Len(t, errs, 2)
	assert.ErrorIs(t, errs[0], evaluator.ErrStopped)
	assert.NotErrorIs(t, errs[1], evaluator.ErrStopped)
	assert.ErrorIs(t, errs[1], context.Canceled)
}

func TestACurveHasIncreasingEpochs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c evaluator.Curve
		for range rapid.IntRange(0, 8).Draw(t, "reports") {
			p := evaluator.Progress{Fraction: 0.5, Epoch: rapid.Float64Range(-1, 5).Draw(t, "epoch")}
			if rapid.Bool().Draw(t, "measured") {
				v := rapid.Float64().Draw(t, "value")
				p.Value = &v
			}
			c = c.Add(p)
		}
		last := 0.0
		for i, p := range c {
			require.Greater(t, p.Epoch, last)
			last = p.Epoch
			v, ok := c.At(p.Epoch)
			require.True(t, ok)
			require.Equal(t, p.Value, v)
			require.Len(t, c.UpTo(p.Epoch), i+1)
		}
		_, ok := c.At(0)
		require.False(t, ok)
	})
}

// Try drops the points of a returned curve that Add would not have appended.
func TestTryCleansCurves(t *testing.T) {
	numbers := rapid.OneOf(rapid.Float64Range(-1, 5), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}))
	points := rapid.Custom(func(t *rapid.T) evaluator.Point {
		return evaluator.Point{Epoch: numbers.Draw(t, "epoch"), Value: numbers.Draw(t, "value")}
	})
	rapid.Check(t, func(t *rapid.T) {
		returned := evaluator.Curve(rapid.SliceOfN(points, 0, 8).Draw(t, "curve"))
		var want evaluator.Curve
		for _, p := range returned {
			want = want.Add(evaluator.Progress{Epoch: p.Epoch, Value: &p.Value})
		}
		r, err := evaluator.Try(t.Context(), evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{Value: 1, Curve: slices.Clone(returned)}, nil
		}), chains(1)[0])
		require.NoError(t, err)
		require.True(t, slices.Equal(want, r.Curve), "%v", r.Curve)
		_, err = json.Marshal(r)
		require.NoError(t, err)
	})
}
