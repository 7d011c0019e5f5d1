package supernet

import "math/rand/v2"

// purpose names what random numbers are for.
type purpose uint64

const (
	forStart purpose = iota // the first weights
	forEpoch                // the order of an epoch's images
	forArchs                // the architectures of a step
	forValid                // the order of the validation images
)

// ours keeps what is drawn here apart from what others draw with the same seed.
const ours = 0x73757065726e6574

// random returns the random numbers of a seed for one purpose, the number-th time. They depend on nothing else.
func random(seed uint64, p purpose, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed^ours, uint64(number)<<8|uint64(p)))
}
