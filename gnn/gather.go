package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Gather returns the rows of x (rows × width) with the given indexes, in order: len(index) × width.
// For example, Gather(h, from) reads the states of the edges' source nodes.
func Gather(x *G.Node, index []int) (*G.Node, error) {
	return Apply(&gather{index: index}, x)
}

// ScatterSum returns n rows, where row i is the sum of those rows r of x (len(index) × width) for
// which index[r] is i. For example, ScatterSum(messages, to, nodes) sums the messages that reach
// each node, and ScatterSum(h, batch.Owner, batch.Len()) sums the nodes of each graph of a [Batch].
func ScatterSum(x *G.Node, index []int, n int) (*G.Node, error) {
	return Apply(&scatterSum{index: index, n: n}, x)
}

type gather struct {
	index       []int
	rows, width int
}

func (g *gather) Name() string { return "gather" }

func (g *gather) Shape(s []tensor.Shape) (tensor.Shape, error) {
	x := s[0]
	if len(x) != 2 {
		return nil, fmt.Errorf("%w: x must be a matrix, got shape %v", ErrShape, x)
	}
	if err := checkIndex(g.index, x[0]); err != nil {
		return nil, err
	}
	g.rows, g.width = x[0], x[1]
	return tensor.Shape{len(g.index), g.width}, nil
}

func (g *gather) Forward(out []float32, in [][]float32) error {
	copyRows(out, in[0], g.index, g.width)
	return nil
}

func (g *gather) Backward(din, _ [][]float32, _, dout []float32) error {
	addRows(din[0], dout, g.index, g.width)
	return nil
}

type scatterSum struct {
	index    []int
	n, width int
}

func (s *scatterSum) Name() string { return "scatter-sum" }

func (s *scatterSum) Shape(shapes []tensor.Shape) (tensor.Shape, error) {
	x := shapes[0]
	if len(x) != 2 || x[0] != len(s.index) || s.n < 1 {
		return nil, fmt.Errorf("%w: x must be a matrix with a row for each index, got shape %v, %d indexes and %d rows", ErrShape, x, len(s.index), s.n)
	}
	if err := checkIndex(s.index, s.n); err != nil {
		return nil, err
	}
	s.width = x[1]
	return tensor.Shape{s.n, s.width}, nil
}

func (s *scatterSum) Forward(out []float32, in [][]float32) error {
	addRows(out, in[0], s.index, s.width)
	return nil
}

func (s *scatterSum) Backward(din, _ [][]float32, _, dout []float32) error {
	copyRows(din[0], dout, s.index, s.width)
	return nil
}

func checkIndex(index []int, rows int) error {
	for i, row := range index {
		if row < 0 || row >= rows {
			return fmt.Errorf("%w: index %d must be at least 0 and below %d, got %d", ErrShape, i, rows, row)
		}
	}
	if len(index) == 0 {
		return fmt.Errorf("%w: index must not be empty", ErrShape)
	}
	return nil
}

// copyRows computes dst[i] = src[index[i]].
func copyRows(dst, src []float32, index []int, width int) {
	for i, row := range index {
		copy(dst[i*width:(i+1)*width], src[row*width:])
	}
}

// addRows computes dst[i] = Σ src[r] over the r with index[r] = i.
func addRows(dst, src []float32, index []int, width int) {
	clear(dst)
	for i, row := range index {
		f32.Axpy(1, src[i*width:(i+1)*width], dst[row*width:(row+1)*width])
	}
}
