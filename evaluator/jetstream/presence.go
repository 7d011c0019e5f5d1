package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// signs is what a coordinator knows about the workers of its queue. Evaluator.mu guards it.
type signs struct {
	last      time.Time // when one was last heard
	complaint error     // what one has reported since
	unsent    time.Time // when one has first reported that it cannot send, since the last result; zero if none has
}

// alive notes that a worker evaluates.
func (e *Evaluator) alive() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workers.last, e.workers.complaint = time.Now(), nil
}

// answered notes that a worker has sent a result.
func (e *Evaluator) answered() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workers = signs{last: time.Now()}
}

// complained notes what a worker has reported. If workers report for Patience that they cannot send results, and no result
// arrives meanwhile, the coordinator gives up: workers that are started again would evaluate the same again and again.
func (e *Evaluator) complained(err error, unsent bool) {
	e.mu.Lock()
	e.workers.complaint = err
	if unsent && e.workers.unsent.IsZero() {
		e.workers.unsent = time.Now()
	}
	first := e.workers.unsent
	e.mu.Unlock()
	if lasted := time.Since(first); unsent && lasted >= e.config.Patience {
		e.giveUp(fmt.Errorf("%w: no result has arrived for %v: %w", evaluator.ErrBroken, lasted.Round(time.Second), err))
	}
}

// watchWorkers reports when evaluations wait although no worker is there. It gives up if a part of the queue is gone, and if
// workers have ended because of an error and none has come for Patience: the one who waits would wait without a limit.
func (e *Evaluator) watchWorkers() {
	tick := time.NewTicker(e.config.Recheck)
	defer tick.Stop()
	var absent time.Time // since when no worker is there; zero if one is, or none is needed
	for {
		select {
		case <-tick.C:
		case <-e.open.Done():
			return
		}
		needed, there, complaint, err := e.lookForWorkers()
		switch {
		case errors.Is(err, evaluator.ErrBroken):
			e.giveUp(err)
			return
		case err != nil:
			return // closed
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

// lookForWorkers reports whether evaluations wait for workers, whether one is there, and what one has reported. A worker is
// there if one of its slots waits for a request, or if it was heard in the time in which it gives three signs of life.
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
		return e.link.complete(ctx) // otherwise workers that start wait for the streams
	})
	return needed, there, complaint, err
}
