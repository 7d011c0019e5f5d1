package network_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// classified returns a design of the given layers followed by a classifier.
func classified(layers func(b *network.Builder, x network.Value) network.Value) network.Design {
	return network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		return b.Linear("head", b.GlobalAvgPool(layers(b, b.Images())), b.Classes()), nil
	})
}

// TestMemoryIsAnUpperBound checks that training uses at most the memory that the plan counts, and at least half of it.
func TestMemoryIsAnUpperBound(t *testing.T) {
	in := network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}
	nb201 := plan(t, network.NASBench201{Channels: 16, Cells: 2}, parse(t, searchspace.NASBench201{}, cells[0]), in)
	small := plan(t, network.NASBench201{Channels: 2, Cells: 1}, parse(t, searchspace.NASBench201{}, cells[1]), tiny)
	large := plan(t, classified(func(b *network.Builder, x network.Value) network.Value {
		return b.Conv("large", x, 4000, network.Kernel{Size: 15})
	}), searchspace.Arch{}, tiny)
	shared, err := network.Share(small, large)
	require.NoError(t, err)
	within, err := small.Within(shared)
	require.NoError(t, err)
	single := network.Input{Channels: 1, Height: 1, Width: 1, Classes: 2}
	tests := map[string]struct {
		plan  *network.Plan
		batch int
	}{
		"values":                       {nb201, 16},
		"values, some pieces":          {nb201, 5},
		"parameters":                   {plan(t, network.ENASMacro{Channels: 64}, spaces(t)[0].arch, tiny), 8},
		"the layout that it shares":    {within, 8},
		"padded images":                {plan(t, classified(paddedLayers), searchspace.Arch{}, in), 8},
		"an image's rows":              {plan(t, classified(pooledLayers), searchspace.Arch{}, network.Input{Channels: 3, Height: 1, Width: 999, Classes: 2}), 8},
		"normalization":                {plan(t, classified(normLayers), searchspace.Arch{}, single), 8},
		"normalization of one channel": {plan(t, classified(normLayers), searchspace.Arch{}, single), 1},
	}
	for name, test := range tests {
		space, p := &network.Workspace{}, test.plan
		n := build(t, p, network.Options{Batch: test.batch, Workspace: space})
		for range 2 {
			_, err := n.Gradient(batchOf(rand.New(rand.NewPCG(9, 9)), p.Input(), test.batch), 0)
			require.NoError(t, err)
		}
		took := space.Bytes() + 4*int64(len(n.Weights().Params)+len(n.Weights().Statistics))
		assert.LessOrEqual(t, took, p.Memory(test.batch), name)
		assert.Greater(t, 2*took, p.Memory(test.batch), name)
	}
	for _, s := range spaces(t) {
		p, space := plan(t, s.design, s.arch, tiny), &network.Workspace{}
		n := build(t, p, network.Options{Workspace: space})
		_, err := n.Gradient(batchOf(rand.New(rand.NewPCG(9, 9)), tiny, 11), 0)
		require.NoError(t, err)
		assert.LessOrEqual(t, space.Bytes()+4*int64(len(n.Weights().Params)+len(n.Weights().Statistics)), p.Memory(11), "%+v", s.design)
	}
	assert.Equal(t, int64(1<<62), nb201.Memory(math.MaxInt), "no overflow")
}

// paddedLayers adds layers that need more scratch memory than their output.
func paddedLayers(b *network.Builder, x network.Value) network.Value {
	x = b.Depthwise("depthwise", x, network.Kernel{Size: 15, Dilation: 4})
	return b.Conv("conv", x, 2, network.Kernel{Size: 15, Dilation: 4})
}

func pooledLayers(b *network.Builder, x network.Value) network.Value {
	return b.AvgPool(x, 2*x.Width()+1, 1)
}

// normLayers adds many normalizations of a single value.
func normLayers(b *network.Builder, x network.Value) network.Value {
	for i := range 9 {
		x = b.In("layer%d", i).BatchNorm("norm", x)
	}
	return x
}
