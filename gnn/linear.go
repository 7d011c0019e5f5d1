package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Linear returns x·wᵀ + b (rows × out) for x (rows × in), w (out × in) and b (out).
func Linear(x, w, b *G.Node) (*G.Node, error) {
	return Apply(&linear{}, x, w, b)
}

// MLP returns the result of a stack of linear layers with max(0, ·) after each except the last.
// weights[i] is the out × in matrix of layer i, and biases[i] is its bias.
func MLP(x *G.Node, weights, biases []*G.Node) (*G.Node, error) {
	if len(weights) == 0 || len(weights) != len(biases) {
		return nil, fmt.Errorf("MLP: %w: there must be a weight and a bias for each layer, got %d weights and %d biases", ErrShape, len(weights), len(biases))
	}
	for i := range weights {
		var err error
		if i > 0 {
			if x, err = G.Rectify(x); err != nil {
				return nil, fmt.Errorf("MLP: layer %d: %w", i, err)
			}
		}
		if x, err = Linear(x, weights[i], biases[i]); err != nil {
			return nil, fmt.Errorf("MLP: layer %d: %w", i, err)
		}
	}
	return x, nil
}

type linear struct{ rows, in, out int }

func (l *linear) Name() string { return "linear" }

func (l *linear) Shape(s []tensor.Shape) (tensor.Shape, error) {
	x, w, b := s[0], s[1], s[2]
	if len(x) != 2 || len(w) != 2 || len(b) != 1 || x[1] != w[1] || w[0] != b[0] {
		return nil, fmt.Errorf("%w: x, w and b must be rows×in, out×in and out, got %v, %v and %v", ErrShape, x, w, b)
	}
	l.rows, l.in, l.out = x[0], w[1], w[0]
	return tensor.Shape{l.rows, l.out}, nil
}

func (l *linear) Forward(out []float32, in [][]float32) error {
	x, w, b := in[0], in[1], in[2]
	f32.Gemm(false, true, l.rows, l.out, l.in, 1, x, l.in, w, l.in, 0, out, l.out)
	f32.AddBias(l.rows, l.out, out, l.out, b)
	return nil
}

func (l *linear) Backward(din, in [][]float32, _, dout []float32) error {
	x, w := in[0], in[1]
	f32.Gemm(false, false, l.rows, l.in, l.out, 1, dout, l.out, w, l.in, 0, din[0], l.in)
	f32.Gemm(true, false, l.out, l.in, l.rows, 1, dout, l.out, x, l.in, 0, din[1], l.in)
	clear(din[2])
	f32.SumRows(l.rows, l.out, dout, l.out, din[2])
	return nil
}
