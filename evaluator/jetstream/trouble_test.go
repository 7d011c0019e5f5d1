package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// reports collects the arguments of OnTrouble.
type reports chan error

func newReports() reports { return make(reports, 1000) }

func (r reports) tell(err error) { r <- err }

// await waits for a report that wraps want. If want is nil, it waits for the end of all faults.
func (r reports) await(t *testing.T, want error) error {
	t.Helper()
	ctx := until(t)
	for {
		select {
		case err := <-r:
			if errors.Is(err, want) {
				return err
			}
		case <-ctx.Done():
			require.Fail(t, "no report", "%v", want)
		}
	}
}

func TestCoordinatorGivesUpWhenTheServerIsGone(t *testing.T) {
	t.Parallel()
	s, told := startServer(t), newReports()
	e, err := jetstream.New(t.Context(), connect(t, s.current), space, jetstream.Config{
		Patience: 3 * time.Second, OnTrouble: told.tell,
	})
	require.NoError(t, err)
	defer e.Close()
	var asking sync.WaitGroup
	for _, a := range cells(5) {
		asking.Go(func() {
			_, err := e.Evaluate(until(t), a) // no worker answers
			assert.ErrorIs(t, err, evaluator.ErrBroken)
			assert.ErrorIs(t, err, jetstream.ErrNoAnswer)
			assert.False(t, evaluator.Permanent(t.Context(), err))
		})
	}
	s.current.Close()
	assert.ErrorContains(t, told.await(t, jetstream.ErrNoAnswer), "the connection is lost")
	asking.Wait()
	assert.ErrorContains(t, told.await(t, evaluator.ErrBroken), "for 3s")
	_, err = e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken, "all later calls fail")
}

func TestCoordinatorSurvivesARestart(t *testing.T) {
	t.Parallel()
	s, told := startServer(t), newReports()
	var log bytes.Buffer
	e, err := jetstream.New(t.Context(), connect(t, s.current), space, jetstream.Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)), OnTrouble: told.tell,
	})
	require.NoError(t, err)
	result := make(chan error, 1)
	go func() {
		_, err := e.Evaluate(until(t), cell())
		result <- err
	}()
	s.restart(t)
	told.await(t, jetstream.ErrNoAnswer)
	told.await(t, nil)
	serve(t, s.current, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	assert.NoError(t, <-result)
	require.NoError(t, e.Close())
	assert.Contains(t, log.String(), `level=WARN msg="trouble with the queue" error="the server does not answer: the connection is lost"`)
	assert.Contains(t, log.String(), `level=INFO msg="trouble with the queue is over" what=connection`)
}

func TestWorkerWaitsForTheCoordinator(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges), OnTrouble: told.tell})
	var report error
	for report == nil {
		report = <-told
	}
	assert.ErrorContains(t, report, `stream "graphpnas-request": no coordinator has created the queue yet`)
	_, err := coordinate(t, s, jetstream.Config{}).Evaluate(until(t), cell())
	assert.NoError(t, err)
	told.await(t, nil)
}

// hole is a proxy of a server that can be made to drop everything silently.
type hole struct {
	silent atomic.Bool
	url    string
}

func startHole(t *testing.T, address string) *hole {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h := &hole{url: "nats://" + listener.Addr().String()}
	var running sync.WaitGroup
	pass := func(from, to net.Conn) {
		defer to.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				return
			}
			if !h.silent.Load() {
				_, _ = to.Write(buffer[:n])
			}
		}
	}
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", strings.TrimPrefix(address, "nats://"))
			if err != nil {
				client.Close()
				continue
			}
			running.Go(func() { pass(client, server) })
			running.Go(func() { pass(server, client) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return h
}

func TestCoordinatorGivesUpWhenTheServerIsSilent(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	h := startHole(t, s.URL())
	nc, err := nats.Connect(h.url, append(quick(), nats.Token(s.Token()))...)
	require.NoError(t, err)
	defer nc.Close()
	e, err := jetstream.New(t.Context(), nc, space, jetstream.Config{Patience: 300 * time.Millisecond, OnTrouble: told.tell})
	require.NoError(t, err)
	defer e.Close()
	h.silent.Store(true)
	_, err = e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorIs(t, err, jetstream.ErrNoAnswer)
	assert.ErrorContains(t, err, "looking up results has failed for 300ms")
	told.await(t, evaluator.ErrBroken)
}

func TestFullQueueIsReported(t *testing.T) {
	t.Parallel()
	const patience = 5 * time.Second
	s, told := start(t), newReports()
	e := coordinate(t, s, jetstream.Config{Queue: jetstream.Queue{Limit: 1}, OnTrouble: told.tell, Patience: patience})
	pool := evaluator.Pool{Evaluator: e, Workers: 3}
	var asking sync.WaitGroup
	asking.Go(func() {
		for o := range pool.Run(until(t), func(yield func(searchspace.Arch) bool) {
			for _, a := range cells(3) {
				if !yield(a) {
					return
				}
			}
		}) {
			assert.NoError(t, o.Err, "the coordinator must wait while the queue is full")
		}
	})
	assert.ErrorContains(t, told.await(t, jetstream.ErrQueueFull), "queueing requests")
	time.Sleep(patience) // a full queue does not exhaust it
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	told.await(t, nil)
	asking.Wait()
}

func TestDeadLettersAreReported(t *testing.T) {
	t.Parallel()
	s, coordinator, worker := start(t), newReports(), newReports()
	e := coordinate(t, s, jetstream.Config{OnTrouble: coordinator.tell})
	serve(t, s, jetstream.Worker{
		Deliveries: 1, OnTrouble: worker.tell,
		Evaluator: evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{}, evaluator.ErrTemporary
		}),
	})
	_, err := e.Evaluate(until(t), cell())
	require.ErrorIs(t, err, jetstream.ErrDeadLetter)
	assert.ErrorContains(t, coordinator.await(t, jetstream.ErrDeadLetter), space.Format(cell()))
	worker.await(t, jetstream.ErrDeadLetter)
}

// All workers are broken. The coordinator gets a report from each, and finally a dead letter with the reason.
func TestBrokenWorkersAreReported(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	e := coordinate(t, s, jetstream.Config{OnTrouble: told.tell, Queue: unmissed})
	var working sync.WaitGroup
	working.Go(func() {
		for range 2 {
			w := jetstream.Worker{
				Conn: connect(t, s), Space: space, Evaluator: brokenEvaluator{}, Queue: unmissed, Deliveries: 2, Name: "one",
			}
			assert.ErrorIs(t, w.Run(until(t)), evaluator.ErrBroken)
		}
	})
	_, err := e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, jetstream.ErrDeadLetter)
	assert.ErrorContains(t, err, evaluator.ErrBroken.Error(), "the reason")
	assert.False(t, evaluator.Permanent(t.Context(), err))
	assert.ErrorContains(t, told.await(t, jetstream.ErrWorker), "one: the evaluator is broken")
	working.Wait()
}

func TestWithdrawnPermissionsEndTheSearch(t *testing.T) {
	t.Parallel()
	s, told := configure(t, users(coordinators, workers)), newReports()
	e, err := jetstream.New(until(t), s.connectAs(t, "coordinator"), space, jetstream.Config{OnTrouble: told.tell})
	require.NoError(t, err)
	defer e.Close()
	_, err = e.Status(until(t))
	require.NoError(t, err)
	s.write(t, users(coordinators.without("graphpnas.request.>"), workers))
	require.NoError(t, s.Reload())
	_, err = e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorIs(t, err, nats.ErrPermissionViolation)
	assert.ErrorContains(t, err, `publish to "graphpnas.request.>"`)
	told.await(t, nats.ErrPermissionViolation)
}

func TestWithdrawnPermissionsEndTheWorker(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{
		"graphpnas.result.>", "$JS.ACK.graphpnas-request.>", "$JS.API.CONSUMER.MSG.NEXT.graphpnas-request.*",
	} {
		t.Run(missing, func(t *testing.T) {
			s := configure(t, users(coordinators, workers))
			q := jetstream.Queue{AckWait: 300 * time.Millisecond}
			e, err := jetstream.New(until(t), s.connectAs(t, "coordinator"), space, jetstream.Config{Queue: q})
			require.NoError(t, err)
			defer e.Close()
			begun, taken := make(chan struct{}, 100), make(chan struct{})
			ended := make(chan error, 1)
			go func() {
				ended <- jetstream.Worker{
					Conn: s.connectAs(t, "worker"), Space: space,
					Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						begun <- struct{}{}
						<-taken
						return edges(ctx, a)
					}),
				}.Run(until(t))
			}()
			ctx, stop := context.WithCancel(until(t))
			defer stop()
			var asking sync.WaitGroup
			for _, a := range cells(2) {
				asking.Go(func() { _, _ = e.Evaluate(ctx, a) }) // may or may not get a result
			}
			<-begun
			s.write(t, users(coordinators, workers.without(missing)))
			require.NoError(t, s.Reload())
			close(taken)
			err = <-ended
			assert.ErrorIs(t, err, evaluator.ErrBroken)
			assert.ErrorIs(t, err, nats.ErrPermissionViolation)
			assert.ErrorContains(t, err, missing[:len(missing)-1])
			stop()
			asking.Wait()
		})
	}
}

func TestEarlierFailuresAreDatedAndCanBeRetried(t *testing.T) {
	t.Parallel()
	s := start(t)
	repaired := false
	var begun atomic.Int64
	serve(t, s, jetstream.Worker{
		Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			begun.Add(1)
			if repaired {
				return edges(ctx, a)
			}
			return evaluator.Result{}, errors.New("no such layer")
		}),
	})
	_, err := coordinate(t, s, jetstream.Config{}).Evaluate(until(t), cell())
	require.EqualError(t, err, "no such layer")
	repaired = true
	_, err = coordinate(t, s, jetstream.Config{}).Evaluate(until(t), cell())
	assert.ErrorContains(t, err, "the evaluation failed at "+time.Now().Format("2006-"))
	assert.ErrorContains(t, err, `stored in stream "graphpnas-result" (set Config.RetryFailures to evaluate again): no such layer`)
	assert.EqualValues(t, 1, begun.Load())
	again := coordinate(t, s, jetstream.Config{RetryFailures: true})
	for range 2 {
		_, err = again.Evaluate(until(t), cell())
		assert.NoError(t, err)
	}
	_, err = coordinate(t, s, jetstream.Config{}).Evaluate(until(t), cell())
	assert.NoError(t, err)
	assert.EqualValues(t, 2, begun.Load(), "the architecture is evaluated again once")

	repaired = false
	for range 2 { // a failure of this run is not retried
		_, err = again.Evaluate(until(t), cells(1)[0])
		assert.ErrorContains(t, err, "no such layer")
	}
	assert.EqualValues(t, 3, begun.Load())
}
