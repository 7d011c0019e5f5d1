package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// named is a named network whose plan is written.
type named struct {
	name      string
	design    network.Design
	generator generator.GraphGenerator // draws its architecture
	input     network.Input
}

var (
	features     = network.Input{Channels: 16, Height: 28, Width: 28, Classes: 10}
	cifar        = network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}
	tinyImageNet = network.Input{Channels: 3, Height: 64, Width: 64, Classes: 200}
)

const (
	// residual is a cell similar to that of a residual network, without operations "none".
	residual = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|"
	// dartsV2 is the published DARTS_V2 (arXiv 1806.09055).
	dartsV2 = `Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
		('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5],
		reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
		('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])`
)

// published are the networks that the published experiments train.
var published = []named{
	{"randwire", network.RandWire{}, wirings(32), tinyImageNet},
	{"enas", network.ENASMacro{}, uniform(macro(12)), cifar},
	{"enas-shared", network.ENASMacro{Shared: true}, uniform(macro(12)), cifar},
	{"nasbench201", network.NASBench201{}, only(must(searchspace.NASBench201{}.Parse(residual))), cifar},
	{"darts-v2", network.DARTS{}, only(must(searchspace.DARTS{}.Parse(dartsV2))), cifar},
}

// steps are the networks whose training steps are compared between Go and PyTorch on a CPU.
var steps = []named{
	{"three-convolutions", network.DesignFunc(threeConvolutions), only(searchspace.Arch{}), features},
	{"nasbench201", network.NASBench201{}, only(must(searchspace.NASBench201{}.Parse(residual))), cifar},
	{"nasbench101", network.NASBench101{Channels: 16, Cells: 1}, uniform(searchspace.NASBench101{}), cifar},
	{"enas", network.ENASMacro{Channels: 12}, uniform(macro(6)), cifar},
	{"enas-shared", network.ENASMacro{Channels: 12, Shared: true}, uniform(macro(6)), cifar},
	{"randwire", network.RandWire{Channels: 24, Head: 128, Halvings: 3}, wirings(8), cifar},
	{"darts-v2", network.DARTS{Channels: 8, Cells: 6}, only(must(searchspace.DARTS{}.Parse(dartsV2))), cifar},
}

// threeConvolutions is the network of BenchmarkStep's first case.
func threeConvolutions(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
	x := b.Images()
	for i := range 3 {
		x = b.ReLU(b.BatchNorm(fmt.Sprint("norm", i), b.Conv(fmt.Sprint("conv", i), x, 16, network.Kernel{Size: 3})))
	}
	return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
}

func macro(layers int) searchspace.Space { return must(searchspace.NewENASMacro(layers)) }

func uniform(space searchspace.Space) generator.GraphGenerator { return explore.NewUniform(space) }

// wirings generates graphs of WS(4, 0.75), which the RandWire paper found best.
func wirings(nodes int) generator.GraphGenerator {
	return must(explore.NewWattsStrogatz(must(searchspace.NewRandWire(nodes, nodes, nodes)), 4, 0.75))
}

// always is a generator that always returns the same architecture.
type always struct{ arch searchspace.Arch }

func only(a searchspace.Arch) generator.GraphGenerator { return always{a} }

// Sample returns the architecture n times.
func (g always) Sample(_ context.Context, _ *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, n)
	for i := range archs {
		archs[i] = g.arch
	}
	return archs, nil
}

// must returns x, and panics if err is not nil, which only a mistake in this file can cause.
func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}
