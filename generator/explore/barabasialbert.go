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

// BarabasiAlbert draws scale-free graphs (Albert & Barabási 2002). Operations are uniform. Graphs that the space does not
// allow are rejected. It is one of RandWire's explorers (Xie et al. 2019, arXiv 1904.01569, section 3.3).
//
// The first m nodes of a part are not joined to one another, and the next node is joined to all of them. Each later node, in
// order, is joined to m different earlier nodes, drawn one by one with probabilities proportional to their numbers of edges
// so far. A part of N nodes always has m·(N−m) edges.
type BarabasiAlbert struct {
	space searchspace.Space
	m     int
}

var _ generator.GraphGenerator = (*BarabasiAlbert)(nil)

// NewBarabasiAlbert returns an explorer with m edges a node, at least 1. Every part of the space must have a fixed number of
// nodes above m.
func NewBarabasiAlbert(space searchspace.Space, m int) (*BarabasiAlbert, error) {
	if m < 1 {
		return nil, fmt.Errorf("exploring %s by Barabási-Albert graphs: %d edges a node", space.Name(), m)
	}
	if err := fixedParts(space, m); err != nil {
		return nil, fmt.Errorf("exploring %s by Barabási-Albert graphs of %d edges a node: %w", space.Name(), m, err)
	}
	return &BarabasiAlbert{space: space, m: m}, nil
}

// Sample draws n architectures. The error wraps ErrRejected if a million graphs in a row are rejected.
func (b *BarabasiAlbert) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Barabási-Albert graphs of %d edges a node", b.m)
	return sampleWirings(ctx, rng, b.space, graphs, n, func(nodes int) (wiring, error) {
		return b.wire(rng, nodes)
	})
}

// wire draws one graph with gonum, whose generator does exactly this and numbers nodes in the order in which it adds them.
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
