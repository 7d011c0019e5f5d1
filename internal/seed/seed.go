// Package seed derives streams of random numbers from a user's seed. A computation that takes its
// random numbers from streams has the same result regardless of the order in which its parts run.
package seed

import "math/rand/v2"

// Stream returns the random numbers for one purpose in one step. They depend only on the three
// arguments, so a computation that is resumed or runs in parallel draws the same numbers as an
// uninterrupted serial one. Purposes must be below 256.
func Stream(seed uint64, step int, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed), mix(uint64(step)<<8|purpose)))
}

// mix spreads adjacent numbers over all 64 bits (the finalizer of SplitMix64, Steele et al. 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Domain separates the streams of a package from those that other packages derive from the same
// seed.
type Domain uint64

// Stream returns the random numbers for one purpose in one step within the domain. Purposes must be
// below 256.
func (d Domain) Stream(seed uint64, step int, purpose uint64) *rand.Rand {
	return d.Replica(seed, uint64(step)<<8|purpose)
}

// Replica returns the random numbers of the n-th of several otherwise identical computations, such
// as the networks of an ensemble. A domain must use either replicas or steps and purposes, because
// both number the same streams.
func (d Domain) Replica(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed^uint64(d), n)) }
