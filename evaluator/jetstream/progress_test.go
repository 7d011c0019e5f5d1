package jetstream_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// epochs returns an evaluator that evaluates a cell in n epochs and reports a value after each one. If proceed is not nil, it waits for
// proceed after each report.
func epochs(n int, proceed <-chan struct{}) evaluator.Func {
	return func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := edges(ctx, a)
		if err != nil {
			return r, err
		}
		for epoch := range n {
			value := r.Value - 1/float64(epoch+1)
			evaluator.Report(ctx, evaluator.Progress{Fraction: float64(epoch+1) / float64(n), Epoch: float64(epoch + 1), Value: &value})
			if proceed == nil {
				continue
			}
			select {
			case <-proceed:
			case <-ctx.Done():
				return evaluator.Result{}, context.Cause(ctx)
			}
		}
		return r, nil
	}
}

func TestProgressArrivesWhileAWorkerEvaluates(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{})
	proceed := make(chan struct{}, 1)
	serve(t, s, jetstream.Worker{Evaluator: epochs(3, proceed)})
	var seen evaluator.Curve
	ctx := evaluator.WithReport(until(t), func(p evaluator.Progress) {
		seen = seen.Add(p)
		proceed <- struct{}{} // the worker would wait forever if the report had not arrived
	})
	r, err := e.Evaluate(ctx, cell())
	require.NoError(t, err)
	require.Len(t, seen, 3)
	assert.Equal(t, seen, r.Curve, "the reply contains the whole curve")
}

// Stopping an evaluation also stops it on its worker, and no other worker starts it.
func TestStoppingAnEvaluationStopsItOnTheWorker(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	causes, begun := make(chan error, 10), make(chan searchspace.Arch, 10)
	slow := epochs(3, make(chan struct{}))
	for range 2 {
		serve(t, s, jetstream.Worker{Queue: unmissed, Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			begun <- a
			if !a.Equal(cell()) {
				return edges(ctx, a)
			}
			r, err := slow(ctx, a)
			causes <- context.Cause(ctx)
			return r, err
		})})
	}
	ctx, stop := context.WithCancelCause(until(t))
	ctx = evaluator.WithReport(ctx, func(evaluator.Progress) { stop(evaluator.ErrStopped) })
	_, err := e.Evaluate(ctx, cell())
	require.ErrorIs(t, err, evaluator.ErrStopped)
	assert.ErrorIs(t, <-causes, evaluator.ErrStopped)
	assert.True(t, (<-begun).Equal(cell()))

	other := cells(1)[0]
	_, err = e.Evaluate(until(t), other) // the queue still works
	require.NoError(t, err)
	assert.True(t, (<-begun).Equal(other))
	assert.Empty(t, begun, "nothing is evaluated twice")
}

// A search that stops evaluations has the same history over a queue as in one process.
func TestASearchStopsEvaluationsOverAQueue(t *testing.T) {
	t.Parallel()
	s := start(t)
	queue := coordinate(t, s, jetstream.Config{})
	for range 2 {
		serve(t, s, jetstream.Worker{Evaluator: epochs(6, nil)})
	}
	method := baseline.MedianStopping{Method: baseline.RandomSearch{}, Grace: 1}
	outcomes := func(e evaluator.Evaluator) (values []any) {
		search, err := rl.New(space, method, rl.Config{Seed: 3, Evaluations: 24, Workers: 3})
		require.NoError(t, err)
		h, err := search.Run(until(t), e)
		require.NoError(t, err)
		stopped := 0
		for _, one := range h.Evaluations {
			if errors.Is(one.Err, evaluator.ErrStopped) {
				stopped++
			} else {
				require.NoError(t, one.Err)
			}
			values = append(values, one.Arch.String(), one.Result.Value, one.Result.Curve)
		}
		assert.Positive(t, stopped)
		return values
	}
	assert.Equal(t, outcomes(epochs(6, nil)), outcomes(queue))
}
