package network_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkStep times a forward and a backward pass of a batch. GFLOPS counts a multiplication with its addition as two operations,
// and the backward pass as two forward passes.
func BenchmarkStep(b *testing.B) {
	three := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.Images()
		for i := range 3 {
			x = b.ReLU(b.BatchNorm(fmt.Sprint("norm", i), b.Conv(fmt.Sprint("conv", i), x, 16, network.Kernel{Size: 3})))
		}
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
	separable := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.Images()
		for i := range 3 {
			x = b.Conv(fmt.Sprint("pointwise", i), b.Depthwise(fmt.Sprint("depthwise", i), b.ReLU(x), network.Kernel{Size: 3}), 78, network.Kernel{Size: 1})
			x = b.BatchNorm(fmt.Sprint("norm", i), x)
		}
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
	cell := parse(b, searchspace.NASBench201{}, cells[0])
	for _, c := range []struct {
		name   string
		design network.Design
		arch   searchspace.Arch
		in     network.Input
		batch  int
	}{
		{"three convolutions of 16 channels", three, searchspace.Arch{}, network.Input{Channels: 16, Height: 28, Width: 28, Classes: 10}, 32},
		{"three separable ones of 78", separable, searchspace.Arch{}, network.Input{Channels: 78, Height: 28, Width: 28, Classes: 10}, 32},
		{"NAS-Bench-201, CIFAR", network.NASBench201{}, cell, network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}, 32},
		{"NAS-Bench-201, 8 channels, digits", network.NASBench201{Channels: 8, Cells: 1}, cell, network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10}, 64},
		{"NAS-Bench-101, 16 channels", network.NASBench101{Channels: 16, Cells: 1}, nb101Cells(b)[0], network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}, 32},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := build(b, plan(b, c.design, c.arch, c.in), network.Options{})
			batch := batchOf(rand.New(rand.NewPCG(1, 1)), c.in, c.batch)
			for b.Loop() {
				_, err := n.Gradient(batch, 0)
				require.NoError(b, err)
			}
			flop := 6 * float64(n.Plan().FLOPs()) * float64(c.batch*b.N)
			b.ReportMetric(flop/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
		})
	}
}

// BenchmarkBuild times planning a network and building it with shared weights.
func BenchmarkBuild(b *testing.B) {
	in := network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}
	for _, s := range append(spaces(b), sample{network.NASBench201{}, parse(b, searchspace.NASBench201{}, cells[0])}) {
		b.Run(fmt.Sprintf("%T", s.design), func(b *testing.B) {
			layout := plan(b, s.design, s.arch, in).Layout()
			weights := layout.Init(rand.New(rand.NewPCG(1, 1)))
			for b.Loop() {
				p, err := plan(b, s.design, s.arch, in).Within(layout)
				require.NoError(b, err)
				_, err = p.Build(weights, network.Options{})
				require.NoError(b, err)
			}
		})
	}
}
