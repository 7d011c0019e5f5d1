package main

import (
	"cmp"
	"math"

	"github.com/graphpnas/graphpnas/rl"
)

// simulated describes a search in simulated time. Hours count from its start.
type simulated struct {
	// Hours is the time until the last evaluation ended.
	Hours float64 `json:"hours"`
	// HoursToBest is the time until the best value was found.
	HoursToBest float64 `json:"hours_to_best"`
	// Busy is the fraction of the time that the workers spent evaluating.
	Busy float64 `json:"busy"`
	// Better lists the evaluations that found a better value than all that had ended before.
	Better []moment `json:"better"`
}

// moment is the best value at a time.
type moment struct {
	Hours float64 `json:"hours"`
	// Cost is the total number of hours of the evaluations that have ended by then. Earlier versions did not write it.
	Cost  float64 `json:"cost_hours,omitempty"`
	Value float64 `json:"value"`
}

func simulatedOf(h *rl.History, timeline rl.Timeline, workers int) *simulated {
	s := &simulated{Hours: timeline.End().Hours(), Busy: timeline.Busy(workers)}
	byTrial := map[int]rl.Evaluation{}
	for e := range h.All() {
		byTrial[e.ID] = e
	}
	highest, cost := math.Inf(-1), 0.0
	for _, span := range timeline { // in the order in which evaluations ended
		cost += (span.End - span.Start).Hours()
		e := byTrial[span.Trial]
		if e.OK() && e.Budget == 0 && e.Result.Value > highest {
			highest, s.HoursToBest = e.Result.Value, span.End.Hours()
			s.Better = append(s.Better, moment{s.HoursToBest, cost, highest})
		}
	}
	return s
}

// bestAfter returns the best value after some hours, or the first value if none has been found by then.
func (s *simulated) bestAfter(hours float64) float64 {
	best := s.Better[0].Value
	for _, m := range s.Better {
		if m.Hours <= hours {
			best = m.Value
		}
	}
	return best
}

// bestFor returns the best value that the evaluations found whose total cost is at most the given hours, or the
// search's first value if they found none. The number of workers matters only if the costs were not written.
func (s *simulated) bestFor(cost float64, workers int) float64 {
	best := s.Better[0].Value
	for _, m := range s.Better {
		if cmp.Or(m.Cost, m.Hours*float64(workers)) <= cost {
			best = m.Value
		}
	}
	return best
}
