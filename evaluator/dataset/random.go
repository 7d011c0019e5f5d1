package dataset

import "github.com/graphpnas/graphpnas/internal/seed"

// domain makes the random numbers of this package independent of those that other packages draw from the same seed, such as
// initial weights.
const domain seed.Domain = 0x64617461736574

// The purposes of random numbers.
const (
	forSplit = iota
	forEpoch // the order and the augmentation of an epoch
)
