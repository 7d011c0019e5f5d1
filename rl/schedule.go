package rl

import "math"

// Schedule gives the probability that a trial explores, which means that it is drawn by the explorer and not by the
// generator. Its argument is how many different architectures have been proposed before, earlier evaluations that the
// search began from included.
type Schedule func(proposed int) float64

// NeverExplore draws from the generator in every trial, even before it has been trained.
func NeverExplore() Schedule { return Constant(0) }

// First explores in the first n trials and never after, as the paper's presets do.
func First(n int) Schedule {
	return func(proposed int) float64 {
		if proposed < n {
			return 1
		}
		return 0
	}
}

// Harmonic explores with probability min(1, c/(proposed+1)).
func Harmonic(c float64) Schedule {
	return func(proposed int) float64 { return min(1, c/float64(proposed+1)) }
}

// Exponential explores with probability decay^proposed, for a decay between 0 and 1.
func Exponential(decay float64) Schedule {
	return func(proposed int) float64 { return math.Pow(decay, float64(proposed)) }
}

// Constant explores with the same probability in every trial.
func Constant(p float64) Schedule {
	return func(int) float64 { return p }
}
