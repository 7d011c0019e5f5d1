package zerocost

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"gonum.org/v1/gonum/mat"
)

// NewNASWOT scores by log |det K|, where K(i, j) is how many of the network's ReLUs are on for both image i and image j of a
// batch, or off for both (Mellor et al. 2021, arXiv 2006.04647): it is the larger, the better the ReLUs tell the images
// apart. Every pixel and channel of a ReLU's output is one of its own. Batch normalisation goes by the batch, as in the
// authors' code; a ReLU that several layers read counts once, where theirs has one for each of them.
//
// The images are float32 and lie channel by channel, one behind the other (N×C×H×W), normalised as for training, a
// dataset.Stream's batch for instance. They are at least two and no two are equal, since no network could tell them apart.
// The authors take 128; time and memory grow with their number.
//
// Where the network gives images the same code, or fewer ReLUs than images leave the codes dependent, K is singular and the
// logarithm −∞. The score is then that of the pseudo-determinant, the product of the eigenvalues that are not zero: a
// direction in which images cannot be told apart adds nothing. K has integers in it, so that the score is never below 0, which
// is that of a network without ReLUs.
//
// An error wraps evaluator.ErrNotFinite where what comes out of a ReLU is beyond float32, of which NaN is neither on nor off.
func NewNASWOT(c Config, images []float32) (*Scorer, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("NASWOT: %w", err)
	}
	size := c.Input.Channels * c.Input.Height * c.Input.Width
	if err := checkImages(images, size); err != nil {
		return nil, fmt.Errorf("NASWOT: %w", err)
	}
	images, batch := slices.Clone(images), len(images)/size
	return newScorer(c, c.Design, batch, func(net *network.Network) (float64, error) {
		relus, err := net.ReLUs(images, network.Trial)
		if err != nil {
			return 0, err
		}
		if !finite(relus) {
			return 0, fmt.Errorf("NASWOT of %s: %w: values beyond float32", net.Plan().Arch(), evaluator.ErrNotFinite)
		}
		score, err := logDeterminant(agreements(codes(relus, batch)))
		if err != nil {
			return 0, fmt.Errorf("NASWOT of %s: %w", net.Plan().Arch(), err)
		}
		return score, nil
	}), nil
}

func checkImages(images []float32, size int) error {
	if len(images)%size != 0 || len(images) < 2*size {
		return fmt.Errorf("%w: %d values are not two images of %d or more", network.ErrShape, len(images), size)
	}
	for i, v := range images {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("image %d has a pixel of %v", i/size, v)
		}
	}
	all := slices.Collect(slices.Chunk(images, size))
	for i := range all {
		for j := range i {
			if slices.Equal(all[i], all[j]) {
				return fmt.Errorf("images %d and %d are equal", j, i)
			}
		}
	}
	return nil
}

func finite(relus [][]float32) bool {
	for _, values := range relus {
		for _, v := range values {
			if !(math.Abs(float64(v)) <= math.MaxFloat32) {
				return false
			}
		}
	}
	return true
}

// codes has for each image a bit for each unit, which says whether the ReLU is on, and the number of units.
func codes(relus [][]float32, images int) (codes [][]uint64, units int) {
	for _, values := range relus {
		units += len(values) / images
	}
	for i := range images {
		code, at := make([]uint64, (units+63)/64), 0
		for _, values := range relus {
			size := len(values) / images
			for _, v := range values[i*size : (i+1)*size] {
				on := uint64(0)
				if v > 0 {
					on = 1
				}
				code[at/64] |= on << (at % 64)
				at++
			}
		}
		codes = append(codes, code)
	}
	return codes, units
}

// agreements is K.
func agreements(codes [][]uint64, units int) *mat.SymDense {
	k := mat.NewSymDense(len(codes), nil)
	for i, a := range codes {
		for j, b := range codes[:i+1] {
			differing := 0
			for w := range a {
				differing += bits.OnesCount64(a[w] ^ b[w])
			}
			k.SetSym(i, j, float64(units-differing))
		}
	}
	return k
}

// logDeterminant is the logarithm of the product of K's eigenvalues that are not zero. None is negative: K is the sum of
// the products of the codes and of their complements with themselves.
func logDeterminant(k mat.Symmetric) (float64, error) {
	const zero = 1e-12 // of the largest: below it is rounding
	var e mat.EigenSym
	if !e.Factorize(k, false) {
		return 0, errors.New("the eigenvalues of the codes' agreements are not found")
	}
	sum, values := 0.0, e.Values(nil)
	for _, v := range values {
		if v > zero*values[len(values)-1] {
			sum += math.Log(v)
		}
	}
	return sum, nil
}
