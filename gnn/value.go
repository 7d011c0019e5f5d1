package gnn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// newValue makes a Gorgonia value of zeros.
func newValue(shape tensor.Shape) G.Value {
	if len(shape) == 0 {
		return G.NewF32(0)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
}

// operands views a result and its inputs as row-major slices. It refuses a result that cannot be written to: one that is
// also an input, or of another shape; Gorgonia then asks for a new one.
func operands(result G.Value, shape tensor.Shape, inputs []G.Value) (out []float32, in [][]float32, err error) {
	if out, err = writableFloats(result); err != nil {
		return nil, nil, fmt.Errorf("result: %w", err)
	}
	if !result.Shape().Eq(shape) {
		return nil, nil, fmt.Errorf("result: %w: %v, not %v", ErrShape, result.Shape(), shape)
	}
	in = make([][]float32, len(inputs))
	for i, v := range inputs {
		if v == result {
			return nil, nil, fmt.Errorf("input %d is also the result", i)
		}
		if in[i], err = floatsOf(v); err != nil {
			return nil, nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	return out, in, nil
}

// floatsOf views a value as a row-major slice; a view of a tensor that is not row-major is copied. A scalar is copied
// into a slice of one.
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
	return nil, fmt.Errorf("a value of type %T, not float32", v)
}

// writableFloats is floatsOf for a value that is to be written to, and so refuses a view that would be copied. A scalar's
// slice is carried back by setScalar.
func writableFloats(v G.Value) ([]float32, error) {
	if d, ok := v.(*tensor.Dense); ok && d.RequiresIterator() {
		return nil, fmt.Errorf("a view of shape %v that is not row-major", d.Shape())
	}
	return floatsOf(v)
}

// setScalar carries a computed scalar back into its value; tensors share their memory with out and need no carrying.
func setScalar(v G.Value, out []float32) G.Value {
	if s, ok := v.(*G.F32); ok {
		*s = G.F32(out[0])
	}
	return v
}
