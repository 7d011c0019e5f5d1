package explore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErdosRenyi draws graphs in which every edge is present independently with the same probability
// (Erdős & Rényi 1959), with uniform operations, and rejects graphs that the space does not allow.
// It is the paper's explorer on NAS-Bench-101 and one of RandWire's (Xie et al. 2019, arXiv
// 1904.01569).
type ErdosRenyi struct {
	space    searchspace.Space
	edgeProb float64
	minNodes int
}

var _ generator.GraphGenerator = (*ErdosRenyi)(nil)

// NewErdosRenyi returns an explorer with the given edge probability, strictly between 0 and 1. If
// the number of nodes of a part varies, it is drawn uniformly from minNodes to the part's MaxNodes;
// otherwise minNodes is ignored.
func NewErdosRenyi(space searchspace.Space, edgeProb float64, minNodes int) (*ErdosRenyi, error) {
	if !(edgeProb > 0 && edgeProb < 1) {
		return nil, fmt.Errorf("exploring %s: the edge probability must be strictly between 0 and 1, got %v", space.Name(), edgeProb)
	}
	for _, p := range space.Parts() {
		if p.Last != "" && (minNodes < 1 || minNodes > p.MaxNodes) {
			return nil, fmt.Errorf("exploring %s: part %q: minNodes must be from 1 to %d, got %d", space.Name(), p.Name, p.MaxNodes, minNodes)
		}
	}
	return &ErdosRenyi{space: space, edgeProb: edgeProb, minNodes: minNodes}, nil
}

// Sample draws n architectures. The error wraps ErrRejected if a million graphs in a row are rejected.
func (e *ErdosRenyi) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Erdős-Rényi graphs of edge probability %v", e.edgeProb)
	return sampleLegal(ctx, e.space, graphs, n, func() (searchspace.Arch, bool, error) { return e.try(rng, e.minNodes) })
}

// try draws a graph. Parts with a varying number of nodes have at least minNodes. It returns false if the space
// does not allow the graph.
func (e *ErdosRenyi) try(rng *rand.Rand, minNodes int) (a searchspace.Arch, ok bool, err error) {
	parts := e.space.Parts()
	nodes := make([]int, len(parts))
	for i, p := range parts {
		nodes[i] = p.MaxNodes
		if p.Last != "" {
			least := min(minNodes, p.MaxNodes)
			nodes[i] = least + rng.IntN(p.MaxNodes-least+1)
		}
	}
	return tryDecisions(e.space, func(d searchspace.Decision) int {
		return e.choose(rng, parts[d.Part], nodes[d.Part], d)
	})
}

// choose draws a value for a decision about a part of n nodes. It returns −1 if the space does not
// allow the value.
func (e *ErdosRenyi) choose(rng *rand.Rand, p searchspace.Part, n int, d searchspace.Decision) int {
	switch d.Kind {
	case searchspace.EdgePresence:
		value := 0
		if rng.Float64() < e.edgeProb {
			value = 1
		}
		if !slices.Contains(d.Allowed, value) {
			return -1
		}
		return value
	case searchspace.NodeOp:
		if p.Last != "" {
			return chooseEnding(rng, slices.Index(p.NodeOps, p.Last), d.Node == n-1, d.Allowed)
		}
	}
	return chooseAny(rng, d.Allowed)
}

// chooseEnding draws a node's operation: last if the part ends at this node, any other otherwise.
// It returns −1 if the space does not allow it.
func chooseEnding(rng *rand.Rand, last int, end bool, allowed []int) int {
	at := slices.Index(allowed, last)
	switch {
	case end && at >= 0:
		return last
	case end || len(allowed) == 0 || at >= 0 && len(allowed) == 1:
		return -1
	case at < 0:
		return allowed[rng.IntN(len(allowed))]
	}
	i := rng.IntN(len(allowed) - 1)
	if i >= at {
		i++
	}
	return allowed[i]
}
