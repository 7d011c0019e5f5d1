package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// Linear is y = x·w + b, followed by max(0, ·) if ReLU is set. W is in × out.
type Linear struct {
	In, Out int
	ReLU    bool
	Sparse  bool // whether about half of the inputs are zero, as after a ReLU; this only affects speed
	W, B    int  // offsets in the flat parameters
}

// Add adds the layer's weight and bias to the layout as name.weight and name.bias.
func (l *Linear) Add(layout *Layout, name string) { l.AddWithin(layout, name, LinearBound(l.In)) }

// AddWithin is Add with initial weights and biases that are uniform in ±bound.
func (l *Linear) AddWithin(layout *Layout, name string, bound float64) {
	l.W = layout.Matrix(name+".weight", l.In, l.Out, bound)
	l.B = layout.Vector(name+".bias", l.Out, bound)
}

// Weight returns the layer's matrix in flat parameters or gradients.
func (l *Linear) Weight(flat []float32) []float32 { return flat[l.W : l.W+l.Out*l.In] }

// Bias returns the layer's bias in flat parameters or gradients.
func (l *Linear) Bias(flat []float32) []float32 { return flat[l.B : l.B+l.Out] }

// Transposed returns wᵀ (out × in), by which Backward multiplies. It is valid for one value of the
// parameters. Concurrent passes may share it.
func (l *Linear) Transposed(params []float32, arena *Arena) []float32 {
	t := arena.Take(l.In * l.Out)
	f32.Transpose(l.In, l.Out, l.Weight(params), l.Out, t, l.In)
	return t
}

// Pack prepares the layer's matrix for [f32.EdgeGemm] with about the given number of rows. It is
// valid for one value of the parameters, until the arena is reset or released.
func (l *Linear) Pack(rows int, params []float32, arena *Arena) f32.Panels {
	return f32.Pack(l.In, l.Out, l.Weight(params), l.Out, arena.Take(f32.PanelSpace(rows, l.In, l.Out)))
}

// Forward computes y (m × Out) for x (m × In, row stride ldx).
func (l *Linear) Forward(m int, x []float32, ldx int, params, y []float32) {
	f32.Gemm(false, false, m, l.Out, l.In, 1, x, ldx, l.Weight(params), l.Out, 0, y, l.Out)
	l.Activate(m, params, y)
}

// Activate adds the bias to y (m × Out), the product with the layer's matrix, and applies the ReLU
// if there is one.
func (l *Linear) Activate(m int, params, y []float32) {
	if l.ReLU {
		f32.AddBiasReLU(m, l.Out, y, l.Out, l.Bias(params))
		return
	}
	f32.AddBias(m, l.Out, y, l.Out, l.Bias(params))
}

// Backward computes gradients from the gradient dy (m × Out) of y. It masks dy in place if ReLU is
// set, writes the gradients of weight and bias to grads and, unless dx is nil, the gradient of x to
// dx (m × In, row stride lddx). wt is the transposed weight. y is read only if ReLU is set.
func (l *Linear) Backward(m int, x []float32, ldx int, y, dy, wt []float32, grads Gradients, dx []float32, lddx int) {
	if l.ReLU {
		f32.ReLUGrad(dy, dy, y)
	}
	if l.Sparse {
		f32.GemmSparse(m, l.In, l.Out, x, ldx, dy, l.Out, grads.Beta(), l.Weight(grads.Flat), l.Out)
	} else {
		f32.Gemm(true, false, l.In, l.Out, m, 1, x, ldx, dy, l.Out, grads.Beta(), l.Weight(grads.Flat), l.Out)
	}
	f32.SumRows(m, l.Out, dy, l.Out, grads.Sum(l.Bias(grads.Flat)))
	if dx != nil {
		f32.Gemm(false, false, m, l.In, l.Out, 1, dy, l.Out, wt, l.In, 0, dx, lddx)
	}
}
