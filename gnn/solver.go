package gnn

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	G "gorgonia.org/gorgonia"
)

// solverPiece is how many values one processor updates at a time.
const solverPiece = 1 << 14

// learned views parameters and their gradients as slices.
func learned(params []G.ValueGrad) (values, grads [][]float32, err error) {
	values, grads = make([][]float32, len(params)), make([][]float32, len(params))
	for i, p := range params {
		g, err := p.Grad()
		if err != nil {
			return nil, nil, fmt.Errorf("gradient of parameter %d: %w", i, err)
		}
		if values[i], err = writableFloats(p.Value()); err != nil {
			return nil, nil, fmt.Errorf("parameter %d: %w", i, err)
		}
		if grads[i], err = writableFloats(g); err != nil {
			return nil, nil, fmt.Errorf("gradient of parameter %d: %w", i, err)
		}
		if len(values[i]) != len(grads[i]) {
			return nil, nil, fmt.Errorf("parameter %d: %w: %d values and %d gradients", i, ErrShape, len(values[i]), len(grads[i]))
		}
	}
	return values, grads, nil
}

// setScalars carries those parameters and gradients back that are single numbers.
func setScalars(params []G.ValueGrad, values, grads [][]float32) {
	for i, p := range params {
		setScalar(p.Value(), values[i])
		grad, _ := p.Grad()
		setScalar(grad, grads[i])
	}
}

// clipScale is what gradients are multiplied by for their norm to stay within a bound, which is none where it is 0.
func clipScale(grads [][]float32, bound float64) float32 {
	if bound <= 0 {
		return 1
	}
	var square float64
	for _, g := range grads {
		square += squareOf(g)
	}
	if norm := math.Sqrt(square); norm > bound {
		return float32(bound / norm)
	}
	return 1
}

// squareOf is the inner product of a gradient with itself, which may be beyond float32 where the gradient is not.
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
