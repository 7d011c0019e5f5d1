package gnn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// solverPiece is the number of values that one processor updates at a time.
const solverPiece = 1 << 14

// learned returns parameters and their gradients as slices.
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
			return nil, nil, fmt.Errorf("parameter %d: %w: got %d values and %d gradients", i, ErrShape, len(values[i]), len(grads[i]))
		}
	}
	return values, grads, nil
}

// setScalars copies the values of scalar parameters and gradients back.
func setScalars(params []G.ValueGrad, values, grads [][]float32) {
	for i, p := range params {
		setScalar(p.Value(), values[i])
		grad, _ := p.Grad()
		setScalar(grad, grads[i])
	}
}
