package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/graph/graphs/gen"
	"gonum.org/v1/gonum/graph/simple"

	"github.com/graphpnas/graphpnas/searchspace"
)

// BarabasiAlbert draws scale-free graphs, and operations uniformly; what the space does not allow is rejected as a whole
// (Albert & Barabási 2002; one of RandWire's explorers: Xie et al. 2019, arXiv 1904.01569, section 3.3). It does not learn.
//
// The first m nodes of a part are not joined to one another. Each node after them, in order, is joined to m different
// earlier ones, drawn one by one with probabilities proportional to how many edges they have so far; the first of them to
// all m there are. A part of N nodes always has m·(N−m) edges.
type BarabasiAlbert struct {
	space searchspace.Space
	m     int
}

var _ GraphGenerator = (*BarabasiAlbert)(nil)

// NewBarabasiAlbert explores with m edges a node, at least 1. The parts of the space must each have a fixed number of nodes
// above m.
func NewBarabasiAlbert(space searchspace.Space, m int) (*BarabasiAlbert, error) {
	if m < 1 {
		return nil, fmt.Errorf("exploring %s by Barabási-Albert graphs: %d edges a node", space.Name(), m)
	}
	if err := fixedParts(space, m); err != nil {
		return nil, fmt.Errorf("exploring %s by Barabási-Albert graphs of %d edges a node: %w", space.Name(), m, err)
	}
	return &BarabasiAlbert{space: space, m: m}, nil
}

// Sample draws n architectures. The error wraps ErrRejected where a million graphs in a row are illegal.
func (b *BarabasiAlbert) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Barabási-Albert graphs of %d edges a node", b.m)
	return sampleWirings(ctx, rng, b.space, graphs, n, func(nodes int) (wiring, error) {
		return b.wire(rng, nodes)
	})
}

// wire draws one graph by gonum's generator, which starts and goes on in just this way and numbers nodes as it adds them.
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
