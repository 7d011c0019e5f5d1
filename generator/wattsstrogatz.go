package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

// WattsStrogatz draws small-world graphs, and operations uniformly; what the space does not allow is rejected as a whole
// (Watts & Strogatz 1998; RandWire's best explorer: Xie et al. 2019, arXiv 1904.01569, section 3.3). It does not learn.
//
// The nodes of a part stand in a ring in their order, each joined to the k/2 next ones on both sides. Then, for i = 1 to
// k/2, each node v in turn has its edge to the i-th next node clockwise rewired with probability p: it goes to a node drawn
// uniformly from those that v is not joined to, if there is one. A part of N nodes always has N·k/2 edges.
type WattsStrogatz struct {
	space  searchspace.Space
	k      int
	rewire float64
}

var _ GraphGenerator = (*WattsStrogatz)(nil)

// NewWattsStrogatz explores with k neighbours on the ring, an even number, and probability p of rewiring, from 0 to 1. The
// parts of the space must each have a fixed number of nodes above k. RandWire's best networks are drawn with k 4 and p 0.75.
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

// Sample draws n architectures. The error wraps ErrRejected where a million graphs in a row are illegal.
func (w *WattsStrogatz) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Watts-Strogatz graphs of %d neighbours, rewired with probability %v", w.k, w.rewire)
	return sampleWirings(ctx, rng, w.space, graphs, n, func(nodes int) (wiring, error) {
		return w.wire(rng, nodes), nil
	})
}

// wire draws one graph. Gonum has another one under this name (gen.SmallWorldsBB, by Batagelj & Brandes 2005): it drops an
// edge that it cannot place, so that the number of edges varies, makes no edge at all of p = 0, and refuses p = 1.
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
