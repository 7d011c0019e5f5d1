package explore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// wiring is the adjacency matrix of an undirected graph. Directing every edge from the lower to the higher node makes it
// acyclic (Xie et al. 2019, section 3.3).
type wiring [][]bool

func newWiring(nodes int) wiring {
	w := make(wiring, nodes)
	for v := range w {
		w[v] = make([]bool, nodes)
	}
	return w
}

func (w wiring) set(u, v int, joined bool) { w[u][v], w[v][u] = joined, joined }

// sampleWirings draws n architectures. The edges of each part are those of a graph that wire draws,
// and operations are uniform.
func sampleWirings(ctx context.Context, rng *rand.Rand, space searchspace.Space, graphs string, n int,
	wire func(nodes int) (wiring, error)) ([]searchspace.Arch, error) {
	parts := space.Parts()
	drawn := make([]wiring, len(parts))
	return sampleLegal(ctx, space, graphs, n, func() (a searchspace.Arch, ok bool, err error) {
		for i, p := range parts {
			if drawn[i], err = wire(p.MaxNodes); err != nil {
				return searchspace.Arch{}, false, fmt.Errorf("part %q: %w", p.Name, err)
			}
		}
		return tryDecisions(space, func(d searchspace.Decision) int {
			if d.Kind != searchspace.EdgePresence {
				return chooseAny(rng, d.Allowed)
			}
			value := 0
			if drawn[d.Part][d.Node][d.From] {
				value = 1
			}
			if !slices.Contains(d.Allowed, value) {
				return -1
			}
			return value
		})
	})
}

// chooseAny draws one of the allowed values. It returns −1 if there are none.
func chooseAny(rng *rand.Rand, allowed []int) int {
	if len(allowed) == 0 {
		return -1
	}
	return allowed[rng.IntN(len(allowed))]
}

// fixedParts returns an error if a part has at most the given number of nodes or if its number of
// nodes varies. A graph can only be drawn for a known number of nodes.
func fixedParts(space searchspace.Space, above int) error {
	for _, p := range space.Parts() {
		if p.Last != "" {
			return fmt.Errorf("part %q must have a fixed number of nodes", p.Name)
		}
		if p.MaxNodes <= above {
			return fmt.Errorf("part %q must have more than %d nodes, got %d", p.Name, above, p.MaxNodes)
		}
	}
	return nil
}
