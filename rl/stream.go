package rl

import (
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/seed"
)

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
func stream(of uint64, round int, p purpose) *rand.Rand {
	return seed.Stream(of, round, uint64(p))
}
