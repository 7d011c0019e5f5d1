package gnn_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// layerCase is a layer with inputs, and the formula that it implements.
type layerCase struct {
	shapes  []tensor.Shape
	apply   func(in G.Nodes) (*G.Node, error)
	formula func(f *formula, in [][]float64) []float64
	margin  float64 // minimum distance of inputs from a kink; 0 means 1e-4
}

// formula computes in float64 and records how close a ReLU came to its kink, where derivatives
// cannot be compared.
type formula struct{ margin float64 }

func (f *formula) relu(x float64) float64 {
	f.margin = min(f.margin, math.Abs(x))
	return max(x, 0)
}

// at evaluates the formula at the given inputs.
func (c layerCase) at(in [][]float64) (out []float64, margin float64) {
	f := &formula{margin: math.Inf(1)}
	out = c.formula(f, in)
	return out, f.margin
}

// inputs draws values away from every kink.
func (c layerCase) inputs(t require.TestingT, rng *rand.Rand) [][]float64 {
	in := make([][]float64, len(c.shapes))
	least := c.margin
	if least == 0 {
		least = 1e-4
	}
	for range 1000 {
		for i, s := range c.shapes {
			in[i] = randomValues(rng, s.TotalSize())
		}
		if _, margin := c.at(in); margin > least {
			return in
		}
	}
	require.Fail(t, "no inputs away from the kinks")
	return nil
}

// randomValues returns float32 numbers in ±1.
func randomValues(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(float32(2*rng.Float64() - 1))
	}
	return x
}

// check compares the layer with its formula, and the gradient of a random linear functional of the
// result with the formula's central differences, for every input. It does so twice, with different
// inputs to the same machine.
func (c layerCase) check(t *rapid.T) {
	c.checkWith(t, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
}

func (c layerCase) checkWith(t require.TestingT, rng *rand.Rand) {
	in := c.inputs(t, rng)
	want, _ := c.at(in)
	functional := randomValues(rng, len(want))
	r := c.compile(t, in, functional)
	defer r.vm.Close()
	for run := range 2 {
		require.NoError(t, r.vm.RunAll())
		requireClose(t, want, floats(t, *r.out), "result of run %d", run)
		for i, grad := range r.grads {
			requireClose(t, c.differences(in, i, functional), floats(t, *grad), "gradient of input %d in run %d", i, run)
		}
		in = c.inputs(t, rng)
		want, _ = c.at(in)
		for i, s := range c.shapes {
			require.NoError(t, G.Let(r.in[i], value(s, in[i])))
		}
		r.vm.Reset()
	}
}

// differences returns the gradient of the functional with respect to input i.
func (c layerCase) differences(in [][]float64, i int, functional []float64) []float64 {
	const step = 1e-6
	grad := make([]float64, len(in[i]))
	for j, x := range in[i] {
		in[i][j] = x + step
		up, _ := c.at(in)
		in[i][j] = x - step
		down, _ := c.at(in)
		in[i][j] = x
		grad[j] = (dot(functional, up) - dot(functional, down)) / (2 * step)
	}
	return grad
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// requireClose compares float32 results with float64 values, relative to the largest of these.
func requireClose(t require.TestingT, want, got []float64, what string, args ...any) {
	largest := 1.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	require.InDeltaSlice(t, want, got, 1e-4*largest, append([]any{what}, args...)...)
}

// running is a layer in a machine: its result, and the gradient of a linear functional of it with
// respect to every input, which are read before the machine reuses their memory.
type running struct {
	in    G.Nodes
	out   *G.Value
	grads []*G.Value
	vm    G.VM
}

// read records the value of a node in every run.
func read(n *G.Node) *G.Value {
	v := new(G.Value)
	G.Read(n, v)
	return v
}

func (c layerCase) compile(t require.TestingT, in [][]float64, functional []float64) running {
	g := G.NewGraph()
	r := running{}
	for i, s := range c.shapes {
		r.in = append(r.in, node(g, s, in[i]))
	}
	out, err := c.apply(r.in)
	require.NoError(t, err)
	require.Equal(t, len(functional), out.Shape().TotalSize())
	product, err := G.HadamardProd(out, node(g, out.Shape(), functional))
	require.NoError(t, err)
	cost, err := G.Sum(product)
	require.NoError(t, err)
	grads, err := G.Grad(cost, r.in...)
	require.NoError(t, err)
	r.out = read(out)
	for _, n := range grads {
		r.grads = append(r.grads, read(n))
	}
	r.vm = G.NewTapeMachine(g)
	return r
}

// node adds float32 values to a graph under a unique name, because Gorgonia treats nodes with equal
// names as the same.
func node(g *G.ExprGraph, s tensor.Shape, values []float64) *G.Node {
	name := fmt.Sprintf("value %d", len(g.AllNodes()))
	return G.NodeFromAny(g, value(s, values), G.WithName(name))
}

// value returns a tensor, or a scalar if there are no dimensions.
func value(s tensor.Shape, values []float64) G.Value {
	if len(s) == 0 {
		return G.NewF32(float32(values[0]))
	}
	data := make([]float32, len(values))
	for i, v := range values {
		data[i] = float32(v)
	}
	return tensor.New(tensor.WithShape(s.Clone()...), tensor.WithBacking(data))
}

func floats(t require.TestingT, v G.Value) []float64 {
	switch data := v.Data().(type) {
	case float32:
		return []float64{float64(data)}
	case []float32:
		x := make([]float64, len(data))
		for i, f := range data {
			x[i] = float64(f)
		}
		return x
	}
	require.Fail(t, "no float32 value", "%T", v)
	return nil
}

func size(t *rapid.T, label string) int { return rapid.IntRange(1, 4).Draw(t, label) }

func indices(t *rapid.T, n, below int, label string) []int {
	return rapid.SliceOfN(rapid.IntRange(0, below-1), n, n).Draw(t, label)
}
