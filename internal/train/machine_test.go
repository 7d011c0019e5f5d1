package train

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The machine computes the same as Gorgonia's own, in every run, for a graph in which nodes are
// used more than once.
func TestMachineAgreesWithGorgonias(t *testing.T) {
	graph := G.NewGraph()
	rng := rand.New(rand.NewPCG(1, 1))
	values := tensor.New(tensor.WithShape(4), tensor.WithBacking(make([]float32, 4)))
	x := G.NewVector(graph, tensor.Float32, G.WithShape(4), G.WithName("x"), G.WithValue(values))
	square := G.Must(G.Square(x))
	y := G.Must(G.Add(square, G.Must(G.Tanh(G.Must(G.Add(square, x))))))
	sum := G.Must(G.Sum(y))
	grads, err := G.Grad(sum, x)
	require.NoError(t, err)
	m, err := newMachine(graph, sum, grads[0])
	require.NoError(t, err)
	own := G.NewTapeMachine(graph)
	defer func() { require.NoError(t, own.Close()) }()
	for range 3 {
		for i := range values.Float32s() {
			values.Float32s()[i] = rng.Float32()
		}
		require.NoError(t, m.RunAll())
		own.Reset()
		require.NoError(t, own.RunAll())
		assert.Equal(t, sum.Value().Data(), m.value(sum).Data())
		assert.Equal(t, grads[0].Value().Data(), m.value(grads[0]).Data())
	}
}

func TestMachineNeedsTheInputsValues(t *testing.T) {
	graph := G.NewGraph()
	x := G.NewVector(graph, tensor.Float32, G.WithShape(4), G.WithName("x"))
	_, err := newMachine(graph, G.Must(G.Square(x)))
	assert.ErrorContains(t, err, "neither a value nor an operation")
}
