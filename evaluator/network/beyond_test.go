package network_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestDistancesBeyondTheImage checks that strides, dilations and windows much larger than the image compute the same as those that
// just exceed it.
func TestDistancesBeyondTheImage(t *testing.T) {
	operations := map[string]func(b *network.Builder, x network.Value, by int) network.Value{
		"dilation": func(b *network.Builder, x network.Value, by int) network.Value {
			return b.Conv("conv", x, 2, network.Kernel{Size: 5, Dilation: by})
		},
		"depthwise dilation": func(b *network.Builder, x network.Value, by int) network.Value {
			return b.Depthwise("conv", x, network.Kernel{Size: 15, Dilation: by})
		},
		"stride": func(b *network.Builder, x network.Value, by int) network.Value {
			return b.Conv("conv", x, 2, network.Kernel{Size: 3, Stride: by})
		},
		"depthwise stride": func(b *network.Builder, x network.Value, by int) network.Value {
			return b.Depthwise("conv", x, network.Kernel{Size: 3, Stride: by})
		},
		"1×1 stride": func(b *network.Builder, x network.Value, by int) network.Value {
			return b.Conv("conv", x, 2, network.Kernel{Size: 1, Stride: by})
		},
		"max pooling size":    func(b *network.Builder, x network.Value, by int) network.Value { return b.MaxPool(x, 2*by, 1) },
		"max pooling stride":  func(b *network.Builder, x network.Value, by int) network.Value { return b.MaxPool(x, 2, by) },
		"mean":                func(b *network.Builder, x network.Value, by int) network.Value { return b.AvgPool(x, 2*by, 1) },
		"mean pooling stride": func(b *network.Builder, x network.Value, by int) network.Value { return b.AvgPool(x, 3, by) },
		"subsample first":     func(b *network.Builder, x network.Value, by int) network.Value { return b.Subsample(x, by, 0) },
		"subsample last":      func(b *network.Builder, x network.Value, by int) network.Value { return b.Subsample(x, by, by-1) },
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(operations))).Draw(t, "operation")
		side := rapid.IntRange(1, 5)
		in := network.Input{Channels: 2, Height: side.Draw(t, "height"), Width: side.Draw(t, "width"), Classes: 2}
		just := max(in.Height, in.Width) + 1
		batch := batchOf(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), in, 2)
		gradient := func(by int) (network.Report, []float32) {
			design := classified(func(b *network.Builder, x network.Value) network.Value { return operations[name](b, x, by) })
			n := build(t, plan(t, design, searchspace.Arch{}, in), network.Options{})
			report, err := n.Gradient(batch, 0)
			require.NoError(t, err)
			value, err := n.Learned()[0].Grad()
			require.NoError(t, err)
			return report, value.Data().([]float32)
		}
		want, wantGrad := gradient(just + rapid.IntRange(0, 3).Draw(t, "more"))
		got, gotGrad := gradient(rapid.SampledFrom([]int{just + 4, 1 << 20, math.MaxInt / 4, math.MaxInt / 2}).Draw(t, "distance"))
		assert.InDelta(t, want.Loss, got.Loss, 1e-5)
		assert.InDeltaSlice(t, wantGrad, gotGrad, 1e-5)
	})
}
