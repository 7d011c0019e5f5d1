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

// NewNASWOT returns the score log |det K|, where K(i, j) is the number of ReLU units that are active for both images i and j of a
// batch, or inactive for both (Mellor et al. 2021, arXiv 2006.04647). The better the ReLUs distinguish the images, the higher the
// score. Every pixel and channel of a ReLU's output is a unit. Batch normalization uses the moments of the batch, as in the
// authors' code. A ReLU that several layers read counts once; in the authors' code it counts once for each layer.
//
// images are N×C×H×W and normalized as for training, for example a batch of a dataset.Stream. There
// must be at least two, and no two may be equal. The authors use 128 images; time and memory grow
// with their number.
//
// If images have the same code, or if there are fewer units than images, K is singular and the logarithm would be
// −∞. The score is then that of the pseudo-determinant, the product of the nonzero eigenvalues, so that directions
// in which images are not distinguished contribute nothing. Since K consists of integers, the score is at least 0,
// the score of a network without ReLUs.
//
// The error of an evaluation wraps evaluator.ErrNotFinite if the output of a ReLU exceeds the range
// of float32, because NaN is neither active nor inactive.
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
			return 0, fmt.Errorf("NASWOT of %s: %w: values exceed the range of float32", net.Plan().Arch(), evaluator.ErrNotFinite)
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
		return fmt.Errorf("%w: there must be at least two images of %[3]d values each, got %[2]d values", network.ErrShape, len(images), size)
	}
	for i, v := range images {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("the pixels must be finite, but image %d has a pixel of %v", i/size, v)
		}
	}
	all := slices.Collect(slices.Chunk(images, size))
	for i := range all {
		for j := range i {
			if slices.Equal(all[i], all[j]) {
				return fmt.Errorf("no two images may be equal, but images %d and %d are", j, i)
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

// codes returns, for each image, a bit for each unit that is set if the unit is active. It also returns the number of units.
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

// agreements returns the matrix K.
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

// logDeterminant returns the logarithm of the product of K's nonzero eigenvalues. No eigenvalue is
// negative, because K is the sum of the Gram matrices of the codes and of their complements.
func logDeterminant(k mat.Symmetric) (float64, error) {
	const zero = 1e-12 // relative to the largest eigenvalue; smaller ones are rounding errors
	var e mat.EigenSym
	if !e.Factorize(k, false) {
		return 0, errors.New("the eigenvalue decomposition of K failed")
	}
	sum, values := 0.0, e.Values(nil)
	for _, v := range values {
		if v > zero*values[len(values)-1] {
			sum += math.Log(v)
		}
	}
	return sum, nil
}
