package descent

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
)

// ClipScale returns the factor that limits the Euclidean norm of all parts of a gradient together
// to a bound. A bound of 0 means no limit.
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

// squareOf returns the sum of squares of a gradient, which may overflow float32 even if the
// gradient does not.
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
