package descent

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
)

// ClipScale returns what the parts of a gradient are multiplied by for the Euclidean norm of all together to stay within a bound.
// A bound of 0 is none.
func ClipScale(bound float64, parts ...[]float32) float32 {
	if bound <= 0 {
		return 1
	}
	var square float64
	for _, g := range parts {
		square += squareOf(g)
	}
	if norm := math.Sqrt(square); norm > bound {
		return float32(bound / norm)
	}
	return 1
}

// squareOf returns the inner product of a gradient with itself, which may exceed float32 if the gradient does not.
func squareOf(g []float32) (square float64) {
	if square = float64(f32.Dot(g, g)); !math.IsInf(square, 0) {
		return square
	}
	square = 0
	for _, v := range g {
		square += float64(v) * float64(v)
	}
	return square
}
