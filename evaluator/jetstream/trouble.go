package jetstream

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrDeadLetter is wrapped by the error of an evaluation whose request was delivered as often as the workers allow without
	// a final answer. The error also wraps [evaluator.ErrTemporary], because the architecture may not be at fault.
	ErrDeadLetter = errors.New("dead letter")

	// ErrNoAnswer is wrapped by an error if the server cannot be reached or does not answer.
	ErrNoAnswer = errors.New("the server does not answer")

	// ErrQueueFull is wrapped by an error if the queue is full; see [Queue].Limit.
	ErrQueueFull = errors.New("the queue is full")

	// ErrWorker is wrapped by an error that a worker has reported: that it cannot send its results, or that it has ended because
	// of that or because its evaluator is broken.
	ErrWorker = errors.New("worker error")

	// ErrNoWorker is wrapped by an error if requests wait and no worker takes them.
	ErrNoWorker = errors.New("no worker serves the queue")
)

const (
	// reportAfter is how long a fault must last before it is reported. A cluster needs less time to change its leader.
	reportAfter = 2 * time.Second
	// quiet is the minimum time between two reports of the same kind.
	quiet = time.Minute
	// mostKinds is the maximum number of kinds of trouble that are remembered.
	mostKinds = 1000
)

// troubles reports the faults of a running coordinator or worker. It reports each kind once until it is over, and at most once in
// the time quiet.
type troubles struct {
	logger *slog.Logger
	tell   func(error) // may be nil
	open   atomic.Int64

	mu       sync.Mutex           // guards the fields below, and orders the reports
	since    map[string]time.Time // when each current kind began
	reported map[string]time.Time // when each kind was last reported
}

func newTroubles(logger *slog.Logger, tell func(error)) *troubles {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &troubles{logger: logger, tell: tell, since: map[string]time.Time{}, reported: map[string]time.Time{}}
}

// begin reports a fault that lasts until over is called. It returns false if the fault was not reported, because it was reported
// before.
func (t *troubles) begin(kind string, err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.since[kind]; known || !t.report(kind, err) {
		return false
	}
	t.since[kind] = time.Now()
	t.open.Store(int64(len(t.since)))
	return true
}

// over reports that a fault is over, if it was reported.
func (t *troubles) over(kind string) {
	if t.open.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	since, known := t.since[kind]
	if !known {
		return
	}
	delete(t.since, kind)
	t.open.Store(int64(len(t.since)))
	t.logger.Info("trouble with the queue is over", "what", kind, "after", time.Since(since).Round(time.Millisecond))
	if len(t.since) == 0 && t.tell != nil {
		t.tell(nil)
	}
}

// happened reports a single event.
func (t *troubles) happened(kind string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report(kind, err)
}

// report reports an error unless one of the same kind was reported within the time quiet. It returns true if it did.
func (t *troubles) report(kind string, err error) bool {
	now := time.Now()
	if last, known := t.reported[kind]; known && now.Sub(last) < quiet {
		return false
	}
	if len(t.reported) >= mostKinds {
		clear(t.reported)
	}
	t.reported[kind] = now
	t.logger.Warn("trouble with the queue", "error", err)
	if t.tell != nil {
		t.tell(err)
	}
	return true
}
