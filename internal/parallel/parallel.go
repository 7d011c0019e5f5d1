// Package parallel distributes independent pieces of work over processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls work(0) to work(n−1) in parallel and returns when all have returned. Any goroutine may
// run any piece; for results that are the same on every machine, a piece must depend only on its
// number. Each goroutine starts at its own position, so that a goroutine that processes the same
// data in every call usually finds it in its cache.
func Do(n int, work func(i int)) {
	processors, crew := runtime.GOMAXPROCS(0), awake.Load()
	workers := min(n, processors)
	if workers <= 1 || int(users.Load()) >= processors || crew != nil && crew.resting.Load() {
		for i := range n {
			work(i)
		}
		return
	}
	t := newTask(n, work)
	if crew != nil && crew.busy.CompareAndSwap(false, true) {
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

// Processors returns the number of processors that this program can use at the same time.
func Processors() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// task is one call of Do.
type task struct {
	work     func(i int)
	begun    []atomic.Bool // whether each piece has begun
	finished atomic.Int64
	done     chan struct{} // receives a value when every piece is finished
}

func newTask(n int, work func(i int)) *task {
	return &task{work: work, begun: make([]atomic.Bool, n), done: make(chan struct{}, 1)}
}

// run runs pieces from the given one on, wrapping around, until all have begun.
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

// wait returns when every piece is finished, which is usually soon.
func (t *task) wait(p *poller) {
	if !p.poll(func() bool { return t.finished.Load() == int64(len(t.begun)) }) {
		<-t.done
	}
}

// A waiting goroutine polls for a while before it sleeps, because waking a sleeping thread takes
// longer than a piece of work when training a small network. Between polls, it yields to other
// goroutines. Polling takes at most about a tenth of a millisecond in total.
const (
	pollsPerYield = 1 << 11
	maxYields     = 32
)

// poller polls for a time that depends on how much polling has paid off: on a busy machine, waits are long, and
// polling would only take processor time from goroutines that work.
type poller struct{ yields int }

// poll polls until there returns true. It returns false if that takes too long. Each call that
// returns false halves the time that the next one takes at most, and each that returns true doubles
// it.
func (p *poller) poll(there func() bool) bool {
	for range p.yields {
		for range pollsPerYield {
			if there() {
				p.yields = min(2*p.yields, maxYields)
				return true
			}
		}
		runtime.Gosched()
	}
	p.yields = max(p.yields/2, 1)
	return there()
}

// crew is the group of helpers of one caller between calls of Do in quick succession.
type crew struct {
	busy    atomic.Bool // whether a call of Do is using the helpers
	resting atomic.Bool // whether calls of Do use no helpers
	task    atomic.Pointer[task]
	stopped atomic.Bool
	helpers []helper
	caller  poller // of the call of Do that uses the helpers
	running sync.WaitGroup
}

// helper is a goroutine that waits for tasks with a piece for it. It sleeps if none arrives for a
// while.
type helper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// maxHelpers is the largest number of helpers. There are also no more helpers than other processors,
// because more would only wait for each other.
const maxHelpers = 7

var (
	mu    sync.Mutex // guards changes of the following two
	users atomic.Int64
	awake atomic.Pointer[crew]
)

// Warm keeps helpers ready for calls of Do in quick succession until the returned function is
// called. The helpers serve one caller. If several callers are warm at the same time, each has work
// for its own processor, and there are no helpers.
func Warm() (cool func()) {
	change(+1)
	return sync.OnceFunc(func() { change(-1) })
}

func change(by int64) {
	mu.Lock()
	defer mu.Unlock()
	processors := Processors()
	if users.Add(by) == 1 && processors > 1 {
		awake.Store(startCrew(min(processors-1, maxHelpers)))
		return
	}
	if c := awake.Swap(nil); c != nil {
		c.stopped.Store(true)
		c.wake(len(c.helpers))
		c.running.Wait()
	}
}

func startCrew(size int) *crew {
	c := &crew{helpers: make([]helper, size), caller: poller{maxYields}}
	for i := range c.helpers {
		c.helpers[i].wake = make(chan struct{}, 1)
		c.running.Go(func() { c.help(&c.helpers[i], i+1) })
	}
	return c
}

// do runs a task with the caller and as many helpers as it has other pieces.
func (c *crew) do(t *task) {
	c.task.Store(t)
	c.wake(min(len(t.begun)-1, len(c.helpers)))
	t.run(0)
	t.wait(&c.caller)
}

// wake wakes those of the first helpers that sleep. It must be called after the change that they
// wait for.
func (c *crew) wake(helpers int) {
	for i := range helpers {
		if h := &c.helpers[i]; h.asleep.CompareAndSwap(true, false) {
			h.wake <- struct{}{}
		}
	}
}

// help runs as worker i; worker 0 is the caller of Do.
func (c *crew) help(h *helper, i int) {
	var last *task
	// A task with fewer pieces than workers is not for the last ones.
	changed := func() bool {
		t := c.task.Load()
		return c.stopped.Load() || t != last && i < len(t.begun)
	}
	p := poller{maxYields}
	for {
		if !p.poll(changed) {
			h.asleep.Store(true)
			// Changes made before this did not wake the helper. If a change does so anyway, the helper
			// must consume the wake-up.
			if !changed() || !h.asleep.CompareAndSwap(true, false) {
				<-h.wake
			}
		}
		if c.stopped.Load() {
			return
		}
		if t := c.task.Load(); t != last {
			workers := min(len(t.begun), len(c.helpers)+1)
			t.run(i * len(t.begun) / workers)
			last = t
		}
	}
}
