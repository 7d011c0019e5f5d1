package bayes

import (
	"math"
	"slices"
)

// prior is the covariance before anything is seen, up to the scale of its lengths.
type prior struct {
	walks  float64 // the share of the second term
	places int     // by whose number the distance of the first term is divided
	fields bool    // the space has fields
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
func newPrior(walks float64, e *encoder, known []features) prior {
	p := prior{walks: walks, places: e.labels + e.ordered, fields: e.hasFields(), length: 1}
	if p.fields && len(known) > 1 {
		p.places = max(1, varying(known))
	}
	var distances []float64
	for i := range known {
		for j := range i {
			distances = append(distances, known[i].walkDistance(&known[j]))
		}
	}
	slices.Sort(distances)
	if n := len(distances); n > 0 {
		p.length = max(1, distances[n/2])
	}
	return p
}

// varying returns the number of places in which not all architectures are alike. In spaces with fields most pairs of nodes may
// be given, as in a chain.
func varying(known []features) (n int) {
	for i, l := range known[0].labels {
		if slices.ContainsFunc(known, func(f features) bool { return f.labels[i] != l }) {
			n++
		}
	}
	for i, x := range known[0].ordered {
		if slices.ContainsFunc(known, func(f features) bool { return f.ordered[i] != x }) {
			n++
		}
	}
	return n
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
	differ []float64 // the first term by the number of places that differ; nil if the space has fields
}

func (p prior) at(scale float64) kernel {
	k := kernel{prior: p, scale: scale}
	if !p.fields {
		k.differ = make([]float64, p.places+1)
		for n := range k.differ {
			k.differ[n] = k.decay(float64(n))
		}
	}
	return k
}

// decay returns the first term of architectures at a distance.
func (k *kernel) decay(distance float64) float64 {
	return (1 - k.walks) * math.Exp(-distance/float64(k.places)/(hammingLength*k.scale))
}

func (k *kernel) covariance(f, g *features) float64 {
	c := 0.0
	if k.walks < 1 {
		if differ := f.hamming(g); k.fields {
			c += k.decay(float64(differ) + f.steps(g))
		} else {
			c += k.differ[differ]
		}
	}
	if k.walks > 0 {
		c += k.walks * math.Exp(-f.walkDistance(g)/(k.length*k.scale))
	}
	return c
}
