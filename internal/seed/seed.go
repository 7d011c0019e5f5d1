// Package seed derives every stream of random numbers from a user's seed. A computation that takes its random numbers
// from streams gives the same result in whatever order its pieces run.
package seed

import "math/rand/v2"

// Stream returns the random numbers of one purpose in one step. They depend on the three arguments alone, so a
// computation that is resumed or runs in parallel draws what an uninterrupted serial one draws. Purposes must be below
// 256.
func Stream(seed uint64, step int, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed), mix(uint64(step)<<8|purpose)))
}

// mix spreads neighbouring numbers over all 64 bits (the finaliser of SplitMix64, Steele et al. 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Domain keeps the streams of one package apart from those that other packages derive from the same seed.
type Domain uint64

// Stream returns the random numbers of one purpose in one step, within the domain. Purposes must be below 256.
func (d Domain) Stream(seed uint64, step int, purpose uint64) *rand.Rand {
	return d.Replica(seed, uint64(step)<<8|purpose)
}

// Replica returns the random numbers of the n-th of several computations that differ in nothing else, such as the networks
// of an ensemble. A domain has either replicas or steps and purposes, because both number the same streams.
func (d Domain) Replica(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed^uint64(d), n)) }
