package rl

import "math"

// Schedule gives the probability that a round explores: that its architectures are drawn by the explorer and not by the
// generator. Rounds count from 0.
type Schedule func(round int) float64

// NeverExplore draws from the generator in every round, the untrained one in the first.
func NeverExplore() Schedule { return Constant(0) }

// FirstRounds explores in the first n rounds and never after, as the paper's presets do.
func FirstRounds(n int) Schedule {
	return func(round int) float64 {
		if round < n {
			return 1
		}
		return 0
	}
}

// Harmonic explores with probability min(1, c/(round+1)).
func Harmonic(c float64) Schedule {
	return func(round int) float64 { return min(1, c/float64(round+1)) }
}

// Exponential explores with probability decay^round, for a decay between 0 and 1.
func Exponential(decay float64) Schedule {
	return func(round int) float64 { return math.Pow(decay, float64(round)) }
}

// Constant explores with the same probability in every round.
func Constant(p float64) Schedule {
	return func(int) float64 { return p }
}
