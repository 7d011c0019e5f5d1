package dataset

import "math/rand/v2"

// purpose names what random numbers are for.
type purpose uint64

const (
	forSplit purpose = iota
	forEpoch         // the order and the augmentation of an epoch
)

// ours keeps what is drawn here apart from what others draw with the same seed, such as a network's first weights.
const ours = 0x64617461736574

// random returns the random numbers of a seed for one purpose, the number-th time. They depend on nothing else.
func random(seed uint64, p purpose, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed^ours, uint64(number)<<8|uint64(p)))
}
