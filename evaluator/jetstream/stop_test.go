package jetstream_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// unmissed is a queue whose AckWait is longer than any test: a request only goes to another worker if it was handed back.
var unmissed = jetstream.Queue{AckWait: time.Hour}

// until returns a context with a timeout, for calls that would never return if a test fails.
func until(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestStoppingWorkerHandsItsRequestBack(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	begun := make(chan struct{}, 1)
	stop := serve(t, s, jetstream.Worker{
		Queue: unmissed,
		Evaluator: evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
			begun <- struct{}{}
			<-ctx.Done()
			return evaluator.Result{}, ctx.Err()
		}),
	})
	var next sync.WaitGroup
	next.Go(func() {
		<-begun
		assert.NoError(t, stop())
		serve(t, s, jetstream.Worker{Queue: unmissed, Evaluator: evaluator.Func(edges)})
	})
	_, err := e.Evaluate(until(t), cell())
	require.NoError(t, err)
	next.Wait()
}

func TestStoppingWorkerFinishesWithinGrace(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	begun, finish := make(chan struct{}), make(chan struct{})
	stop := serve(t, s, jetstream.Worker{
		Queue: unmissed, Grace: time.Hour,
		Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			close(begun)
			<-finish
			return edges(ctx, a)
		}),
	})
	var stopping sync.WaitGroup
	stopping.Go(func() {
		<-begun
		go close(finish)
		assert.NoError(t, stop())
	})
	_, err := e.Evaluate(until(t), cell())
	require.NoError(t, err)
	stopping.Wait()
}

func TestResultOfASlowlyStoppingEvaluationIsKept(t *testing.T) {
	const settle = 2 * time.Second
	defer jetstream.Settle(settle)()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	begun := make(chan struct{})
	stop := serve(t, s, jetstream.Worker{
		Queue: unmissed,
		Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			close(begun)
			<-ctx.Done()
			time.Sleep(settle + time.Second)
			return edges(ctx, a)
		}),
	})
	var stopping sync.WaitGroup
	stopping.Go(func() {
		<-begun
		assert.NoError(t, stop())
	})
	_, err := e.Evaluate(until(t), cell())
	require.NoError(t, err)
	stopping.Wait()
}

// Each worker stops while it is evaluating and while requests are being delivered to it.
func TestStoppingWorkersLoseNothing(t *testing.T) {
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	ctx, end := context.WithCancel(until(t))
	nc := connect(t, s)
	var coming sync.WaitGroup
	for i := range 3 {
		coming.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				ctx, stop := context.WithCancel(ctx)
				var begun atomic.Int64
				w := jetstream.Worker{Conn: nc, Space: space, Queue: unmissed, Concurrency: 3, Deliveries: 1_000_000}
				w.Evaluator = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					if begun.Add(1) == int64(3+n%10) {
						stop()
					}
					return edges(ctx, a)
				})
				assert.NoError(t, w.Run(ctx))
				stop()
			}
		})
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 100}
	n := 0
	for o := range pool.Run(ctx, slices.Values(cells(500))) {
		require.NoError(t, o.Err)
		n++
	}
	end()
	coming.Wait()
	assert.Equal(t, 500, n)
}

func TestWorkerEndsIfItsEvaluatorIsBroken(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	nc := connect(t, s)
	var next sync.WaitGroup
	next.Go(func() {
		w := jetstream.Worker{Conn: nc, Space: space, Queue: unmissed, Evaluator: brokenEvaluator{}, Concurrency: 4}
		assert.ErrorIs(t, w.Run(context.Background()), evaluator.ErrBroken)
		serve(t, s, jetstream.Worker{Queue: unmissed, Evaluator: evaluator.Func(edges)})
	})
	_, err := e.Evaluate(until(t), cell())
	assert.NoError(t, err, "another worker gets the request immediately")
	next.Wait()
}

// brokenEvaluator is an evaluator that returns ErrBroken.
type brokenEvaluator struct{}

func (brokenEvaluator) Evaluate(context.Context, searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{}, evaluator.ErrBroken
}

func TestWorkerEndsIfConnectionOrQueueIsGone(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(nc *nats.Conn) error{
		"connection": func(nc *nats.Conn) error { nc.Close(); return nil },
		"queue": func(nc *nats.Conn) error {
			streams, err := js.New(nc)
			require.NoError(t, err)
			return streams.DeleteStream(until(t), "graphpnas-request")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			e, nc := coordinate(t, s, jetstream.Config{}), connect(t, s)
			ended := make(chan error, 1)
			go func() {
				ended <- jetstream.Worker{Conn: nc, Space: space, Evaluator: evaluator.Func(edges)}.Run(until(t))
			}()
			_, err := e.Evaluate(until(t), cell())
			require.NoError(t, err)
			require.NoError(t, cut(nc))
			assert.ErrorIs(t, <-ended, evaluator.ErrBroken)
		})
	}
}
