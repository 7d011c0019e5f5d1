package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// settle is how long messages may still be sent after evaluations were told to end. For a result, the time begins at the end of
// its evaluation. Tests shorten it.
var settle = 10 * time.Second

// Worker answers the requests of a queue with an evaluator. A message only makes it validate an architecture and pass it to the
// evaluator.
type Worker struct {
	// Conn is the connection to the server. The caller owns it and chooses its nats.Options, such as nats.MaxReconnects(-1).
	Conn *nats.Conn
	// Space is the space of the architectures.
	Space searchspace.Space
	// Evaluator evaluates the architectures. It can get the request from protocol.RequestFrom.
	Evaluator evaluator.Evaluator
	// Queue is the queue of the requests. The Replicas, Limit and AckWait of the coordinator apply.
	Queue Queue
	// Name identifies the worker in reports. By default it consists of the host name and the process id.
	Name string
	// Concurrency is the maximum number of evaluations in parallel. 0 means 1.
	Concurrency int
	// Deadline limits the time of an evaluation. After it the worker sends no more heartbeats, the evaluation's context ends, and
	// the request goes to another worker. 0 means no limit.
	Deadline time.Duration
	// Deliveries is the maximum number of deliveries of a request. If the last one fails temporarily, or if the request is
	// delivered again after it, the request becomes a dead letter. 0 means 5.
	Deliveries int
	// RetryWait is how long a request waits after an evaluation that failed temporarily. The wait doubles with each further
	// failure, up to 64 times RetryWait. 0 means 1 second.
	RetryWait time.Duration
	// Patience limits how long a connected server may reject replies or not answer, for example because its disk is full. After
	// that the worker hands its requests back, and Run returns an error. 0 means 10 minutes.
	Patience time.Duration
	// Grace is how long evaluations may continue after the context of Run has ended. 0 means that they are canceled at once.
	Grace time.Duration
	// Logger and OnTrouble report faults, as in [Config].
	Logger    *slog.Logger
	OnTrouble func(error)
}

// serving is a running worker.
type serving struct {
	Worker
	link    *link
	ackWait time.Duration
	fail    context.CancelCauseFunc // makes the worker take no more requests
	taken   context.Context         // ends when no more requests can arrive; requests are handed back only then
	end     context.CancelFunc      // ends taken
	work    context.Context         // the context of evaluations
	before  error                   // the connection's last error when the worker began
	stops   listeners[struct{}]     // called when coordinators stop evaluations
}

// Run answers requests until ctx ends. Then it takes no more requests, lets running evaluations finish within Grace, hands the
// other requests back to the queue, so that other workers get them immediately, and returns nil.
//
// Run waits until a coordinator has created the streams, and first makes the same checks as [New], for a worker's permissions. It
// returns an error that wraps [evaluator.ErrBroken] if the connection is closed, if the server withdraws a permission or has
// rejected replies for Patience, or if the evaluator is broken. In these cases it hands its requests back, and the coordinators
// report the error. Without a connection it waits without limit.
//
// Run returns only after all calls of the evaluator have returned.
func (w Worker) Run(ctx context.Context) error {
	if err := w.check(); err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	l, err := connect(ctx, w.Conn, w.Queue, w.Space, w.Patience, newTroubles(w.Logger, w.OnTrouble))
	if err == nil {
		err = l.await(ctx)
	}
	if err == nil {
		err = l.mayWork(ctx)
	}
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("jetstream: worker %s: queue %q: %w", w.Name, w.Queue.Name, err)
	}
	taking, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	taken, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	work, stopWork := delayed(taken, w.Grace)
	defer stopWork()
	s := &serving{
		Worker: w, link: l, ackWait: l.consumer.CachedInfo().Config.AckWait, fail: fail, taken: taken, end: end, work: work,
		before: w.Conn.LastError(),
	}
	l.outlasts, l.notify = true, func(err error) { s.notify(err, unsentHeader) }
	defer s.hearStops()()
	if err := s.serve(taking); err != nil && ctx.Err() == nil {
		return fmt.Errorf("jetstream: worker %s: %w", w.Name, err)
	}
	return nil
}

// check validates the worker's settings and fills in the defaults.
func (w *Worker) check() (err error) {
	switch {
	case w.Conn == nil || w.Space == nil || w.Evaluator == nil:
		return errors.New("a worker needs a connection, a space and an evaluator")
	case w.Concurrency < 0:
		return fmt.Errorf("Worker.Concurrency must not be negative, got %d", w.Concurrency)
	case w.Deadline < 0:
		return fmt.Errorf("Worker.Deadline must not be negative, got %v", w.Deadline)
	case w.Deliveries < 0:
		return fmt.Errorf("Worker.Deliveries must not be negative, got %d", w.Deliveries)
	case w.RetryWait < 0:
		return fmt.Errorf("Worker.RetryWait must not be negative, got %v", w.RetryWait)
	case w.Patience < 0:
		return fmt.Errorf("Worker.Patience must not be negative, got %v", w.Patience)
	case w.Grace < 0:
		return fmt.Errorf("Worker.Grace must not be negative, got %v", w.Grace)
	}
	if w.Queue, err = w.Queue.checked(); err != nil {
		return err
	}
	if w.Name == "" {
		host, _ := os.Hostname() // on an error, the name has no host
		w.Name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	w.Name = header(w.Name)
	w.Concurrency = max(w.Concurrency, 1)
	w.Deliveries = cmp.Or(w.Deliveries, 5)
	w.RetryWait = cmp.Or(w.RetryWait, time.Second)
	w.Patience = cmp.Or(w.Patience, 10*time.Minute)
	return nil
}

// delayed returns a context that ends the given time after ctx.
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

// serve takes requests until ctx ends, and hands unanswered ones back.
func (s *serving) serve(ctx context.Context) error {
	states, stop := s.link.connections()
	defer stop()
	p := s.link.puller(states)
	var running sync.WaitGroup
	err := s.take(ctx, p, &running)
	if m := p.end(); m != nil {
		_ = m.Nak() // if it is lost, the request comes back after AckWait
	}
	s.end()
	running.Wait()
	if errors.Is(err, evaluator.ErrBroken) {
		s.notify(err) // again, because a heartbeat after the first report cancels it
	}
	s.link.flush()
	return err
}

// take takes requests one by one, each only when a slot is free, so that requests wait in the queue and not in the worker.
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
