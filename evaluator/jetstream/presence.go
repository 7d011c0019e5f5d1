package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// presence is what a coordinator knows about the workers of its queue. It is guarded by Evaluator.mu.
type presence struct {
	last      time.Time // when a worker was last heard
	complaint error     // the last error that a worker has reported since
	unsent    time.Time // when a worker first reported, after the last result, that it cannot send; zero if none did
}

// alive records that a worker is evaluating.
func (e *Evaluator) alive() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workers.last, e.workers.complaint = time.Now(), nil
}

// answered records that a worker has sent a result.
func (e *Evaluator) answered() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workers = presence{last: time.Now()}
}

// complained records an error that a worker has reported. If workers report for Patience that they cannot send results, and no
// result arrives in that time, the coordinator gives up; otherwise restarted workers would repeat the same evaluations forever.
func (e *Evaluator) complained(err error, unsent bool) {
	e.mu.Lock()
	e.workers.complaint = err
	if unsent && e.workers.unsent.IsZero() {
		e.workers.unsent = time.Now()
	}
	first := e.workers.unsent
	e.mu.Unlock()
	if lasted := time.Since(first); unsent && lasted >= e.config.Patience {
		e.giveUp(fmt.Errorf("%w: no result arrived for %v: %w", evaluator.ErrBroken, lasted.Round(time.Second), err))
	}
}

// watchWorkers reports if evaluations wait and there is no worker. It gives up if a stream or the consumer was deleted, or if
// workers have ended because of an error and no worker has appeared for Patience.
func (e *Evaluator) watchWorkers() {
	tick := time.NewTicker(e.config.Recheck)
	defer tick.Stop()
	var absent time.Time // since when there is no worker; zero if there is one or none is needed
	for {
		select {
		case <-tick.C:
		case <-e.open.Done():
			return
		}
		needed, there, complaint, err := e.lookForWorkers()
		switch {
		case e.open.Err() != nil:
			return
		case err != nil:
			e.giveUp(err)
			return
		case !needed || there:
			absent = time.Time{}
			e.link.troubles.over(ErrNoWorker.Error())
			continue
		case absent.IsZero():
			absent = time.Now()
		}
		err = ErrNoWorker
		if complaint != nil {
			err = fmt.Errorf("%w; the last error: %w", ErrNoWorker, complaint)
		}
		if complaint != nil && time.Since(absent) >= e.config.Patience {
			e.giveUp(fmt.Errorf("%w: for %v: %w", evaluator.ErrBroken, e.config.Patience, err))
			return
		}
		e.link.troubles.begin(ErrNoWorker.Error(), err)
	}
}

// lookForWorkers reports whether evaluations wait for workers and whether there is a worker, and returns the last error that a
// worker has reported. A worker counts if one of its slots waits for a request, or if its last heartbeat is less than three
// intervals ago.
func (e *Evaluator) lookForWorkers() (needed, there bool, complaint, err error) {
	e.mu.Lock()
	needed, complaint = len(e.waiting) > 0, e.workers.complaint
	there = time.Since(e.workers.last) < e.link.consumer.CachedInfo().Config.AckWait
	e.mu.Unlock()
	if !needed || there {
		return needed, there, complaint, nil
	}
	err = e.link.patiently(e.open, "looking for workers", func(ctx context.Context) error {
		info, err := e.link.state(ctx)
		if there = err == nil && info.NumWaiting > 0; there || err != nil {
			return err
		}
		return e.link.complete(ctx) // if a stream is missing, starting workers wait for it
	})
	return needed, there, complaint, err
}
