package parallel

import (
	"slices"
	"time"
)

// Pace runs the steps of a loop that calls Do several times in each step, and learns whether helpers
// make them faster. If not, they rest. The steps of a small network are an example: moving its
// parameters between the caches of two processors can take longer than half of a step. Under a
// limit on the time of all processors together, helpers take the time of the caller.
//
// Some steps with helpers are compared with some without. Helpers must make steps faster by a
// quarter. While they work, steps must on average take no longer than without them, as they do when
// other programs need the processors. Helpers always work in long steps. The zero Pace is ready to
// use, for steps of about the same work. It belongs to a goroutine that has called Warm.
type Pace struct {
	phase           phase
	steps           int // in this phase
	times           [trialSteps]time.Duration
	together, alone time.Duration // a typical step with and without helpers; 0 if steps are long
	window, total   time.Duration // of the steps of the current window and of the phase
}

// phase says what the next steps are for.
type phase int

const (
	withHelpers    phase = iota // to measure steps with helpers, after one that wakes them
	withoutHelpers              // to measure steps without helpers
	working                     // helpers work, and each window of steps is checked
	resting                     // helpers rest
)

const (
	trialSteps  = 8
	windowSteps = 64
	// There is another trial after at least this many steps and this much time.
	phaseSteps = 512
	phaseTime  = time.Second
	// Steps that take at least longStep with helpers have no trial: helpers work.
	longStep = 20 * time.Millisecond
)

// Run runs a step and returns its error. If the Pace is nil or there are no helpers, it does nothing
// else.
func (p *Pace) Run(step func() error) error {
	c := awake.Load()
	if p == nil || c == nil {
		return step()
	}
	c.resting.Store(p.rests())
	defer c.resting.Store(false)
	start := time.Now()
	err := step()
	p.record(time.Since(start))
	return err
}

// rests reports whether helpers rest in the next step.
func (p *Pace) rests() bool { return p.phase == withoutHelpers || p.phase == resting }

// record learns from the duration of a step.
func (p *Pace) record(d time.Duration) {
	step := p.steps
	p.steps++
	p.total += d
	switch p.phase {
	case withHelpers:
		if step > 0 {
			p.times[step-1] = d
		}
		if step == 2 && min(d, p.times[0]) >= longStep { // a single long step may just have been interrupted
			p.alone = 0
			p.enter(working)
		} else if step == trialSteps {
			p.together = p.typical()
			p.enter(withoutHelpers)
		}
	case withoutHelpers:
		p.times[step] = d
		if p.steps < trialSteps {
			return
		}
		p.alone = p.typical()
		if p.together*5/4 <= p.alone {
			p.enter(working)
		} else {
			p.enter(resting)
		}
	case working:
		p.window += d
		if p.steps%windowSteps == 0 {
			if p.alone > 0 && p.window > windowSteps*p.alone {
				p.enter(resting)
				return
			}
			p.window = 0
		}
		p.again()
	default:
		p.again()
	}
}

// typical returns the median of the trial.
func (p *Pace) typical() time.Duration {
	slices.Sort(p.times[:])
	return p.times[trialSteps/2]
}

func (p *Pace) enter(next phase) { p.phase, p.steps, p.window, p.total = next, 0, 0, 0 }

// again starts another trial when it is time.
func (p *Pace) again() {
	if p.steps >= phaseSteps && p.total >= phaseTime {
		p.enter(withHelpers)
	}
}
