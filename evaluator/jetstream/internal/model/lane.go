package model

import (
	"math/rand/v2"
	"sync"
	"time"
)

// lane is one direction of a connection: what enters it leaves it in the same order, each after a delay. Whoever enters something
// does not wait. Clients hold locks while they send and while they connect, and in a bubble time stands still while somebody waits
// for a lock: so connecting takes no time.
type lane struct {
	rng *rand.Rand

	mu     sync.Mutex
	queue  []cargo
	closed bool
	ready  chan struct{} // has a value when something has changed
}

// cargo is what happens at the end of a lane.
type cargo struct {
	do      func()
	express bool // without a delay
}

func newLane(seed, number uint64) *lane {
	return &lane{rng: rand.New(rand.NewPCG(seed, number)), ready: make(chan struct{}, 1)}
}

func (l *lane) enter(c cargo) {
	l.mu.Lock()
	l.queue = append(l.queue, c)
	l.mu.Unlock()
	l.wake()
}

// close ends run. What is under way is lost.
func (l *lane) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.wake()
}

func (l *lane) wake() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// next takes the first of the queue, or nothing, and reports whether the lane is closed.
func (l *lane) next() (c cargo, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		c, l.queue = l.queue[0], l.queue[1:]
	}
	return c, l.closed
}

// run does what has entered, until close.
func (l *lane) run() {
	for range l.ready {
		for {
			c, closed := l.next()
			if closed {
				return
			}
			if c.do == nil {
				break
			}
			if !c.express {
				time.Sleep(delay(l.rng))
			}
			c.do()
		}
	}
}

// delay is how long something is under way: usually about a millisecond, sometimes much longer.
func delay(rng *rand.Rand) time.Duration {
	d := time.Duration(rng.Int64N(int64(2*time.Millisecond))) + 1
	if rng.IntN(50) == 0 {
		d += time.Duration(rng.Int64N(int64(time.Second)))
	}
	return d
}
