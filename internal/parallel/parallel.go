// Package parallel spreads independent pieces of work over the processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls work(0) … work(n−1), several at a time, and returns when all have returned. It is not defined which goroutine runs
// which piece: for results that are the same on every machine, a piece must depend on its number alone. Each goroutine starts
// at a place of its own, so that one that sees the same data call after call mostly finds it in its cache.
func Do(n int, work func(i int)) {
	processors := runtime.GOMAXPROCS(0)
	workers := min(n, processors)
	if workers <= 1 || int(users.Load()) >= processors {
		for i := range n {
			work(i)
		}
		return
	}
	t := newTask(n, work)
	if crew := awake.Load(); crew != nil && crew.busy.CompareAndSwap(false, true) {
		crew.do(t)
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
	done     chan struct{} // gets a value when every piece is finished
}

func newTask(n int, work func(i int)) *task {
	return &task{work: work, begun: make([]atomic.Bool, n), done: make(chan struct{}, 1)}
}

// run works off pieces from the given one on and around, until none is left to begin.
func (t *task) run(first int) {
	n := len(t.begun)
	for k := range n {
		i := (first + k) % n
		if t.begun[i].CompareAndSwap(false, true) {
			t.work(i)
			if t.finished.Add(1) == int64(n) {
				t.done <- struct{}{}
			}
		}
	}
}

// wait returns when every piece is finished. Usually that is soon.
func (t *task) wait() {
	if !spin(func() bool { return t.finished.Load() == int64(len(t.begun)) }) {
		<-t.done
	}
}

// A goroutine that waits looks again and again before it sleeps, because waking a sleeping thread takes longer than a piece
// of work in the training of a small network. In between it lets others run. All of it takes about a tenth of a millisecond.
const (
	spinsPerYield = 1 << 11
	yields        = 32
)

// spin returns true as soon as there is what the caller waits for, and false if there is none for a while.
func spin(there func() bool) bool {
	for range yields {
		for range spinsPerYield {
			if there() {
				return true
			}
		}
		runtime.Gosched()
	}
	return there()
}

// crew is the helpers of one caller between calls of Do that follow each other closely.
type crew struct {
	busy    atomic.Bool // a call of Do has the helpers
	task    atomic.Pointer[task]
	stopped atomic.Bool
	helpers []helper
	running sync.WaitGroup
}

// helper is a goroutine that waits for tasks. It sleeps if none comes for a while.
type helper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// maxHelpers bounds the number of helpers.
const maxHelpers = 7

var (
	mu    sync.Mutex // guards changes of the two below
	users atomic.Int64
	awake atomic.Pointer[crew]
)

// Warm keeps helpers ready for calls of Do that follow each other closely, until the returned function is called. They
// serve one caller: if several are warm at a time, each has work for a processor of its own, and there are no helpers.
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
		c.wakeAll()
		c.running.Wait()
	}
}

func startCrew(size int) *crew {
	c := &crew{helpers: make([]helper, size)}
	for i := range c.helpers {
		c.helpers[i].wake = make(chan struct{}, 1)
		c.running.Go(func() { c.help(&c.helpers[i], i+1) })
	}
	return c
}

// do has the helpers and the caller work off a task.
func (c *crew) do(t *task) {
	c.task.Store(t)
	c.wakeAll()
	t.run(0)
	t.wait()
}

// wakeAll wakes the helpers that sleep. It is called after the change that they wait for.
func (c *crew) wakeAll() {
	for i := range c.helpers {
		if h := &c.helpers[i]; h.asleep.CompareAndSwap(true, false) {
			h.wake <- struct{}{}
		}
	}
}

// help works as number i of the workers, of which number 0 is the caller of Do.
func (c *crew) help(h *helper, i int) {
	var last *task
	changed := func() bool { return c.stopped.Load() || c.task.Load() != last }
	for {
		if !spin(changed) {
			h.asleep.Store(true)
			// What changed before that went without waking. If somebody wakes the helper all the same, it has to take that.
			if !changed() || !h.asleep.CompareAndSwap(true, false) {
				<-h.wake
			}
		}
		if c.stopped.Load() {
			return
		}
		if t := c.task.Load(); t != last {
			t.run(i * len(t.begun) / (len(c.helpers) + 1))
			last = t
		}
	}
}
