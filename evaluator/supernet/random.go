package supernet

import "github.com/graphpnas/graphpnas/internal/seed"

// domain makes the random numbers of this package independent of those that other packages draw from the same seed.
const domain seed.Domain = 0x73757065726e6574

// The purposes of random numbers.
const (
	forStart = iota // initial weights
	forEpoch        // the order of an epoch's images
	forArchs        // the architectures of a step
	forValid        // the order of the validation images
)
