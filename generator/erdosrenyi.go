package generator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErdosRenyi draws graphs whose edges are there independently with one probability, and operations uniformly; what the
// space does not allow is rejected as a whole (Erdős & Rényi 1959; the paper's explorer on NAS-Bench-101, and one of
// RandWire's: Xie et al. 2019, arXiv 1904.01569). It does not learn.
type ErdosRenyi struct {
	space    searchspace.Space
	edgeProb float64
	minNodes int
}

var _ GraphGenerator = (*ErdosRenyi)(nil)

// NewErdosRenyi explores with the given edge probability, strictly between 0 and 1. In parts whose number of nodes varies
// it is drawn uniformly from minNodes to the part's most; where it is fixed, minNodes means nothing.
func NewErdosRenyi(space searchspace.Space, edgeProb float64, minNodes int) (*ErdosRenyi, error) {
	if !(edgeProb > 0 && edgeProb < 1) {
		return nil, fmt.Errorf("exploring %s: edge probability %v is not between 0 and 1", space.Name(), edgeProb)
	}
	for _, p := range space.Parts() {
		if p.Last != "" && (minNodes < 1 || minNodes > p.MaxNodes) {
			return nil, fmt.Errorf("exploring %s: at least %d nodes, of %d in part %q", space.Name(), minNodes, p.MaxNodes, p.Name)
		}
	}
	return &ErdosRenyi{space: space, edgeProb: edgeProb, minNodes: minNodes}, nil
}

// Sample draws n architectures. The error wraps ErrRejected where a million graphs in a row are illegal.
func (e *ErdosRenyi) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	parts := e.space.Parts()
	nodes := make([]int, len(parts))
	graphs := fmt.Sprintf("Erdős-Rényi graphs of edge probability %v", e.edgeProb)
	return sampleLegal(ctx, e.space, graphs, n, func() (searchspace.Arch, bool, error) {
		for i, p := range parts {
			nodes[i] = p.MaxNodes
			if p.Last != "" {
				nodes[i] = e.minNodes + rng.IntN(p.MaxNodes-e.minNodes+1)
			}
		}
		return tryDecisions(e.space, func(d searchspace.Decision) int {
			return e.choose(rng, parts[d.Part], nodes[d.Part], d)
		})
	})
}

// choose draws a value for a decision in a part that is to have n nodes, −1 where the space does not allow it.
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

// chooseEnding draws a node's operation: the one that ends the part where it is to end, any other elsewhere.
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
