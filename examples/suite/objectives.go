package main

import (
	"context"
	"math"
	"math/bits"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// objective is a function of architectures that replaces training.
type objective struct {
	space func() (searchspace.Space, error)
	value func(searchspace.Arch) float64
}

// objectives lists the synthetic objectives, for spaces that are too large for tables. Each was fixed before any method was
// tried on it.
var objectives = []tool.Named[objective]{
	{Name: "chain-20", Value: objective{chain20, chainValue}},
	{Name: "small-world-64", Value: objective{func() (searchspace.Space, error) { return wirings(64) }, smallWorldValue}},
}

// Evaluate returns the value.
func (o objective) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{Value: o.value(a)}, nil
}

// chain20 is a space of MobileNet-like networks: 20 blocks in a row, each with a kernel size and an expansion.
func chain20() (searchspace.Space, error) {
	return searchspace.New("chain-20", []searchspace.Part{searchspace.Chain("net", 20, 20, nil,
		searchspace.Ordered("kernel", 3, 5, 7), searchspace.Ordered("expand", 2, 3, 4, 6))})
}

// chainValue gives points for what makes such networks good. The blocks i = 0 … 19 form five stages of four, and the first
// block of a stage halves the resolution. With kernels K_i and expansions e_i:
//
//   - Width: 0.4 ln e_i for each block, 1.0 ln e_i for the first of a stage.
//   - Kernels should grow with depth: −0.15 |K_i − (3 + 4i/19)|.
//   - Neighboring blocks: 0.4 if their kernels differ, because they then see patterns of two sizes; −0.8 if both expand at
//     least four times, because the second then has little to add; −0.5 if a kernel of 7 follows the first block of a stage
//     and that block expands only twice, because the kernel then sees too few channels.
//   - Latency: a block takes 3 + K_i e_i / 2, as in examples/spaces/chain. Each unit beyond a total of 220 costs 0.1, so the
//     best size of a block depends on all others.
func chainValue(a searchspace.Arch) float64 {
	net := a.Part(0)
	value, latency := 0.0, 0.0
	for i := range net.Len() {
		kernel, expand := net.Node(i).Float("kernel"), net.Node(i).Float("expand")
		width := 0.4
		if i%4 == 0 {
			width = 1
		}
		value += width*math.Log(expand) - 0.15*math.Abs(kernel-(3+4*float64(i)/19))
		latency += 3 + kernel*expand/2
		if i == 0 {
			continue
		}
		kernelBefore, expandBefore := net.Node(i-1).Float("kernel"), net.Node(i-1).Float("expand")
		if kernel != kernelBefore {
			value += 0.4
		}
		if expand >= 4 && expandBefore >= 4 {
			value -= 0.8
		}
		if i%4 == 1 && kernel == 7 && expandBefore == 2 {
			value -= 0.5
		}
	}
	return value - 0.1*max(0, latency-220)
}

// smallWorldValue rewards small worlds: short paths and many triangles with little wire and limited depth. For a graph
// of N nodes, whose edges count without direction except for the depth, it is
//
//	100 (E − W) + 50 C − ½ |D − 16|
//
// where E is the global efficiency, the mean of one over the distance of two nodes (Latora & Marchiori 2001); W the share of
// all possible wire that the graph has, an edge from i to j being j − i long; C the mean clustering coefficient (Watts &
// Strogatz 1998); and D the number of edges on the longest directed path. The parts conflict: short paths and triangles take
// edges, long edges take wire, and triangles between near nodes make deep graphs.
func smallWorldValue(a searchspace.Arch) float64 {
	g := a.Part(0)
	n := g.Len()
	near := make([]uint64, n) // the neighbors of each node; the graph has at most 64
	depth := make([]int, n)
	wire := 0
	for _, e := range g.Edges() {
		near[e.From] |= 1 << e.To
		near[e.To] |= 1 << e.From
		wire += e.To - e.From
		depth[e.To] = max(depth[e.To], depth[e.From]+1) // edges are ordered by To
	}
	deepest, all := 0, 0
	for v := range n {
		deepest, all = max(deepest, depth[v]), all+v*(n-v)
	}
	share := float64(wire) / float64(all)
	return 100*(efficiency(near)-share) + 50*clustering(near) - 0.5*math.Abs(float64(deepest)-16)
}

// efficiency returns the global efficiency of a graph.
func efficiency(near []uint64) float64 {
	sum := 0.0
	for v := range near {
		reached := uint64(1) << v
		front := reached
		for distance := 1; front != 0; distance++ {
			var next uint64
			for f := front; f != 0; f &= f - 1 {
				next |= near[bits.TrailingZeros64(f)]
			}
			front = next &^ reached
			reached |= front
			sum += float64(bits.OnesCount64(front)) / float64(distance)
		}
	}
	return sum / float64(len(near)*(len(near)-1))
}

// clustering returns the mean clustering coefficient of a graph. That of a node with fewer than two neighbors is zero.
func clustering(near []uint64) float64 {
	sum := 0.0
	for _, own := range near {
		degree := bits.OnesCount64(own)
		if degree < 2 {
			continue
		}
		joined := 0 // pairs of neighbors, each counted twice
		for f := own; f != 0; f &= f - 1 {
			joined += bits.OnesCount64(near[bits.TrailingZeros64(f)] & own)
		}
		sum += float64(joined) / float64(degree*(degree-1))
	}
	return sum / float64(len(near))
}
