package jetstream_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMissingWorkersAreReported(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	e := coordinate(t, s, jetstream.Config{Recheck: 10 * time.Millisecond, OnTrouble: told.tell})
	result := make(chan error, 1)
	go func() {
		_, err := e.Evaluate(until(t), cell())
		result <- err
	}()
	told.await(t, jetstream.ErrNoWorker)
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	assert.NoError(t, <-result)
	told.await(t, nil)
}

// The only worker ends because its evaluator is broken, and no other worker starts.
func TestSearchEndsIfItsWorkersHaveEnded(t *testing.T) {
	t.Parallel()
	s := start(t)
	q := jetstream.Queue{AckWait: 100 * time.Millisecond}
	e, err := jetstream.New(until(t), connect(t, s), space, jetstream.Config{
		Queue: q, Recheck: 10 * time.Millisecond, Patience: 3 * time.Second,
	})
	require.NoError(t, err)
	defer e.Close()
	ended := make(chan error, 1)
	go func() {
		w := jetstream.Worker{Conn: connect(t, s), Space: space, Evaluator: brokenEvaluator{}, Name: "one"}
		ended <- w.Run(until(t))
	}()
	_, err = e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorIs(t, err, jetstream.ErrNoWorker)
	assert.ErrorIs(t, err, jetstream.ErrWorker)
	assert.ErrorContains(t, err, "one: the evaluator is broken")
	assert.ErrorIs(t, <-ended, evaluator.ErrBroken)
}

// A worker that has reported an error may send heartbeats until its last evaluation has ended. Nevertheless the coordinator gives
// up when the worker has ended.
func TestSearchEndsIfAWorkerEndsSlowly(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s)
	heard, err := nc.SubscribeSync("graphpnas.done.>")
	require.NoError(t, err)
	hears := func(header string) bool {
		m, err := heard.NextMsgWithContext(until(t))
		return !assert.NoError(t, err) || m.Header.Get(header) != ""
	}
	e, err := jetstream.New(until(t), connect(t, s), space, jetstream.Config{
		Queue: jetstream.Queue{AckWait: 3 * time.Second}, Recheck: 10 * time.Millisecond, Patience: 3 * time.Second,
	})
	require.NoError(t, err)
	defer e.Close()
	ended := make(chan error, 1)
	var begun sync.WaitGroup
	begun.Add(2)
	go func() {
		w := jetstream.Worker{Conn: connect(t, s), Space: space, Concurrency: 2, Name: "one"}
		w.Evaluator = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			begun.Done()
			begun.Wait()
			if space.Key(a) == space.Key(cell()) {
				return evaluator.Result{}, evaluator.ErrBroken
			}
			<-ctx.Done()
			for !hears("Graphpnas-Reason") {
			}
			for !hears("Graphpnas-Alive") {
			}
			return evaluator.Result{}, ctx.Err()
		})
		ended <- w.Run(until(t))
	}()
	var asking sync.WaitGroup
	for _, a := range []searchspace.Arch{cell(), cells(1)[0]} {
		asking.Go(func() {
			_, err := e.Evaluate(until(t), a)
			assert.ErrorIs(t, err, jetstream.ErrNoWorker)
			assert.ErrorIs(t, err, jetstream.ErrWorker)
		})
	}
	asking.Wait()
	assert.ErrorIs(t, <-ended, evaluator.ErrBroken)
}

// A coordinator waits for a worker that evaluates for longer than the coordinator's patience.
func TestLongEvaluationsAreAwaited(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	e := coordinate(t, s, jetstream.Config{
		Queue: jetstream.Queue{AckWait: 300 * time.Millisecond}, Recheck: 10 * time.Millisecond,
		Patience: 3 * time.Second, OnTrouble: told.tell,
	})
	serve(t, s, jetstream.Worker{
		Concurrency: 1,
		Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			<-time.After(5 * time.Second)
			return edges(ctx, a)
		}),
	})
	_, err := e.Evaluate(until(t), cell())
	assert.NoError(t, err)
}

// other is another space with the same cells.
type other struct{ searchspace.NASBench201 }

func (other) Name() string { return "other" }

func TestQueueFullOfOtherSpacesEndsTheSearch(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	q := jetstream.Queue{Limit: 2}
	first, err := jetstream.New(until(t), connect(t, s), other{}, jetstream.Config{Queue: q})
	require.NoError(t, err)
	defer first.Close()
	for _, a := range cells(2) {
		go func() { _, _ = first.Evaluate(context.Background(), a) }() // no worker serves that space
	}
	require.Eventually(t, func() bool {
		status, err := first.Status(until(t))
		return err == nil && status.Waiting == 2
	}, time.Minute, time.Millisecond)
	e, err := jetstream.New(until(t), connect(t, s), space, jetstream.Config{
		Queue: q, Patience: 3 * time.Second, OnTrouble: told.tell,
	})
	require.NoError(t, err)
	defer e.Close()
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	_, err = e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorIs(t, err, jetstream.ErrQueueFull)
	assert.ErrorContains(t, err, "requests of other spaces have filled it for 3s (2 of other)")
	assert.ErrorContains(t, told.await(t, jetstream.ErrQueueFull), "2 of other")
}
