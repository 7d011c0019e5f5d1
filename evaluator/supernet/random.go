package supernet

import "github.com/graphpnas/graphpnas/internal/seed"

// domain keeps the random numbers of this package apart from those that others draw with the same seed.
const domain seed.Domain = 0x73757065726e6574

// The purposes of random numbers.
const (
	forStart = iota // the first weights
	forEpoch        // the order of an epoch's images
	forArchs        // the architectures of a step
	forValid        // the order of the validation images
)
