package main

import (
	"math"

	"github.com/graphpnas/graphpnas/rl"
)

// simulated is what a search did in simulated time. Hours count from its beginning.
type simulated struct {
	// Hours until the last evaluation ended.
	Hours float64 `json:"hours"`
	// HoursToBest until the best value was found.
	HoursToBest float64 `json:"hours_to_best"`
	// Busy is the share of the time that the workers spent evaluating.
	Busy float64 `json:"busy"`
	// Better are the evaluations that found something better than all that had ended before.
	Better []moment `json:"better"`
}

// moment is a value after some hours.
type moment struct {
	Hours float64 `json:"hours"`
	Value float64 `json:"value"`
}

func simulatedOf(h *rl.History, timeline rl.Timeline, workers int) *simulated {
	s := &simulated{Hours: timeline.End().Hours(), Busy: timeline.Busy(workers)}
	byTrial := map[int]rl.Evaluation{}
	for e := range h.All() {
		byTrial[e.ID] = e
	}
	highest := math.Inf(-1)
	for _, span := range timeline { // in the order in which evaluations ended
		e := byTrial[span.Trial]
		if e.OK() && e.Budget == 0 && e.Result.Value > highest {
			highest, s.HoursToBest = e.Result.Value, span.End.Hours()
			s.Better = append(s.Better, moment{s.HoursToBest, highest})
		}
	}
	return s
}

// bestAfter returns the best value after some hours; until one has been found, the first value there will be.
func (s *simulated) bestAfter(hours float64) float64 {
	best := s.Better[0].Value
	for _, m := range s.Better {
		if m.Hours <= hours {
			best = m.Value
		}
	}
	return best
}

// until returns the hours until a value, infinite if it was not reached.
func (s *simulated) until(value float64) float64 {
	for _, m := range s.Better {
		if m.Value >= value {
			return m.Hours
		}
	}
	return math.Inf(1)
}
