package explore

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/graph/graphs/gen"
	"gonum.org/v1/gonum/graph/simple"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BarabasiAlbert draws scale-free graphs (Albert & Barabási 2002) with uniform operations, and
// rejects graphs that the space does not allow. It is one of RandWire's explorers (Xie et al. 2019,
// arXiv 1904.01569, section 3.3).
//
// The first m nodes of a part are not connected to one another, and the next node is connected to
// all of them. Each later node, in order, is connected to m different earlier nodes, which are
// drawn one by one with probability proportional to their current number of edges. A part with N
// nodes always has m·(N−m) edges.
type BarabasiAlbert struct {
	space searchspace.Space
	m     int
}

var _ generator.GraphGenerator = (*BarabasiAlbert)(nil)

// NewBarabasiAlbert returns an explorer that adds m edges per node; m must be at least 1. Every
// part of the space must have a fixed number of nodes greater than m.
func NewBarabasiAlbert(space searchspace.Space, m int) (*BarabasiAlbert, error) {
	if m < 1 {
		return nil, fmt.Errorf("exploring %s with Barabási-Albert graphs: the number of edges per node must be at least 1, got %d", space.Name(), m)
	}
	if err := fixedParts(space, m); err != nil {
		return nil, fmt.Errorf("exploring %s with Barabási-Albert graphs of %d edges per node: %w", space.Name(), m, err)
	}
	return &BarabasiAlbert{space: space, m: m}, nil
}

// Sample draws n architectures. The error wraps ErrRejected if a million graphs in a row are rejected.
func (b *BarabasiAlbert) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Barabási-Albert graphs of %d edges per node", b.m)
	return sampleWirings(ctx, rng, b.space, graphs, n, func(nodes int) (wiring, error) {
		return b.wire(rng, nodes)
	})
}

// wire draws one graph with gonum, which implements exactly this and numbers nodes in the order in
// which it adds them.
func (b *BarabasiAlbert) wire(rng *rand.Rand, nodes int) (wiring, error) {
	drawn := simple.NewUndirectedGraph()
	if err := gen.PreferentialAttachment(drawn, nodes, b.m, rng); err != nil {
		return nil, fmt.Errorf("drawing a Barabási-Albert graph of %d nodes: %w", nodes, err)
	}
	g := newWiring(nodes)
	for edges := drawn.Edges(); edges.Next(); {
		e := edges.Edge()
		g.set(int(e.From().ID()), int(e.To().ID()), true)
	}
	return g, nil
}
