package bayes

import (
	"math"
	"slices"
)

// prior is the covariance before anything is seen, up to the scale of its lengths.
type prior struct {
	walks  float64 // the share of the second term
	places int     // in which two architectures may differ
	length float64 // λ at scale one
}

// hammingLength is ℓ at scale one.
const hammingLength = 0.4

// grid returns the lengths to choose from, as multiples of the prior's, and the noise variances.
func (p prior) grid() (lengthScales, noises []float64) {
	if p.walks == 0 {
		return []float64{2}, []float64{0.1}
	}
	return []float64{0.5, 1, 2, 4}, []float64{0.02, 0.1, 0.3}
}

// newPrior makes a prior with the given share of walks. Their length is in proportion to the distances that are seen: how
// many walks there are depends on the space.
func newPrior(walks float64, places int, known []features) prior {
	var distances []float64
	for i := range known {
		for j := range i {
			distances = append(distances, known[i].walkDistance(&known[j]))
		}
	}
	slices.Sort(distances)
	median := 1.0
	if n := len(distances); n > 0 {
		median = max(1, distances[n/2])
	}
	return prior{walks: walks, places: places, length: median}
}

// unseen returns the posterior if nothing is seen.
func (p prior) unseen() *posterior {
	scales, noises := p.grid()
	return &posterior{kernel: p.at(scales[0]), noise: noises[0], spread: 1}
}

// kernel is a prior at one scale of lengths.
type kernel struct {
	prior
	scale  float64
	differ []float64 // the first term, by the number of places that differ
}

func (p prior) at(scale float64) kernel {
	k := kernel{prior: p, scale: scale, differ: make([]float64, p.places+1)}
	for n := range k.differ {
		k.differ[n] = (1 - p.walks) * math.Exp(-float64(n)/float64(p.places)/(hammingLength*scale))
	}
	return k
}

func (k kernel) covariance(f, g *features) float64 {
	c := 0.0
	if k.walks < 1 {
		c += k.differ[f.hamming(g)]
	}
	if k.walks > 0 {
		c += k.walks * math.Exp(-f.walkDistance(g)/(k.length*k.scale))
	}
	return c
}
