package jetstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

const (
	// expiry is how long one request for work lasts: an idle worker is heard of no more often.
	expiry = 10 * time.Minute
	// beat is how often the server shows an idle worker that it is there.
	beat = 30 * time.Second
	// settle is how long after the end of all evaluations their results may still be sent.
	settle = 10 * time.Second
)

// Worker has an evaluator serve a queue. It does nothing that a message says but hand an architecture to the evaluator, once
// the space has validated it.
type Worker struct {
	// Conn is the connection, made by the caller with the nats.Option of his choice, such as nats.MaxReconnects(-1).
	Conn *nats.Conn
	// Space is whose architectures are evaluated.
	Space searchspace.Space
	// Evaluator evaluates. It finds the request by protocol.RequestFrom.
	Evaluator evaluator.Evaluator
	// Queue is where the requests are.
	Queue Queue
	// Name tells the worker from others, for people to read. Empty: the host's name and the number of the process.
	Name string
	// Concurrency is how many evaluations run at a time. 0: 1.
	Concurrency int
	// Deadline is how long an evaluation may take. From then on the worker gives no sign of life, the evaluation's context
	// ends, and the request goes to another worker. 0: for ever.
	Deadline time.Duration
	// Deliveries is how often a request is delivered before it becomes a dead letter: a worker that gets it once more does
	// not evaluate it, and neither does one that fails for a time ask for more. 0: 5.
	Deliveries int
	// RetryWait is how long a request waits that has failed for a time, twice as long after each further failure, and at
	// most a hundred times as long. 0: 1 second.
	RetryWait time.Duration
	// Grace is how long evaluations under way may take when the context of Run ends. 0: they end at once.
	Grace time.Duration
}

// serving is a worker that runs.
type serving struct {
	Worker
	link    *link
	ackWait time.Duration
	work    context.Context // of the evaluations
	sending context.Context // of what is sent after them
	fail    context.CancelCauseFunc
}

// Run serves until ctx ends, and returns nil then: it takes no more requests, lets those under way finish within Grace, and
// hands the others back to the queue. It returns an error that wraps [evaluator.ErrBroken] where the evaluator says that it
// is broken, after having handed its requests back, and where the connection is closed. It waits for the evaluator to return.
func (w Worker) Run(ctx context.Context) error {
	if err := w.check(); err != nil {
		return fmt.Errorf("jetstream: worker: %w", err)
	}
	l, err := open(ctx, w.Conn, w.Queue, w.Space)
	if err != nil {
		return fmt.Errorf("jetstream: worker %s: %w", w.Name, err)
	}
	taking, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	work, stopWork := delayed(taking, w.Grace)
	defer stopWork()
	sending, stopSending := delayed(work, settle)
	defer stopSending()
	s := &serving{w, l, l.consumer.CachedInfo().Config.AckWait, work, sending, fail}
	if err := s.serve(taking); err != nil && ctx.Err() == nil {
		return fmt.Errorf("jetstream: worker %s: %w", w.Name, err)
	}
	return nil
}

// check fills in the defaults.
func (w *Worker) check() (err error) {
	if w.Conn == nil || w.Space == nil || w.Evaluator == nil {
		return errors.New("it needs a connection, a space and an evaluator")
	}
	if w.Concurrency < 0 || w.Deadline < 0 || w.Deliveries < 0 || w.RetryWait < 0 || w.Grace < 0 {
		return fmt.Errorf("%d evaluations at a time within %v, %d deliveries %v apart, a grace of %v",
			w.Concurrency, w.Deadline, w.Deliveries, w.RetryWait, w.Grace)
	}
	if w.Queue, err = w.Queue.checked(); err != nil {
		return err
	}
	if w.Name == "" {
		host, _ := os.Hostname() // a name without host will do
		w.Name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	w.Name = header(w.Name)
	w.Concurrency = max(w.Concurrency, 1)
	if w.Deliveries == 0 {
		w.Deliveries = 5
	}
	if w.RetryWait == 0 {
		w.RetryWait = time.Second
	}
	return nil
}

// delayed returns a context that ends some time after another one has.
func delayed(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	if wait == 0 {
		return context.WithCancel(ctx)
	}
	later, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(wait):
			cancel(context.Cause(ctx))
		case <-later.Done():
		}
	})
	return later, func() { stop(); cancel(nil) }
}

// serve takes requests one by one, each when there is a slot for it, so that none waits here.
func (s *serving) serve(ctx context.Context) error {
	messages, err := s.link.consumer.Messages(
		js.PullMaxMessages(1), js.PullExpiry(expiry), js.PullHeartbeat(beat), js.WithMessagesErrOnMissingHeartbeat(false))
	if err != nil {
		return err
	}
	defer messages.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, s.Concurrency)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		msg, err := messages.Next(js.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = msg.Nak() // else it comes back in its time
			}
			return context.Cause(ctx)
		case err != nil:
			err = fmt.Errorf("%w: taking a request: %w", evaluator.ErrBroken, err)
			s.fail(err)
			return err
		}
		running.Go(func() {
			defer func() { <-slots }()
			s.handle(msg)
		})
	}
}
