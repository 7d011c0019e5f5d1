package rl

import "math/rand/v2"

// purpose names what a stream of random numbers is for.
type purpose uint64

const (
	forChoice   purpose = iota // whether the round explores
	forExplore                 // the explorer's draws
	forSample                  // the generator's draws
	forFit                     // fresh weights and the order of training
	forStrategy                // a Strategy's or Ranker's own
)

// stream returns the random numbers of one purpose in one round. They depend on nothing else, so that a search that is
// resumed or runs in parallel draws what an uninterrupted serial one does.
func stream(seed uint64, round int, p purpose) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed), mix(uint64(round)<<8|uint64(p))))
}

// mix spreads neighbouring numbers over all 64 bits (the finaliser of SplitMix64, Steele et al. 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
