package model_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/internal/model"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space searchspace.NASBench201

// cells are the evaluated architectures.
var cells = func() (all []searchspace.Arch) {
	for a := range space.All() {
		if all = append(all, a); len(all) == 16 {
			break
		}
	}
	return all
}()

// world is a running plan.
type world struct {
	plan
	server  *model.Server
	clients []*model.Client // of the coordinator and of the workers
	begun   time.Time
	ctx     context.Context // ends with the world
	workers sync.WaitGroup

	mu     sync.Mutex
	stops  []context.CancelFunc // ends each running worker
	breaks []bool               // whether each worker's evaluator is broken
	starts map[string]int       // number of started evaluations, by key
	told   map[error]time.Time  // time of the first report, by sentinel error
	hash   uint64               // hash of what has arrived at the server, and when
}

func newWorld(p plan) *world {
	w := &world{plan: p, begun: time.Now(), starts: map[string]int{}, told: map[error]time.Time{}}
	w.server = model.New(p.seed, w.trace)
	for range 1 + len(p.slots) {
		w.clients = append(w.clients, w.server.Client())
	}
	w.stops, w.breaks = make([]context.CancelFunc, len(p.slots)), make([]bool, len(p.slots))
	return w
}

func (w *world) trace(op, subject string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, w.hash, op, time.Since(w.begun), len(subject)) // writing to a hash never fails
	w.hash = h.Sum64()
}

func connect(c *model.Client) (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(c), nats.MaxReconnects(-1), nats.ReconnectWait(500*time.Millisecond),
		nats.ReconnectJitter(0, 0), nats.RetryOnFailedConnect(true), nats.Timeout(5*time.Second))
}

// outcome returns the outcome of evaluating an architecture, and its duration.
func (w *world) outcome(key string) (value float64, takes time.Duration, temporary bool, failure error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	rng := rand.New(rand.NewPCG(w.seed, h.Sum64()))
	value, takes = rng.Float64(), time.Duration(rng.Int64N(int64(w.longest)))
	if rng.IntN(8) == 0 {
		failure = errors.New("it cannot be trained")
	}
	return value, takes, rng.IntN(8) == 0, failure
}

// evaluate is the evaluator of worker i.
func (w *world) evaluate(ctx context.Context, i int, a searchspace.Arch) (evaluator.Result, error) {
	key := space.Key(a)
	value, takes, temporary, failure := w.outcome(key)
	w.mu.Lock()
	w.starts[key]++
	first, isBroken := w.starts[key] == 1, w.breaks[i]
	w.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return evaluator.Result{}, context.Cause(ctx)
	}
	switch {
	case isBroken:
		return evaluator.Result{}, fmt.Errorf("%w: no GPU", evaluator.ErrBroken)
	case temporary && first:
		return evaluator.Result{}, evaluator.ErrTemporary
	}
	return evaluator.Result{Value: value}, failure
}

// work runs worker i until the world ends. If the worker ends with an error, work restarts it after a while, like a service
// manager.
func (w *world) work(i int) {
	for w.ctx.Err() == nil {
		ctx, stop := context.WithCancel(w.ctx)
		w.mu.Lock()
		w.stops[i] = stop
		w.mu.Unlock()
		_ = w.serve(ctx, i)
		stop()
		select {
		case <-time.After(5 * time.Second):
		case <-w.ctx.Done():
		}
		w.mu.Lock()
		gone := w.stops[i] == nil
		w.mu.Unlock()
		if gone {
			return
		}
	}
}

func (w *world) serve(ctx context.Context, i int) error {
	nc, err := connect(w.clients[1+i])
	if err != nil {
		return err
	}
	defer nc.Close()
	return jetstream.Worker{
		Conn: nc, Space: space, Concurrency: w.slots[i], Deliveries: 1000, Patience: w.patience, Name: fmt.Sprint("worker ", i),
		Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			return w.evaluate(ctx, i, a)
		}),
	}.Run(ctx)
}

// hire starts worker i.
func (w *world) hire(i int) { w.workers.Go(func() { w.work(i) }) }

// dismiss kills or stops worker i, and hires it again after the time back unless the world has ended.
func (w *world) dismiss(i int, kill bool, back time.Duration) {
	w.mu.Lock()
	stop := w.stops[i]
	w.stops[i] = nil
	w.mu.Unlock()
	if stop == nil {
		return // it has already ended
	}
	if kill {
		w.clients[1+i].Kill()
	}
	stop()
	if !w.pause(back) {
		return
	}
	w.clients[1+i] = w.server.Client()
	w.hire(i)
}

// pause waits, and reports whether the world is still running.
func (w *world) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-w.ctx.Done():
		return false
	}
}

// happen makes a fault happen.
func (w *world) happen(f fault) {
	if !w.pause(f.at) {
		return
	}
	during := func(begin, end func(*model.Faults)) {
		w.server.Set(begin)
		if w.pause(f.lasts) {
			w.server.Set(end)
		}
	}
	worker := max(0, f.who-1)
	switch f.kind {
	case cut:
		w.clients[f.who].Cut()
	case silence:
		c := w.clients[f.who]
		c.Silence(true)
		if w.pause(f.lasts) {
			c.Silence(false)
			c.Cut()
		}
	case down:
		during(func(x *model.Faults) { x.Down = true }, func(x *model.Faults) { x.Down = false })
	case disabled:
		during(func(x *model.Faults) { x.Disabled = true }, func(x *model.Faults) { x.Disabled = false })
	case mute:
		during(func(x *model.Faults) { x.Mute = map[string]bool{f.stream: true} }, func(x *model.Faults) { x.Mute = nil })
	case refusing:
		during(func(x *model.Faults) { x.Refusing = map[string]bool{f.stream: true} }, func(x *model.Faults) { x.Refusing = nil })
	case remove:
		w.server.Delete(f.stream)
	case forget:
		w.server.Forget(f.stream, 2)
	case kill, stop:
		w.dismiss(worker, f.kind == kill, f.lasts)
	case broken:
		w.setBroken(worker, true)
		if w.pause(f.lasts) {
			w.setBroken(worker, false)
		}
	}
}

func (w *world) setBroken(i int, isBroken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.breaks[i] = isBroken
}

// hear records the report of a coordinator.
func (w *world) hear(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, kind := range []error{jetstream.ErrNoWorker, jetstream.ErrNoAnswer, jetstream.ErrWorker, jetstream.ErrQueueFull} {
		if _, known := w.told[kind]; errors.Is(err, kind) && !known {
			w.told[kind] = time.Now()
		}
	}
}
