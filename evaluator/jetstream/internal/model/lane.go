package model

import (
	"math/rand/v2"
	"sync"
	"time"
)

// lane is one direction of a connection. Cargo leaves it in the order in which it entered, after a delay. Entering does not block,
// and connecting takes no time: clients hold locks while they send and connect, and time in a bubble stands still while a goroutine
// waits for a lock.
type lane struct {
	rng *rand.Rand

	mu     sync.Mutex
	queue  []cargo
	closed bool
	ready  chan struct{} // receives a value when something has changed
}

// cargo is an action to run at the end of a lane.
type cargo struct {
	do      func()
	express bool // if true, without a delay
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

// close ends run. Cargo that has not arrived is lost.
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

// next removes and returns the first cargo, if any, and reports whether the lane is closed.
func (l *lane) next() (c cargo, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		c, l.queue = l.queue[0], l.queue[1:]
	}
	return c, l.closed
}

// run executes the cargo that has entered, until close is called.
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

// delay draws the transit time of cargo: usually about a millisecond, sometimes much longer.
func delay(rng *rand.Rand) time.Duration {
	d := time.Duration(rng.Int64N(int64(2*time.Millisecond))) + 1
	if rng.IntN(50) == 0 {
		d += time.Duration(rng.Int64N(int64(time.Second)))
	}
	return d
}
