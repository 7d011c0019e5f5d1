package network_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestReLUs checks single ReLUs, ReLUs that are fused with batch normalization, and ReLUs that several layers read.
func TestReLUs(t *testing.T) {
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		raw := b.Conv("conv", b.Images(), 2, network.Kernel{Size: 1})
		x := b.ReLU(raw)
		y := b.ReLU(b.BatchNorm("norm", x))
		b.ReLU(b.Conv("dead", x, 5, network.Kernel{Size: 1}))
		return b.Linear("head", b.GlobalAvgPool(b.Sum(b.ReLU(raw), y)), b.Classes()), nil
	})
	in := network.Input{Channels: 1, Height: 1, Width: 2, Classes: 2}
	n := build(t, plan(t, design, searchspace.Arch{}, in), network.Options{Batch: 2})
	copy(n.Weights().Of("conv.weight"), []float32{1, -1})
	relus, err := n.ReLUs([]float32{3, -1, 0, 2}, network.Evaluate)
	require.NoError(t, err)
	require.Len(t, relus, 2)
	assert.Equal(t, []float32{3, 0, 0, 1, 0, 0, 2, 0}, relus[0])
	assert.InDeltaSlice(t, []float32{3, 0, 0, 1, 0, 0, 2, 0}, relus[1], 1e-4)
	relus, err = n.ReLUs([]float32{3, -1, 0, 2}, network.Trial)
	require.NoError(t, err)
	assert.Equal(t, []float32{3, 0, 0, 1, 0, 0, 2, 0}, relus[0])
	assert.InDeltaSlice(t, []float32{1.3472, 0, 0, 1.7320, 0, 0, 0.5774, 0}, relus[1], 1e-3, "means 5/4 and 1/4, variances 27/16 and 3/16")

	for _, images := range [][]float32{nil, {1}, make([]float32, 6)} {
		_, err = n.ReLUs(images, network.Trial)
		require.ErrorIs(t, err, network.ErrShape)
		_, err = n.GradientOf(images, nil)
		assert.ErrorIs(t, err, network.ErrShape)
	}
}

// TestGradientOf checks the gradient of twice the sum of the logits, and that the running statistics do not change.
func TestGradientOf(t *testing.T) {
	n := build(t, plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny), network.Options{Batch: 8})
	batch := batchOf(rand.New(rand.NewPCG(8, 8)), tiny, 8)
	before := slices.Clone(n.Weights().Statistics)
	var logits []float32
	twice := func(y, dy []float32) {
		logits = slices.Clone(y)
		for i := range dy {
			dy[i] = 2
		}
	}
	double, err := n.GradientOf(batch.Images, twice)
	require.NoError(t, err)
	assert.Equal(t, before, n.Weights().Statistics)
	double = slices.Clone(double)
	want, err := n.Forward(batch.Images, network.Trial)
	require.NoError(t, err)
	assert.Equal(t, want, logits)

	sum := func() (s float64) {
		y, err := n.Forward(batch.Images, network.Trial)
		require.NoError(t, err)
		for _, v := range y {
			s += float64(v)
		}
		return s
	}
	// The logits are linear in the classifier's weights.
	head, slope := n.Weights().Of("head.weight"), (&network.Weights{Layout: n.Plan().Layout(), Params: double}).Of("head.weight")
	here := sum()
	for i := range head {
		was := head[i]
		head[i]++
		assert.InDelta(t, sum()-here, slope[i]/2, 1e-3)
		head[i] = was
	}
}
