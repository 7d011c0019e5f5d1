package jetstream_test

import (
	"context"
	"sync"
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

// unmissed is a queue that misses no worker as long as a test may take: what is evaluated was handed back.
var unmissed = jetstream.Queue{AckWait: time.Hour}

// until bounds what would otherwise wait for ever.
func until(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestWorkerThatStopsHandsItsRequestBack(t *testing.T) {
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

func TestWorkerThatStopsFinishesWithinItsGrace(t *testing.T) {
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

func TestWorkersThatComeAndGoLoseNothing(t *testing.T) {
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Queue: unmissed})
	ctx, end := context.WithCancel(until(t))
	var coming sync.WaitGroup
	for i := range 3 {
		coming.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				stop := serve(t, s, jetstream.Worker{
					Queue: unmissed, Concurrency: 3, Deliveries: 1_000_000,
					Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						select {
						case <-time.After(time.Millisecond):
							return edges(ctx, a)
						case <-ctx.Done():
							return evaluator.Result{}, ctx.Err()
						}
					}),
				})
				time.Sleep(time.Duration(5+(7*n+13*i)%20) * time.Millisecond)
				assert.NoError(t, stop())
			}
		})
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 100}
	n := 0
	for o := range pool.Run(ctx, cells(500)) {
		require.NoError(t, o.Err)
		n++
	}
	end()
	coming.Wait()
	assert.Equal(t, 500, n)
}

func TestWorkerEndsWhereItsEvaluatorIsBroken(t *testing.T) {
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
	assert.NoError(t, err, "another worker has it at once")
	next.Wait()
}

// brokenEvaluator is an evaluator that is broken.
type brokenEvaluator struct{}

func (brokenEvaluator) Evaluate(context.Context, searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{}, evaluator.ErrBroken
}

func TestWorkerEndsWithItsConnectionAndItsQueue(t *testing.T) {
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
