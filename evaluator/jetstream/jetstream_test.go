package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestWorkersEvaluate(t *testing.T) {
	s := start(t)
	var answers atomic.Int64
	e := coordinate(t, s, jetstream.Config{Outstanding: 8, Queue: jetstream.Queue{Limit: 5}, OnAnswer: func(a jetstream.Answer) {
		assert.Equal(t, "one", a.Worker)
		assert.EqualValues(t, a.Arch.Part(0).NumEdges(), a.Result.Value)
		answers.Add(1)
	}})
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges), Name: "one"})
	pool := evaluator.Pool{Evaluator: e, Workers: 32}
	all, seen := cells(300), 0
	for o := range pool.Run(t.Context(), slices.Values(all)) {
		require.NoError(t, o.Err, "coordinators wait while the queue is full")
		assert.EqualValues(t, o.Arch.Part(0).NumEdges(), o.Result.Value)
		seen++
	}
	assert.Equal(t, len(all), seen)
	assert.EqualValues(t, len(all), answers.Load())
	assert.Eventually(t, func() bool { // acknowledgements are asynchronous
		status, err := e.Status(t.Context())
		return err == nil && status.Waiting == 0 && status.UnderWay == 0
	}, time.Minute, 10*time.Millisecond)
}

func TestRestartedCoordinatorRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	var begun atomic.Int64
	gate := make(chan struct{})
	count := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if begun.Add(1) > 20 {
			<-gate
		}
		return edges(ctx, a)
	})
	first := coordinate(t, s, jetstream.Config{Objective: "edges"})
	serve(t, s, jetstream.Worker{Evaluator: count, Concurrency: 10})
	ended := make(chan int)
	go func() {
		n := 0
		pool := evaluator.Pool{Evaluator: first, Workers: 50}
		for o := range pool.Run(context.Background(), slices.Values(cells(50))) {
			if o.Err == nil {
				n++
			}
		}
		ended <- n
	}()
	require.Eventually(t, func() bool { return begun.Load() == 30 }, time.Minute, time.Millisecond)
	require.NoError(t, first.Close()) // 20 are done, 10 are running, 20 are waiting
	assert.LessOrEqual(t, <-ended, 20)
	close(gate)

	again := coordinate(t, s, jetstream.Config{Objective: "edges"})
	pool := evaluator.Pool{Evaluator: again, Workers: 50}
	for range 2 {
		for o := range pool.Run(t.Context(), slices.Values(cells(50))) {
			require.NoError(t, o.Err)
		}
		assert.EqualValues(t, 50, begun.Load())
	}
	other := coordinate(t, s, jetstream.Config{Objective: "something else"})
	_, err := other.Evaluate(t.Context(), cell())
	require.NoError(t, err)
	assert.EqualValues(t, 51, begun.Load())
}

func TestFailures(t *testing.T) {
	t.Parallel()
	s := start(t)
	var begun atomic.Int64
	var outcome error
	serve(t, s, jetstream.Worker{
		Deliveries: 3, RetryWait: time.Millisecond,
		Evaluator: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			begun.Add(1)
			return evaluator.Result{}, outcome
		}),
	})
	e := coordinate(t, s, jetstream.Config{})
	ask := func(a searchspace.Arch) (int64, error) {
		before := begun.Load()
		_, err := e.Evaluate(t.Context(), a)
		return begun.Load() - before, err
	}

	outcome = fmt.Errorf("busy: %w", evaluator.ErrTemporary)
	for range 2 { // every call leads to three deliveries
		n, err := ask(cell())
		assert.ErrorIs(t, err, jetstream.ErrDeadLetter)
		assert.ErrorIs(t, err, evaluator.ErrTemporary)
		assert.False(t, evaluator.Permanent(t.Context(), err))
		assert.ErrorContains(t, err, "busy")
		assert.EqualValues(t, 3, n)
	}
	outcome = errors.New("too large")
	n, err := ask(cell())
	assert.ErrorContains(t, err, "too large")
	assert.True(t, evaluator.Permanent(t.Context(), err))
	assert.EqualValues(t, 1, n)
	n, err = ask(cell())
	assert.ErrorContains(t, err, "too large")
	assert.Zero(t, n, "a permanent failure is stored")
}

func TestUncertainFailuresAreNeitherStoredNorRetried(t *testing.T) {
	t.Parallel()
	s := start(t)
	var begun atomic.Int64
	serve(t, s, jetstream.Worker{
		Evaluator: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			begun.Add(1)
			return evaluator.Result{}, fmt.Errorf("%w: no data", evaluator.ErrUncertain)
		}),
	})
	e := coordinate(t, s, jetstream.Config{})
	for n := range 3 {
		_, err := e.Evaluate(until(t), cell())
		assert.ErrorIs(t, err, evaluator.ErrUncertain)
		assert.NotErrorIs(t, err, jetstream.ErrDeadLetter)
		assert.ErrorContains(t, err, "no data")
		assert.False(t, evaluator.Permanent(t.Context(), err))
		assert.EqualValues(t, n+1, begun.Load())
	}
}

func TestResultKeepsTheFailure(t *testing.T) {
	t.Parallel()
	s := start(t)
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Penalized{Value: 10, Evaluator: evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{}, errors.New("the training has diverged")
		},
	)}})
	r, err := coordinate(t, s, jetstream.Config{}).Evaluate(until(t), cell())
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 10, Failure: "the training has diverged"}, r)
}

func TestLostRequestIsQueuedAgain(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{Recheck: 10 * time.Millisecond})
	streams, err := js.New(connect(t, s))
	require.NoError(t, err)
	queue, err := streams.Stream(t.Context(), "graphpnas-request")
	require.NoError(t, err)
	var purging sync.WaitGroup
	purging.Go(func() {
		for n := 0; n < 3; {
			info, err := queue.Info(t.Context())
			if assert.NoError(t, err); info.State.Msgs > 0 {
				assert.NoError(t, queue.Purge(t.Context()))
				n++
			}
		}
		serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	})
	_, err = e.Evaluate(until(t), cell())
	assert.NoError(t, err)
	purging.Wait()
}

func TestInvalidRequestBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{})
	nc := connect(t, s)
	stream, err := js.New(nc)
	require.NoError(t, err)
	other := protocol.NewRequest("3", space, cell())
	other.Space = "another"
	foreign, err := other.MarshalJSON()
	require.NoError(t, err)
	huge := strings.Repeat("x", protocol.MaxLine)
	for id, text := range map[string]string{"1": "rubbish", "2": `{"protocol":7,"id":"2"}`, "3": string(foreign), "4": "", "5": huge} {
		_, err := stream.Publish(t.Context(), "graphpnas.request."+space.Name()+"."+id, []byte(text))
		require.NoError(t, err)
	}
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges), Concurrency: 1})
	_, err = e.Evaluate(until(t), cell())
	require.NoError(t, err)
	letters, err := stream.Stream(t.Context(), "graphpnas-dead")
	require.NoError(t, err)
	assert.EqualValues(t, 5, letters.CachedInfo().State.Msgs)
	letter, err := letters.GetLastMsgForSubject(t.Context(), "graphpnas.dead."+space.Name()+".3")
	require.NoError(t, err)
	assert.Equal(t, foreign, letter.Data)
	assert.Contains(t, letter.Header.Get("Graphpnas-Reason"), `not of "another"`)
	letter, err = letters.GetLastMsgForSubject(t.Context(), "graphpnas.dead."+space.Name()+".5")
	require.NoError(t, err)
	assert.Equal(t, huge[:len(letter.Data)], string(letter.Data))
	assert.Greater(t, len(letter.Data), len(huge)*99/100, "as much as fits")
}

// panicky is a space whose Validate panics.
type panicky struct{ searchspace.NASBench201 }

func (panicky) Validate(searchspace.Arch) error { panic("no such thing") }

func TestPanicOfTheSpaceCausesADeadLetter(t *testing.T) {
	t.Parallel()
	s := start(t)
	e, nc := coordinate(t, s, jetstream.Config{}), connect(t, s)
	ctx, stop := context.WithCancel(until(t))
	var serving sync.WaitGroup
	serving.Go(func() {
		w := jetstream.Worker{Conn: nc, Space: panicky{}, Evaluator: evaluator.Func(edges)}
		assert.NoError(t, w.Run(ctx))
	})
	_, err := e.Evaluate(ctx, cell())
	assert.ErrorIs(t, err, jetstream.ErrDeadLetter)
	assert.ErrorContains(t, err, "no such thing")
	stop()
	serving.Wait()
}

func TestSizesAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t)
	serve(t, s, jetstream.Worker{
		Evaluator: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			metrics := map[string]float64{}
			for i := range 100_000 {
				metrics[fmt.Sprint(i)] = 1 / float64(i+1)
			}
			return evaluator.Result{Metrics: metrics}, nil
		}),
	})
	_, err := coordinate(t, s, jetstream.Config{}).Evaluate(t.Context(), cell())
	assert.ErrorContains(t, err, "a line has more than")
	large := map[string]float64{}
	for i := range 100_000 {
		large[fmt.Sprint(i)] = 1 / float64(i+1)
	}
	_, err = jetstream.New(t.Context(), connect(t, s), space, jetstream.Config{Budget: large})
	assert.ErrorIs(t, err, protocol.ErrMalformed)
}

func TestStreamsWithASmallerMessageLimit(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx, nc := until(t), connect(t, s)
	streams, err := js.New(nc)
	require.NoError(t, err)
	for _, kind := range []string{"result", "dead"} {
		_, err = streams.CreateStream(ctx, js.StreamConfig{
			Name: "graphpnas-" + kind, Subjects: []string{"graphpnas." + kind + ".*.*"}, MaxMsgSize: 16 << 10,
		})
		require.NoError(t, err)
	}
	e := coordinate(t, s, jetstream.Config{})
	_, err = streams.Publish(ctx, "graphpnas.request."+space.Name()+".1", make([]byte, 50_000))
	require.NoError(t, err)
	serve(t, s, jetstream.Worker{
		Concurrency: 1,
		Evaluator: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{Failure: strings.Repeat("no ", 10_000)}, nil
		}),
	})
	_, err = e.Evaluate(ctx, cell())
	assert.ErrorIs(t, err, jetstream.ErrDeadLetter, "the architecture is not at fault")
	assert.ErrorContains(t, err, `max_msg_size of stream "graphpnas-result" allows 16384 bytes`)
	letters, err := streams.Stream(ctx, "graphpnas-dead")
	require.NoError(t, err)
	letter, err := letters.GetLastMsgForSubject(ctx, "graphpnas.dead."+space.Name()+".1")
	require.NoError(t, err)
	assert.Len(t, letter.Data, 12<<10)
	assert.NotEmpty(t, letter.Header.Get("Graphpnas-Reason"))
}

func TestStatus(t *testing.T) {
	t.Parallel()
	e := coordinate(t, start(t), jetstream.Config{})
	ctx, cancel := context.WithCancel(until(t))
	var asking, looking sync.WaitGroup
	for _, a := range cells(3) {
		asking.Go(func() {
			_, err := e.Evaluate(ctx, a)
			assert.ErrorIs(t, err, context.Canceled)
		})
	}
	for range 4 { // concurrently
		looking.Go(func() {
			assert.Eventually(t, func() bool {
				status, err := e.Status(ctx)
				return err == nil && status == jetstream.Status{Waiting: 3}
			}, time.Minute, time.Millisecond)
		})
	}
	looking.Wait()
	cancel()
	asking.Wait()
}

func TestIdleWorkerIsSilent(t *testing.T) {
	t.Parallel()
	s := start(t)
	w := jetstream.Worker{Evaluator: evaluator.Func(edges), Concurrency: 8}
	e := coordinate(t, s, jetstream.Config{})
	serve(t, s, w)
	_, err := e.Evaluate(t.Context(), cell())
	require.NoError(t, err)
	nc := connect(t, s)
	_, err = nc.SubscribeSync(">") // receives everything that is sent
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	silent := func() bool { // for two seconds, once the messages about the evaluation have arrived
		before := nc.Stats().InMsgs
		time.Sleep(2 * time.Second)
		return nc.Stats().InMsgs == before
	}
	for n := 1; !silent(); n++ {
		require.Less(t, n, 10, "the worker sends messages all the time")
	}
}
