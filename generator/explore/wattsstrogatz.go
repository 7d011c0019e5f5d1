package explore

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// WattsStrogatz draws small-world graphs (Watts & Strogatz 1998). Operations are uniform. Graphs that the space does not
// allow are rejected. It is RandWire's best explorer (Xie et al. 2019, arXiv 1904.01569, section 3.3).
//
// The nodes of a part form a ring in their order, each joined to the next k/2 nodes on both sides. Then, for i = 1 to k/2,
// each node v in turn rewires its edge to the i-th next node clockwise with probability p: the edge goes to a node drawn
// uniformly from those that v is not joined to, if there is one. A part of N nodes always has N·k/2 edges.
type WattsStrogatz struct {
	space  searchspace.Space
	k      int
	rewire float64
}

var _ generator.GraphGenerator = (*WattsStrogatz)(nil)

// NewWattsStrogatz returns an explorer with k neighbours on the ring, an even number, and probability p of rewiring, from 0
// to 1. Every part of the space must have a fixed number of nodes above k. RandWire's best networks use k = 4 and p = 0.75.
func NewWattsStrogatz(space searchspace.Space, k int, p float64) (*WattsStrogatz, error) {
	if k < 2 || k%2 != 0 {
		return nil, fmt.Errorf("exploring %s by Watts-Strogatz graphs: %d neighbours are not an even number of at least 2", space.Name(), k)
	}
	if !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("exploring %s by Watts-Strogatz graphs: probability %v is not between 0 and 1", space.Name(), p)
	}
	if err := fixedParts(space, k); err != nil {
		return nil, fmt.Errorf("exploring %s by Watts-Strogatz graphs of %d neighbours: %w", space.Name(), k, err)
	}
	return &WattsStrogatz{space: space, k: k, rewire: p}, nil
}

// Sample draws n architectures. The error wraps ErrRejected if a million graphs in a row are rejected.
func (w *WattsStrogatz) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Watts-Strogatz graphs of %d neighbours, rewired with probability %v", w.k, w.rewire)
	return sampleWirings(ctx, rng, w.space, graphs, n, func(nodes int) (wiring, error) {
		return w.wire(rng, nodes), nil
	})
}

// wire draws one graph. Gonum's gen.SmallWorldsBB (Batagelj & Brandes 2005) is something else: it drops edges that it cannot
// place, so that their number varies, draws no edges at all for p = 0, and does not accept p = 1.
func (w *WattsStrogatz) wire(rng *rand.Rand, nodes int) wiring {
	g := newWiring(nodes)
	for i := 1; i <= w.k/2; i++ {
		for v := range nodes {
			g.set(v, (v+i)%nodes, true)
		}
	}
	var free []int
	for i := 1; i <= w.k/2; i++ {
		for v := range nodes {
			if rng.Float64() >= w.rewire {
				continue
			}
			free = free[:0]
			for u, joined := range g[v] {
				if u != v && !joined {
					free = append(free, u)
				}
			}
			if len(free) > 0 {
				g.set(v, (v+i)%nodes, false)
				g.set(v, free[rng.IntN(len(free))], true)
			}
		}
	}
	return g
}
