package rl

import "math"

// Schedule returns the probability that a trial explores: that its architecture comes from the
// explorer and not from the generator. The argument is the number of different architectures
// proposed so far, including those from before the search. A result that is not from 0 to 1 ends the
// search with an error.
type Schedule func(proposed int) float64

// NeverExplore returns a Schedule in which no trial explores, even before the generator has been
// trained.
func NeverExplore() Schedule { return Constant(0) }

// First returns a Schedule in which only the first n trials explore. The paper's presets use it.
func First(n int) Schedule {
	return func(proposed int) float64 {
		if proposed < n {
			return 1
		}
		return 0
	}
}

// Harmonic returns a Schedule with probability min(1, c/(proposed+1)). c must not be negative.
func Harmonic(c float64) Schedule {
	return func(proposed int) float64 { return min(1, c/float64(proposed+1)) }
}

// Exponential returns a Schedule with probability decay^proposed, where decay is between 0 and 1.
func Exponential(decay float64) Schedule {
	return func(proposed int) float64 { return math.Pow(decay, float64(proposed)) }
}

// Constant returns a Schedule in which all trials explore with the same probability, from 0 to 1.
func Constant(p float64) Schedule {
	return func(int) float64 { return p }
}
