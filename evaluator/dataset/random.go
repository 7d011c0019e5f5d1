package dataset

import "github.com/graphpnas/graphpnas/internal/seed"

// domain keeps the random numbers of this package apart from those that others draw with the same seed, such as a
// network's first weights.
const domain seed.Domain = 0x64617461736574

// The purposes of random numbers.
const (
	forSplit = iota
	forEpoch // the order and the augmentation of an epoch
)
