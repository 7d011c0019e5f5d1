package model_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// plan is everything that a seed decides: the queue, the workers and the faults.
type plan struct {
	seed     uint64
	archs    int
	queue    jetstream.Queue
	recheck  time.Duration
	patience time.Duration // of both sides
	slots    []int         // of each worker
	longest  time.Duration // of an evaluation
	faults   []fault
	final    bool // a fault lasts, or the last worker may be gone: errors are allowed
}

// fault is one thing that goes wrong.
type fault struct {
	kind      faultKind
	at, lasts time.Duration
	who       int    // a client: 0 is the coordinator, the others are workers
	stream    string // if the kind is about a stream
}

type faultKind int

const (
	cut      faultKind = iota // a connection is lost
	silence                   // a connection loses everything for a while, and then ends
	down                      // the server is away
	disabled                  // the server has no streams for a while
	mute                      // the disk of a stream fails for a while: no answer
	refusing                  // the disk of a stream is full for a while: errors
	forget                    // a power failure removes what a stream got last
	kill                      // a worker is killed, and another one comes after a while
	stop                      // a worker is told to end, and another one comes after a while
	broken                    // a worker's evaluator breaks, and another one comes after a while
	kinds
	remove // somebody deletes a stream, for good
)

var streams = []string{"graphpnas-request", "graphpnas-result", "graphpnas-dead"}

func newPlan(seed uint64) plan {
	rng := rand.New(rand.NewPCG(seed, 0))
	within := func(least, most time.Duration) time.Duration {
		return least + time.Duration(rng.Int64N(int64(most-least)))
	}
	p := plan{
		seed: seed, archs: 1 + rng.IntN(8),
		queue:    jetstream.Queue{AckWait: within(3*time.Second, 30*time.Second)},
		recheck:  within(2*time.Second, 30*time.Second),
		patience: within(2*time.Minute, 4*time.Minute),
		slots:    make([]int, 1+rng.IntN(3)),
		longest:  within(time.Millisecond, time.Minute),
		final:    rng.IntN(4) == 0,
	}
	if rng.IntN(4) == 0 {
		p.queue.Limit = 1 + rng.IntN(3)
	}
	for i := range p.slots {
		p.slots[i] = 1 + rng.IntN(2)
	}
	for range rng.IntN(6) {
		p.faults = append(p.faults, fault{
			kind: faultKind(rng.IntN(int(kinds))), at: within(time.Second, time.Minute), lasts: within(time.Millisecond, 20*time.Second),
			who: rng.IntN(1 + len(p.slots)), stream: streams[rng.IntN(len(streams))],
		})
	}
	if p.final && len(p.faults) > 0 {
		p.faults[0].lasts = 100 * time.Hour
		if rng.IntN(4) == 0 {
			p.faults[0].kind = remove
		}
	}
	return p
}

// calm is when the last fault is over that does not last.
func (p plan) calm() (end time.Duration) {
	for _, f := range p.faults {
		if f.lasts < time.Hour {
			end = max(end, f.at+f.lasts)
		} else {
			end = max(end, f.at)
		}
	}
	return end
}

// abandoned reports whether there may be no worker any more that works. A coordinator waits for the next one, and says so.
func (p plan) abandoned() bool {
	if !p.final || len(p.faults) == 0 {
		return false
	}
	f := p.faults[0]
	return f.kind == kill || f.kind == stop || f.kind == broken || f.kind == silence && f.who > 0
}

// bound is within which time every evaluation has ended, or the coordinator has said why not: after the last fault, a worker may
// notice for its patience that it cannot send, and the coordinator as long that there is no worker; requests come back after
// AckWait, and everything may have to be evaluated again, one after the other, and once more after a temporary failure.
func (p plan) bound() time.Duration {
	return p.calm() + 2*p.patience + 2*(p.queue.AckWait+p.recheck) + time.Duration(2*p.archs+2)*p.longest + 3*time.Minute
}

func (p plan) String() string {
	return fmt.Sprintf("seed %d: %d architectures, slots %v, AckWait %v, Recheck %v, Patience %v, evaluations up to %v, Limit %d, faults %+v",
		p.seed, p.archs, p.slots, p.queue.AckWait, p.recheck, p.patience, p.longest, p.queue.Limit, p.faults)
}
