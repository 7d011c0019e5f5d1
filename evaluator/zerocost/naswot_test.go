package zerocost_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/zerocost"
	"github.com/graphpnas/graphpnas/searchspace"
)

// signs returns a design whose ReLUs read the pixels multiplied by a weight. Two images agree in a pixel if it has the same sign in
// both, for any weight.
func signs(channels int) network.Design {
	return network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.ReLU(b.Conv("conv", b.Images(), channels, network.Kernel{Size: 1}))
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
}

func inPixels(pixels int) network.Input {
	return network.Input{Channels: 1, Height: 1, Width: pixels, Classes: 2}
}

func TestNASWOTByHand(t *testing.T) {
	score := func(channels int, images ...float32) float64 {
		return value(t, mustNASWOT(t, zerocost.Config{Design: signs(channels), Input: inPixels(4)}, images), searchspace.Arch{})
	}
	first, second, third := []float32{1, 2, -3, -1}, []float32{5, -1, -1, 2}, []float32{-1, -1, -2, 1}
	// The first and the second image agree in 2 of 4 pixels, the first and the third in 1, the second and the third in 3.
	const determinant = 4*(4*4-3*3) - 2*(2*4-3*1) + 1*(2*3-4*1)
	assert.InDelta(t, math.Log(determinant), score(1, slices.Concat(first, second, third)...), 1e-12)
	assert.InDelta(t, math.Log(5*5*5*determinant), score(5, slices.Concat(first, second, third)...), 1e-12)

	alike := []float32{5, 1, -7, -1} // different pixels, but the same code as the first image: the eigenvalues are 8 and 0
	assert.InDelta(t, math.Log(8), score(1, slices.Concat(first, alike)...), 1e-12)
	// The nonzero eigenvalues of K, 4 4 2 | 4 4 2 | 2 2 4, are 6 ± √12.
	assert.InDelta(t, math.Log(24), score(1, slices.Concat(first, alike, second)...), 1e-12)

	none := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		return b.Linear("head", b.GlobalAvgPool(b.Images()), b.Classes()), nil
	})
	c := zerocost.Config{Design: none, Input: inPixels(4)}
	assert.Zero(t, value(t, mustNASWOT(t, c, slices.Concat(first, second)), searchspace.Arch{}), "without ReLUs")
}

// TestNASWOTOfAnyCodes compares the score with gonum's determinant of a matrix that is counted pixel by pixel, in any order of the
// images.
func TestNASWOTOfAnyCodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, pixels := rapid.IntRange(2, 6).Draw(t, "images"), rapid.IntRange(1, 80).Draw(t, "pixels")
		order := rapid.Permutation(indices(n)).Draw(t, "order")
		images := make([][]float32, n)
		for i := range images {
			for range pixels {
				sign := float32(1 - 2*rapid.IntRange(0, 1).Draw(t, "sign"))
				images[i] = append(images[i], sign*float32(1+i)) // makes all images different
			}
		}
		k := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				for p := range pixels {
					if (images[i][p] > 0) == (images[j][p] > 0) {
						k.Set(i, j, k.At(i, j)+3)
					}
				}
			}
		}
		c := zerocost.Config{Design: signs(3), Input: inPixels(pixels)}
		score := value(t, mustNASWOT(t, c, slices.Concat(images...)), searchspace.Arch{})
		if want, _ := mat.LogDet(k); want > -1 { // otherwise singular, up to rounding
			assert.InDelta(t, want, score, 1e-6)
		}
		assert.Greater(t, score, -1e-9)
		permuted := make([][]float32, n)
		for i, from := range order {
			permuted[i] = images[from]
		}
		assert.InDelta(t, score, value(t, mustNASWOT(t, c, slices.Concat(permuted...)), searchspace.Arch{}), 1e-9)
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestNASWOTRejectsImages(t *testing.T) {
	nan := float32(math.NaN())
	for what, images := range map[string][]float32{
		"got 0 values":               nil,
		"got 4 values":               {1, 2, 3, 4},
		"got 9 values":               {1, 2, 3, 4, 5, 6, 7, 8, 9},
		"images 0 and 2 are":         {1, 2, 3, 4, 4, 3, 2, 1, 1, 2, 3, 4},
		"image 1 has a pixel of NaN": {1, 2, 3, 4, 1, 2, nan, 4},
	} {
		_, err := zerocost.NewNASWOT(zerocost.Config{Design: signs(1), Input: inPixels(4)}, images)
		assert.ErrorContains(t, err, what)
	}
}

// TestNASWOTBeyondFloat32 checks that NaN, the sum of infinities of opposite signs, is an error.
func TestNASWOTBeyondFloat32(t *testing.T) {
	for name, layers := range map[string]func(b *network.Builder, x network.Value) network.Value{
		"infinite": func(b *network.Builder, x network.Value) network.Value { return b.ReLU(b.Sum(x, x)) },
		"NaN": func(b *network.Builder, x network.Value) network.Value {
			return b.ReLU(b.Conv("b", b.Conv("a", b.Sum(x, x), 9, network.Kernel{Size: 1}), 9, network.Kernel{Size: 1}))
		},
	} {
		design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			return b.Linear("head", b.GlobalAvgPool(layers(b, b.Images())), b.Classes()), nil
		})
		s := mustNASWOT(t, zerocost.Config{Design: design, Input: inPixels(2)}, []float32{3e38, 3e38, 3e38, -3e38})
		a := parse(t, mixed)
		_, err := s.Evaluate(t.Context(), a)
		require.ErrorIs(t, err, evaluator.ErrNotFinite, name)
		assert.ErrorContains(t, err, a.String(), name)
	}
}
