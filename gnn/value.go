package gnn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// newValue returns a zero Gorgonia value.
func newValue(shape tensor.Shape) G.Value {
	if len(shape) == 0 {
		return G.NewF32(0)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
}

// operands returns a result and its inputs as row-major slices. It returns an error if the result
// cannot be written to, because it is also an input or has another shape; Gorgonia then allocates a
// new one.
func operands(result G.Value, shape tensor.Shape, inputs []G.Value) (out []float32, in [][]float32, err error) {
	if out, err = writableFloats(result); err != nil {
		return nil, nil, fmt.Errorf("result: %w", err)
	}
	if !result.Shape().Eq(shape) {
		return nil, nil, fmt.Errorf("result: %w: got %v, want %v", ErrShape, result.Shape(), shape)
	}
	in = make([][]float32, len(inputs))
	for i, v := range inputs {
		if v == result {
			return nil, nil, fmt.Errorf("input %d must not also be the result", i)
		}
		if in[i], err = floatsOf(v); err != nil {
			return nil, nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	return out, in, nil
}

// floatsOf returns a value as a row-major slice. A view that is not row-major is copied. A scalar
// is copied to a slice of length one.
func floatsOf(v G.Value) ([]float32, error) {
	switch v := v.(type) {
	case *G.F32:
		return []float32{float32(*v)}, nil
	case *tensor.Dense:
		if v.RequiresIterator() {
			v = v.Materialize().(*tensor.Dense)
		}
		if v.Dtype() == tensor.Float32 {
			return v.Float32s(), nil
		}
	}
	return nil, fmt.Errorf("the value must be float32, got type %T", v)
}

// writableFloats is floatsOf for a value to write to. It returns an error for a view that would be
// copied. The slice of a scalar must be copied back with setScalar.
func writableFloats(v G.Value) ([]float32, error) {
	if d, ok := v.(*tensor.Dense); ok && d.RequiresIterator() {
		return nil, fmt.Errorf("the value must be row-major, got a view of shape %v that is not", d.Shape())
	}
	return floatsOf(v)
}

// setScalar copies a computed scalar back to its value. Tensors share their memory with out, so
// they need no copying.
func setScalar(v G.Value, out []float32) G.Value {
	if s, ok := v.(*G.F32); ok {
		*s = G.F32(out[0])
	}
	return v
}
