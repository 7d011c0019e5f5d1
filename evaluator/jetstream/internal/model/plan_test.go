package model_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// plan is a simulation drawn from a seed: the queue, the workers and the faults.
type plan struct {
	seed     uint64
	archs    int
	queue    jetstream.Queue
	recheck  time.Duration
	patience time.Duration // of coordinator and workers
	slots    []int         // Concurrency of each worker
	longest  time.Duration // maximum duration of an evaluation
	faults   []fault
	final    bool // errors are allowed, because a fault lasts or no worker may be left
}

// fault is one fault of a plan.
type fault struct {
	kind      faultKind
	at, lasts time.Duration
	who       int    // the client: 0 is the coordinator, the others are workers
	stream    string // the stream, if the kind concerns one
}

type faultKind int

const (
	cut      faultKind = iota // a connection is lost
	silence                   // a connection drops everything for a while, and then ends
	down                      // the server is unavailable
	disabled                  // JetStream is disabled for a while
	mute                      // the disk of a stream fails for a while, and the server does not answer
	refusing                  // the disk of a stream is full for a while, and the server returns errors
	forget                    // a power failure removes the last messages of a stream
	kill                      // a worker is killed, and another one starts after a while
	stop                      // a worker is told to end, and another one starts after a while
	broken                    // a worker's evaluator breaks, and another one starts after a while
	kinds
	remove // a stream is deleted permanently
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

// calm returns the end of the last temporary fault.
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

// abandoned reports whether there may be no working worker any more. Then the coordinator waits for another one and reports that.
func (p plan) abandoned() bool {
	if !p.final || len(p.faults) == 0 {
		return false
	}
	f := p.faults[0]
	return f.kind == kill || f.kind == stop || f.kind == broken || f.kind == silence && f.who > 0
}

// bound returns the time in which every evaluation must have ended or the coordinator must have reported why not. After the last
// fault, a worker may use up its patience because it cannot send, and the coordinator its own because there is no worker. Requests
// come back after AckWait. Then everything may have to be evaluated again, sequentially, and repeated after a temporary failure.
func (p plan) bound() time.Duration {
	return p.calm() + 2*p.patience + 2*(p.queue.AckWait+p.recheck) + time.Duration(2*p.archs+2)*p.longest + 3*time.Minute
}

func (p plan) String() string {
	return fmt.Sprintf("seed %d: %d architectures, slots %v, AckWait %v, Recheck %v, Patience %v, evaluations up to %v, Limit %d, faults %+v",
		p.seed, p.archs, p.slots, p.queue.AckWait, p.recheck, p.patience, p.longest, p.queue.Limit, p.faults)
}
