package jetstream

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrDeadLetter is wrapped by the error of an architecture whose request was delivered as often as the workers allow and
	// never answered. Such an error also wraps [evaluator.ErrTemporary]: it says nothing certain about the architecture.
	ErrDeadLetter = errors.New("dead letter")

	// ErrNoAnswer is wrapped by errors that report that the server cannot be reached or does not answer.
	ErrNoAnswer = errors.New("the server does not answer")

	// ErrQueueFull is wrapped by the error that reports a full queue; see [Queue].Limit.
	ErrQueueFull = errors.New("the queue is full")

	// ErrWorker is wrapped by the error that reports what a worker says: that it cannot send its results, or that it has ended
	// because of that or because its evaluator is broken.
	ErrWorker = errors.New("a worker reports")

	// ErrNoWorker is wrapped by errors that report that requests wait and no worker takes them.
	ErrNoWorker = errors.New("no worker serves the queue")
)

const (
	// bother is how long something has to go wrong before it is reported: leaders of a cluster change within that time.
	bother = 2 * time.Second
	// quiet is the least time between two reports of the same kind.
	quiet = time.Minute
	// mostKinds is how many kinds of trouble are remembered.
	mostKinds = 1000
)

// troubles reports what goes wrong while a coordinator or a worker runs, each kind once until it is over, and at most once
// within the time quiet.
type troubles struct {
	logger *slog.Logger
	tell   func(error) // may be nil
	open   atomic.Int64

	mu       sync.Mutex           // guards what follows, and orders the reports
	since    map[string]time.Time // of the kinds that are not over
	reported map[string]time.Time // when a kind was last reported
}

func newTroubles(logger *slog.Logger, tell func(error)) *troubles {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &troubles{logger: logger, tell: tell, since: map[string]time.Time{}, reported: map[string]time.Time{}}
}

// begin reports a trouble that lasts until over, and returns whether it did.
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

// over reports that a trouble is over, if it had been reported.
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

// happened reports what does not last.
func (t *troubles) happened(kind string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report(kind, err)
}

// report reports an error unless it was reported a moment ago, and returns whether it did.
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
