package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// Linear is y = x·wᵀ + b, and max(0, ·) of it where ReLU is set. W is out × in.
type Linear struct {
	In, Out int
	ReLU    bool
	W, B    int // offsets in the flat parameters
}

// Add places the layer's weight and bias, called name.weight and name.bias, into the layout.
func (l *Linear) Add(layout *Layout, name string) {
	bound := LinearBound(l.In)
	l.W = layout.Matrix(name+".weight", l.Out, l.In, bound)
	l.B = layout.Vector(name+".bias", l.Out, bound)
}

// Weight returns the layer's matrix in flat parameters or gradients.
func (l *Linear) Weight(flat []float32) []float32 { return flat[l.W : l.W+l.Out*l.In] }

// Bias returns the layer's bias in flat parameters or gradients.
func (l *Linear) Bias(flat []float32) []float32 { return flat[l.B : l.B+l.Out] }

// Transposed returns wᵀ (in × out), the form that Forward multiplies by.
func (l *Linear) Transposed(params []float32, arena *Arena) []float32 {
	t := arena.Take(l.In * l.Out)
	f32.Transpose(l.Out, l.In, l.Weight(params), l.In, t, l.Out)
	return t
}

// Forward writes y (m × Out) for x (m × In, row stride ldx); wt is the transposed weight.
func (l *Linear) Forward(m int, x []float32, ldx int, wt, bias, y []float32) {
	f32.Gemm(false, false, m, l.Out, l.In, 1, x, ldx, wt, l.Out, 0, y, l.Out)
	if l.ReLU {
		f32.AddBiasReLU(m, l.Out, y, l.Out, bias)
		return
	}
	f32.AddBias(m, l.Out, y, l.Out, bias)
}

// Backward takes dy (m × Out), the gradient of a scalar in y, masks it in place where ReLU cut y off, adds the
// gradients of weight and bias to grads, and writes the gradient in x to dx (m × In, row stride lddx), or adds it there
// where addDX is set; a nil dx is not computed.
func (l *Linear) Backward(m int, x []float32, ldx int, y, dy, params, grads, dx []float32, lddx int, addDX bool) {
	if l.ReLU {
		f32.ReLUGrad(dy, dy, y)
	}
	f32.Gemm(true, false, l.Out, l.In, m, 1, dy, l.Out, x, ldx, 1, l.Weight(grads), l.In)
	f32.SumRows(m, l.Out, dy, l.Out, l.Bias(grads))
	if dx == nil {
		return
	}
	var beta float32
	if addDX {
		beta = 1
	}
	f32.Gemm(false, false, m, l.In, l.Out, 1, dy, l.Out, l.Weight(params), l.In, beta, dx, lddx)
}
