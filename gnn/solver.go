package gnn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// solverPiece is the number of values that one processor updates at a time.
const solverPiece = 1 << 14

// setting is a setting of a solver, which must be at least low and below high.
type setting struct {
	name             string
	value, low, high float64
}

// checkSettings returns an error if a setting is invalid.
func checkSettings(settings ...setting) error {
	for _, s := range settings {
		if !(s.value >= s.low && s.value < s.high) {
			return fmt.Errorf("%s must be at least %v and below %v, got %v", s.name, s.low, s.high, s.value)
		}
	}
	return nil
}

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
