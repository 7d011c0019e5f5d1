package gnn_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/gnn"
)

// polynomial is a user's function: c·x³ for a tensor x and a scalar c or, with total set, its sum.
type polynomial struct {
	total               bool
	forwards, backwards int
}

func (p *polynomial) Name() string { return "polynomial" }

func (p *polynomial) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 2 || len(in[1]) != 0 {
		return nil, fmt.Errorf("%w: %v", gnn.ErrShape, in)
	}
	if p.total {
		return tensor.ScalarShape(), nil
	}
	return in[0], nil
}

func (p *polynomial) Forward(out []float32, in [][]float32) error {
	p.forwards++
	clear(out)
	for i, x := range in[0] {
		if p.total {
			i = 0
		}
		out[i] += in[1][0] * x * x * x
	}
	return nil
}

func (p *polynomial) Backward(din, in [][]float32, _, dout []float32) error {
	p.backwards++
	din[1][0] = 0
	for i, x := range in[0] {
		d := dout[0]
		if !p.total {
			d = dout[i]
		}
		din[0][i] = 3 * in[1][0] * x * x * d
		din[1][0] += x * x * x * d
	}
	return nil
}

func TestUserFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Bool().Draw(t, "total")
		shape := tensor.Shape(rapid.SliceOfN(rapid.IntRange(1, 4), 1, 3).Draw(t, "shape"))
		layerCase{
			shapes: []tensor.Shape{shape, {}},
			apply: func(x G.Nodes) (*G.Node, error) {
				y, err := gnn.Apply(&polynomial{total: total}, x...)
				if total {
					return G.Square(y)
				}
				return y, err
			},
			formula: func(f *formula, x [][]float64) []float64 {
				y, sum := make([]float64, len(x[0])), 0.0
				for i, v := range x[0] {
					y[i] = x[1][0] * v * v * v
					sum += y[i]
				}
				if total {
					return []float64{sum * sum}
				}
				return y
			},
		}.check(t)
	})
}

// vectorSquare is a function of one vector, whose gradient is the whole result of the backward
// pass.
type vectorSquare struct{}

func (*vectorSquare) Name() string                                  { return "vector square" }
func (*vectorSquare) Shape(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }
func (*vectorSquare) Forward(out []float32, in [][]float32) error {
	for i, x := range in[0] {
		out[i] = x * x
	}
	return nil
}
func (*vectorSquare) Backward(din, in [][]float32, _, dout []float32) error {
	for i, x := range in[0] {
		din[0][i] = 2 * x * dout[i]
	}
	return nil
}

func TestFunctionOfOneVector(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layerCase{
			shapes: []tensor.Shape{{size(t, "n")}},
			apply:  func(x G.Nodes) (*G.Node, error) { return gnn.Apply(&vectorSquare{}, x[0]) },
			formula: func(f *formula, x [][]float64) []float64 {
				y := make([]float64, len(x[0]))
				for i, v := range x[0] {
					y[i] = v * v
				}
				return y
			},
		}.check(t)
	})
}

func TestFunctionOfOneNodeTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := size(t, "n")
		layerCase{
			shapes: []tensor.Shape{{n, n}, {n}},
			apply:  func(x G.Nodes) (*G.Node, error) { return gnn.Linear(x[0], x[0], x[1]) },
			formula: func(f *formula, x [][]float64) (y []float64) {
				for r := range n {
					y = append(y, linear(x[0][r*n:(r+1)*n], x[0], x[1])...)
				}
				return y
			},
		}.check(t)
	})
}

func TestBothPassesRunOnce(t *testing.T) {
	f := &polynomial{total: true}
	g := G.NewGraph()
	x, c := node(g, tensor.Shape{3}, []float64{1, 2, 3}), node(g, tensor.Shape{}, []float64{2})
	cost, err := gnn.Apply(f, x, c)
	require.NoError(t, err)
	_, err = G.Grad(cost, x, c)
	require.NoError(t, err)
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	for run := range 3 {
		require.NoError(t, vm.RunAll())
		vm.Reset()
		assert.Equal(t, run+1, f.forwards)
		assert.Equal(t, run+1, f.backwards)
	}
}

func TestFunctionsErrorsAreSeen(t *testing.T) {
	broken := errors.New("broken")
	for name, f := range map[string]gnn.Function{
		"forward": failing{forward: broken}, "backward": failing{backward: broken},
	} {
		t.Run(name, func(t *testing.T) {
			g := G.NewGraph()
			x := node(g, tensor.Shape{}, []float64{1})
			cost, err := gnn.Apply(f, x)
			require.NoError(t, err)
			_, err = G.Grad(cost, x)
			require.NoError(t, err)
			vm := G.NewTapeMachine(g)
			defer vm.Close()
			var machine interface{ Err() error } // Gorgonia's error has no Unwrap
			require.ErrorAs(t, vm.RunAll(), &machine)
			assert.ErrorIs(t, machine.Err(), broken)
		})
	}
}

// failing is a function that returns an error.
type failing struct{ forward, backward error }

func (failing) Name() string                                                    { return "failing" }
func (failing) Shape(in []tensor.Shape) (tensor.Shape, error)                   { return in[0], nil }
func (f failing) Forward([]float32, [][]float32) error                          { return f.forward }
func (f failing) Backward([][]float32, [][]float32, []float32, []float32) error { return f.backward }

func TestApplyRejectsInvalidInputs(t *testing.T) {
	g := G.NewGraph()
	x := node(g, tensor.Shape{3}, []float64{1, 2, 3})
	float64s := G.NewVector(g, tensor.Float64, G.WithShape(3), G.WithName("double"))
	elsewhere := node(G.NewGraph(), tensor.Shape{}, []float64{1})
	for name, inputs := range map[string]G.Nodes{
		"float64": {float64s, x}, "two graphs": {x, elsewhere}, "nothing": {}, "another shape": {x, x},
	} {
		_, err := gnn.Apply(&polynomial{}, inputs...)
		assert.ErrorContains(t, err, "polynomial", name)
	}
	_, err := gnn.Apply(&polynomial{}, x, x)
	assert.ErrorIs(t, err, gnn.ErrShape)
}
