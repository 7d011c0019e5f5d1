package parallel

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// machine simulates a loop on two processors, both of which stop when they have used up their quota
// in a period, as under Linux's control groups.
type machine struct {
	alone, together time.Duration // of a step without and with helpers
	quota           time.Duration // of processor time in each period; 0 means no limit
	now, used       time.Duration
}

const period = 100 * time.Millisecond

// step runs a step and returns its duration.
func (m *machine) step(rests bool) time.Duration {
	left, processors := m.together, time.Duration(2)
	if rests {
		left, processors = m.alone, 1
	}
	start := m.now
	for left > 0 {
		end := (m.now/period + 1) * period
		run := min(left, end-m.now)
		if m.quota > 0 {
			run = min(run, (m.quota-m.used)/processors)
		}
		m.now, m.used, left = m.now+run, m.used+run*processors, left-run
		if left > 0 {
			m.now = end
		}
		if m.now == end {
			m.used = 0
		}
	}
	return m.now - start
}

// TestPaceFindsTheFasterWay checks that a loop takes little longer than the faster of working
// always with helpers and always without.
func TestPaceFindsTheFasterWay(t *testing.T) {
	const steps = 20_000
	rapid.Check(t, func(t *rapid.T) {
		m := machine{
			alone: time.Duration(rapid.IntRange(50, 4000).Draw(t, "alone, in µs")) * time.Microsecond,
			quota: rapid.SampledFrom([]time.Duration{0, period / 2, period}).Draw(t, "quota"),
		}
		m.together = time.Duration(float64(m.alone) / rapid.Float64Range(0.5, 2).Draw(t, "speedup"))
		total := func(rests func(d time.Duration) bool) time.Duration {
			run, resting := m, false
			for range steps {
				resting = rests(run.step(resting))
			}
			return run.now
		}
		best := min(total(func(time.Duration) bool { return true }), total(func(time.Duration) bool { return false }))
		var p Pace
		took := total(func(d time.Duration) bool {
			p.record(d)
			return p.rests()
		})
		require.LessOrEqual(t, took.Seconds(), 1.3*best.Seconds())
	})
}

// TestLongStepsAlwaysHaveHelpers checks that they are not compared.
func TestLongStepsAlwaysHaveHelpers(t *testing.T) {
	var p Pace
	alone := 0
	for range 10 * phaseSteps {
		if p.rests() {
			alone++
		}
		p.record(longStep)
	}
	assert.Zero(t, alone)
}

// TestResting checks that a step without helpers is run by its caller alone, and with the same
// results.
func TestResting(t *testing.T) {
	defer Warm()()
	var p Pace
	for range 4 * trialSteps {
		alone, order := awake.Load() != nil && p.rests(), make(chan int, 100)
		require.NoError(t, p.Run(func() error {
			Do(cap(order), func(i int) { order <- i })
			return nil
		}))
		require.Len(t, order, cap(order))
		for i := range cap(order) {
			if got := <-order; alone {
				require.Equal(t, i, got)
			}
		}
	}
	if awake.Load() != nil {
		assert.GreaterOrEqual(t, p.phase, working, "the trial is over")
	}
}

func TestAStepReturnsItsError(t *testing.T) {
	failed := errors.New("failed")
	for _, p := range []*Pace{nil, {}} {
		assert.Equal(t, failed, p.Run(func() error { return failed }))
	}
}
