// Package parallel spreads independent pieces of work over the processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls work(0) … work(n−1), several at a time, and returns when all have returned. Which goroutine runs which piece
// is open: for results that are the same on every machine, a piece must depend on its number alone. Each of the goroutines
// starts at a place of its own, so that one that sees the same data call after call mostly finds it in its cache.
func Do(n int, work func(i int)) {
	processors := runtime.GOMAXPROCS(0)
	workers := min(n, processors)
	if workers <= 1 || int(users.Load()) >= processors {
		for i := range n {
			work(i)
		}
		return
	}
	t := &task{work: work, begun: make([]atomic.Bool, n)}
	if crew := awake.Load(); crew != nil && crew.busy.CompareAndSwap(false, true) {
		crew.task.Store(t)
		t.run(0)
		t.wait()
		crew.busy.Store(false)
		return
	}
	var others sync.WaitGroup
	for w := 1; w < workers; w++ {
		others.Go(func() { t.run(w * n / workers) })
	}
	t.run(0)
	others.Wait()
}

// task is one call of Do.
type task struct {
	work     func(i int)
	begun    []atomic.Bool // of each piece
	finished atomic.Int64
}

// run works off pieces from the given one on and around, until none is left to begin.
func (t *task) run(first int) {
	n := len(t.begun)
	for k := range n {
		i := (first + k) % n
		if t.begun[i].CompareAndSwap(false, true) {
			t.work(i)
			t.finished.Add(1)
		}
	}
}

// wait returns when every piece is finished. What others still work at is short, so it does not sleep.
func (t *task) wait() {
	for spins := 1; t.finished.Load() < int64(len(t.begun)); spins++ {
		if spins%spinsPerYield == 0 {
			runtime.Gosched()
		}
	}
}

// spinsPerYield is how often a waiting goroutine looks before it lets others run: some microseconds.
const spinsPerYield = 1 << 12

// crew is the helpers that stay awake between calls of Do: waking a sleeping thread takes longer than a piece of work
// in the training of a small network.
type crew struct {
	busy    atomic.Bool // a call of Do has the helpers
	task    atomic.Pointer[task]
	stopped atomic.Bool
	helpers sync.WaitGroup
}

// maxHelpers bounds how many processors are kept busy with waiting.
const maxHelpers = 7

var (
	mu    sync.Mutex // guards changes of the two below
	users atomic.Int64
	awake atomic.Pointer[crew]
)

// Warm keeps helpers awake for calls of Do that follow each other closely, until the returned function is called. They
// serve one caller: where several are warm at a time each has work for a processor of its own, and nobody waits awake.
func Warm() (cool func()) {
	change(+1)
	return sync.OnceFunc(func() { change(-1) })
}

func change(by int64) {
	mu.Lock()
	defer mu.Unlock()
	if users.Add(by) == 1 && runtime.GOMAXPROCS(0) > 1 {
		awake.Store(startCrew(min(runtime.GOMAXPROCS(0)-1, maxHelpers)))
		return
	}
	if c := awake.Swap(nil); c != nil {
		c.stopped.Store(true)
		c.helpers.Wait()
	}
}

func startCrew(size int) *crew {
	c := &crew{}
	for i := range size {
		c.helpers.Go(func() { c.help(i+1, size+1) })
	}
	return c
}

// help works as number i of so many workers, the first of which is Do's caller.
func (c *crew) help(i, workers int) {
	var last *task
	for spins := 1; !c.stopped.Load(); spins++ {
		if t := c.task.Load(); t != last {
			t.run(i * len(t.begun) / workers)
			last, spins = t, 0
		}
		if spins%spinsPerYield == spinsPerYield-1 {
			runtime.Gosched()
		}
	}
}
