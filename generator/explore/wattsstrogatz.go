package explore

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// WattsStrogatz draws small-world graphs (Watts & Strogatz 1998) with uniform operations, and
// rejects graphs that the space does not allow. It is RandWire's best explorer (Xie et al. 2019,
// arXiv 1904.01569, section 3.3).
//
// The nodes of a part form a ring in their order, each connected to the next k/2 nodes on both
// sides. Then, for i = 1 to k/2, each node v in turn rewires its edge to the i-th next node
// clockwise with probability p: the edge's new end is drawn uniformly from the nodes that v is not
// connected to, if there are any. A part with N nodes always has N·k/2 edges.
type WattsStrogatz struct {
	space  searchspace.Space
	k      int
	rewire float64
}

var _ generator.GraphGenerator = (*WattsStrogatz)(nil)

// NewWattsStrogatz returns an explorer in which every node has k neighbors on the ring, an even
// number, and edges are rewired with probability p, from 0 to 1. Every part of the space must have
// a fixed number of nodes greater than k. RandWire's best networks use k = 4 and p = 0.75.
func NewWattsStrogatz(space searchspace.Space, k int, p float64) (*WattsStrogatz, error) {
	if k < 2 || k%2 != 0 {
		return nil, fmt.Errorf("exploring %s with Watts-Strogatz graphs: the number of neighbors must be even and at least 2, got %d", space.Name(), k)
	}
	if !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("exploring %s with Watts-Strogatz graphs: the probability must be from 0 to 1, got %v", space.Name(), p)
	}
	if err := fixedParts(space, k); err != nil {
		return nil, fmt.Errorf("exploring %s with Watts-Strogatz graphs of %d neighbors: %w", space.Name(), k, err)
	}
	return &WattsStrogatz{space: space, k: k, rewire: p}, nil
}

// Sample draws n architectures. The error wraps ErrRejected if a million graphs in a row are rejected.
func (w *WattsStrogatz) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	graphs := fmt.Sprintf("Watts-Strogatz graphs of %d neighbors, rewired with probability %v", w.k, w.rewire)
	return sampleWirings(ctx, rng, w.space, graphs, n, func(nodes int) (wiring, error) {
		return w.wire(rng, nodes), nil
	})
}

// wire draws one graph. Gonum's gen.SmallWorldsBB (Batagelj & Brandes 2005) differs: it drops edges
// that it cannot place, so that their number varies, draws no edges for p = 0, and does not accept
// p = 1.
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
