package jetstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// settle is how long something may be sent when evaluations are to end: a result from the end of its evaluation on, however
// long that takes. Tests shorten it.
var settle = 10 * time.Second

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
	fail    context.CancelCauseFunc // ends the taking of requests
	taken   context.Context         // ends when no more requests can come, and only then are others handed back
	end     context.CancelFunc      // of taken
	work    context.Context         // of the evaluations
}

// Run serves until ctx ends, and returns nil then: it takes no more requests, lets those under way finish within Grace, and
// hands the others back to the queue. It returns an error that wraps [evaluator.ErrBroken] where the evaluator says that it
// is broken, after having handed its requests back, and where the connection is closed. It waits for the evaluator to return.
func (w Worker) Run(ctx context.Context) error {
	if err := w.check(); err != nil {
		return fmt.Errorf("jetstream: worker: %w", err)
	}
	l, err := open(ctx, w.Conn, w.Queue, w.Space)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("jetstream: worker %s: %w", w.Name, err)
	}
	taking, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	taken, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	work, stopWork := delayed(taken, w.Grace)
	defer stopWork()
	s := &serving{w, l, l.consumer.CachedInfo().Config.AckWait, fail, taken, end, work}
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

// serve takes requests until ctx ends, and hands back at the end what it cannot answer.
func (s *serving) serve(ctx context.Context) error {
	again, stop := s.link.connections()
	defer stop()
	p := s.link.puller(again)
	var running sync.WaitGroup
	err := s.take(ctx, p, &running)
	if m := p.end(); m != nil {
		_ = m.Nak() // where it is lost, the request comes back in its time, as everywhere
	}
	s.end()
	running.Wait()
	s.link.flush()
	return err
}

// take takes requests one by one, each when there is a slot for it, so that none waits here.
func (s *serving) take(ctx context.Context, p *puller, running *sync.WaitGroup) error {
	slots := make(chan struct{}, s.Concurrency)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		m, err := p.next(ctx)
		if err == nil && ctx.Err() != nil {
			_ = m.Nak()
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		running.Go(func() {
			defer func() { <-slots }()
			s.handle(m)
		})
	}
}
