package model_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/internal/model"
	"github.com/graphpnas/graphpnas/internal/race"
)

// seedVariable and countVariable choose the seeds: JETSTREAM_SEED=17 JETSTREAM_SEEDS=1 repeats the simulation of seed 17.
const (
	seedVariable  = "JETSTREAM_SEED"
	countVariable = "JETSTREAM_SEEDS"
)

func number(t *testing.T, variable string, standard uint64) uint64 {
	text := os.Getenv(variable)
	if text == "" {
		return standard
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return n
}

// TestSimulatedQueue simulates coordinator, workers and server with random faults, in simulated time. Each evaluation must have one
// outcome, which is correct, and there must be progress or an error within the bound.
//
// All seeds share a bubble, because nats.go reuses timers, which must not leave their bubble.
func TestSimulatedQueue(t *testing.T) {
	standard := uint64(200)
	if race.Enabled || testing.Short() {
		standard = 20
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // makes the order of goroutines repeatable
	first, count := number(t, seedVariable, 0), number(t, countVariable, standard)
	synctest.Test(t, func(t *testing.T) {
		repeated := 0
		for seed := first; seed < first+min(count, 10); seed++ {
			one, _ := simulate(newPlan(seed))
			two, _ := simulate(newPlan(seed))
			if one == two {
				repeated++
			}
		}
		t.Logf("%d of the first %d seeds repeat exactly, message by message", repeated, min(count, 10))
		failed, begin := 0, time.Now()
		defer func() { t.Logf("%d seeds, %v of simulated time", count, time.Since(begin).Round(time.Hour)) }()
		for seed := first; seed < first+count; seed++ {
			p := newPlan(seed)
			if _, err := simulate(p); err != nil {
				t.Errorf("%v\n%v", p, err)
				if failed++; failed == 10 {
					return
				}
			}
		}
	})
}

// simulate runs a plan and checks its invariants. It returns a hash of what arrived at the server and when.
func simulate(p plan) (trace uint64, err error) {
	w := newWorld(p)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	w.ctx = ctx
	nc, err := connect(w.clients[0])
	if err != nil {
		return 0, err
	}
	config := jetstream.Config{Queue: p.queue, Recheck: p.recheck, Patience: p.patience, OnTrouble: w.hear}
	e, err := jetstream.New(ctx, nc, space, config)
	if err != nil {
		return 0, fmt.Errorf("starting: %w", err)
	}
	for i := range p.slots {
		w.hire(i)
		time.Sleep(time.Microsecond)
	}
	var faults sync.WaitGroup
	for _, f := range p.faults {
		faults.Go(func() { w.happen(f) })
	}
	violations := w.ask(e)
	if err := e.Close(); err != nil {
		violations = append(violations, err)
	}
	w.mu.Lock()
	trace = w.hash
	w.mu.Unlock()
	if !p.final && w.pause(time.Until(w.begun.Add(p.calm()+time.Second))) {
		violations = append(violations, w.askAgain())
	}
	end()
	violations = append(violations, w.endWorkers(), w.repetitions())
	faults.Wait()
	nc.Close()
	w.server.Set(func(f *model.Faults) { f.Down = true })
	w.server.Delete(streams[0]) // stops the timers
	time.Sleep(time.Minute)     // lets the connections end
	return trace, errors.Join(violations...)
}

// ask evaluates all architectures concurrently, and returns the violations of the invariants.
func (w *world) ask(e *jetstream.Evaluator) (violations []error) {
	ctx, cancel := context.WithTimeout(context.Background(), w.bound())
	defer cancel()
	errs := make([]error, w.archs)
	var asking sync.WaitGroup
	for i := range errs {
		asking.Go(func() { errs[i] = w.judge(i, e, ctx) })
		time.Sleep(time.Microsecond) // fixes the order, so that a seed is repeatable
	}
	asking.Wait()
	return errs
}

// judge evaluates architecture i, and returns an error if the outcome violates an invariant.
func (w *world) judge(i int, e *jetstream.Evaluator, ctx context.Context) error {
	r, err := e.Evaluate(ctx, cells[i])
	value, _, _, failure := w.outcome(space.Key(cells[i]))
	var permanent bool
	if err != nil {
		permanent = evaluator.Permanent(ctx, err)
	}
	switch {
	case err == nil && failure == nil && r.Value == value:
		return nil
	case err == nil:
		return fmt.Errorf("architecture %d: value %v, want %v, %v", i, r.Value, value, failure)
	case permanent && failure != nil:
		return nil
	case permanent:
		return fmt.Errorf("architecture %d: blamed for %w", i, err)
	case w.final && errors.Is(err, evaluator.ErrBroken):
		return nil
	case w.abandoned() && errors.Is(err, context.DeadlineExceeded):
		return w.explained(i)
	default:
		return fmt.Errorf("architecture %d: after %v: %w", i, time.Since(w.begun), err)
	}
}

// explained returns an error if the coordinator has not reported why an evaluation does not end.
func (w *world) explained(i int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) == 0 {
		return fmt.Errorf("architecture %d: silence for %v", i, time.Since(w.begun))
	}
	return nil
}

// askAgain evaluates all architectures with a new coordinator, which must find the stored results and failures.
func (w *world) askAgain() error {
	nc, err := connect(w.server.Client())
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(context.Background(), w.bound())
	defer cancel()
	e, err := jetstream.New(ctx, nc, space, jetstream.Config{Queue: w.queue, Recheck: w.recheck, Patience: w.patience})
	if err != nil {
		return fmt.Errorf("starting again: %w", err)
	}
	defer func() { _ = e.Close() }() // no connection is open
	var errs []error
	for i := range w.archs {
		if err := w.judge(i, e, ctx); err != nil {
			errs = append(errs, fmt.Errorf("again: %w", err))
		}
	}
	return errors.Join(errs...)
}

// endWorkers waits until the workers have ended. They must not take longer than a few server calls.
func (w *world) endWorkers() error {
	ended := make(chan struct{})
	begin := time.Now()
	go func() { w.workers.Wait(); close(ended) }()
	<-ended
	if took := time.Since(begin); took > time.Minute {
		return fmt.Errorf("a worker has ended %v after it was told to", took)
	}
	return nil
}

// repetitions returns an error if there are more repeated evaluations than the faults explain.
func (w *world) repetitions() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.faults) > 0 {
		return nil
	}
	for i := range w.archs {
		key := space.Key(cells[i])
		_, _, temporary, _ := w.outcome(key)
		want := 1
		if temporary {
			want = 2
		}
		if n := w.starts[key]; n != want {
			return fmt.Errorf("architecture %d was evaluated %d times, want %d", i, n, want)
		}
	}
	return nil
}
