package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// GRUWeights are the parameters of a GRU cell with input width I and state width H. The three gates
// are stacked in the order reset, update, new: Input is 3H × I, State is 3H × H, and the biases
// have 3H elements each.
type GRUWeights struct {
	Input, State         *G.Node
	InputBias, StateBias *G.Node
}

// GRUCell returns the next states (rows × H) for inputs x (rows × I) and states h (rows × H):
//
//	r = σ(W_r x + b_r + U_r h + c_r)      z likewise
//	n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))
//	h′ = (1−z) ⊙ n + z ⊙ h
//
// (Cho et al. 2014, arXiv 1406.1078, with the state's bias of the new gate inside the product with
// the reset gate.)
func GRUCell(x, h *G.Node, w GRUWeights) (*G.Node, error) {
	return Apply(&gru{}, x, h, w.Input, w.State, w.InputBias, w.StateBias)
}

type gru struct {
	rows, in, hidden int
	gi, gh, q        []float32 // gates of the input (then reset, update, new), gates of the state, and U_n·h + c_n
	dgi, dgh         []float32
}

func (g *gru) Name() string { return "GRU cell" }

func (g *gru) Shape(s []tensor.Shape) (tensor.Shape, error) {
	x, h := s[0], s[1]
	if len(x) != 2 || len(h) != 2 || x[0] != h[0] {
		return nil, fmt.Errorf("%w: x and h must be rows×in and rows×hidden, got %v and %v", ErrShape, x, h)
	}
	g.rows, g.in, g.hidden = x[0], x[1], h[1]
	want := []tensor.Shape{{3 * g.hidden, g.in}, {3 * g.hidden, g.hidden}, {3 * g.hidden}, {3 * g.hidden}}
	for i, shape := range want {
		if !shape.Eq(s[i+2]) {
			return nil, fmt.Errorf("%w: weight %d must have shape %v, got %v", ErrShape, i, shape, s[i+2])
		}
	}
	gates := g.rows * 3 * g.hidden
	g.gi, g.gh, g.dgi, g.dgh = make([]float32, gates), make([]float32, gates), make([]float32, gates), make([]float32, gates)
	g.q = make([]float32, g.rows*g.hidden)
	return tensor.Shape{g.rows, g.hidden}, nil
}

func (g *gru) Forward(out []float32, in [][]float32) error {
	x, h, wi, wh, bi, bh := in[0], in[1], in[2], in[3], in[4], in[5]
	gates := 3 * g.hidden
	f32.Gemm(false, true, g.rows, gates, g.in, 1, x, g.in, wi, g.in, 0, g.gi, gates)
	f32.Gemm(false, true, g.rows, gates, g.hidden, 1, h, g.hidden, wh, g.hidden, 0, g.gh, gates)
	f32.GRU(g.rows, g.hidden, g.gi, g.gh, gates, bi, bh, h, out, g.gi, g.q)
	return nil
}

func (g *gru) Backward(din, in [][]float32, _, dout []float32) error {
	x, h, wi, wh := in[0], in[1], in[2], in[3]
	dx, dh, dwi, dwh, dbi, dbh := din[0], din[1], din[2], din[3], din[4], din[5]
	gates := 3 * g.hidden
	f32.GRUGrad(g.rows, g.hidden, dout, h, g.gi, g.q, g.dgi, g.dgh, gates, dh)
	f32.Gemm(false, false, g.rows, g.in, gates, 1, g.dgi, gates, wi, g.in, 0, dx, g.in)
	f32.Gemm(false, false, g.rows, g.hidden, gates, 1, g.dgh, gates, wh, g.hidden, 1, dh, g.hidden)
	f32.Gemm(true, false, gates, g.in, g.rows, 1, g.dgi, gates, x, g.in, 0, dwi, g.in)
	f32.Gemm(true, false, gates, g.hidden, g.rows, 1, g.dgh, gates, h, g.hidden, 0, dwh, g.hidden)
	clear(dbi)
	clear(dbh)
	f32.SumRows(g.rows, gates, g.dgi, gates, dbi)
	f32.SumRows(g.rows, gates, g.dgh, gates, dbh)
	return nil
}
