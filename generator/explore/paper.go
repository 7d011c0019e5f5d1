package explore

import (
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Paper returns the explorer that the paper and its published runs use for a space of this form (arXiv 2211.15155):
//
//   - If edges have operations and all edges can be present at once, all are present and their
//     operations are uniform.
//   - If edges have no operations and the number of nodes varies, it draws Erdős-Rényi graphs
//     with at least three nodes and edge probability 0.25. It draws every decision uniformly
//     instead if a part has a MinNodes, or if the space allows fewer than 1 in 500 such graphs
//     or almost none of the largest size, as in a chain or a short list of architectures.
//   - Otherwise it draws every decision uniformly.
func Paper(space searchspace.Space) (generator.GraphGenerator, error) {
	if labeled(space) {
		u := NewUniformLabels(space)
		for i, ops := range u.labels {
			if ops != nil {
				u.labels[i] = ops[1:]
			}
		}
		return u, nil
	}
	varies, minNodes := false, 3
	for _, p := range space.Parts() {
		if p.MinNodes > 0 {
			return NewUniform(space), nil
		}
		if p.Last != "" {
			varies, minNodes = true, min(minNodes, p.MaxNodes)
		}
	}
	if !varies {
		return NewUniform(space), nil
	}
	e, err := NewErdosRenyi(space, 0.25, minNodes)
	if err == nil && !e.suits() {
		return NewUniform(space), nil
	}
	return e, err
}

// suits reports whether the space allows enough of the explorer's graphs, and at least one of many
// of the largest size. If a graph cannot be built, it returns true and leaves the error to the
// search.
func (e *ErdosRenyi) suits() bool {
	most := 0
	for _, p := range e.space.Parts() {
		most = max(most, p.MaxNodes)
	}
	// NASBench101 allows 1 in 54 of all and 1 in 1,200 of the largest.
	return e.allowed(e.minNodes, 10_000, 20) && e.allowed(most, 50_000, 1)
}

// allowed reports whether at least enough of the given number of graphs with at least minNodes
// nodes are valid.
func (e *ErdosRenyi) allowed(minNodes, tries, enough int) bool {
	rng := rand.New(rand.NewPCG(1, 1))
	for range tries {
		_, ok, err := e.try(rng, minNodes)
		if err != nil {
			return true
		}
		if ok {
			enough--
		}
		if enough == 0 {
			return true
		}
	}
	return false
}

// labeled reports whether edges have operations.
func labeled(space searchspace.Space) bool {
	return slices.ContainsFunc(space.Parts(), func(p searchspace.Part) bool { return len(p.EdgeOps) > 0 })
}

// allowsAllEdges reports whether the space has an architecture in which every edge is present. If
// the space bounds the number of edges into a node, as DARTS does, taking every allowed edge would
// always favor those decided first.
func allowsAllEdges(space searchspace.Space) bool {
	parts := space.Parts()
	b := space.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		if len(d.Allowed) == 0 || d.Part < 0 || d.Part >= len(parts) {
			return false
		}
		value := d.Allowed[0]
		switch p := parts[d.Part]; {
		case d.Kind == searchspace.EdgePresence:
			value = 1
		case d.Kind == searchspace.NodeOp && p.Last != "" && value == slices.Index(p.NodeOps, p.Last) && len(d.Allowed) > 1:
			value = d.Allowed[1] // avoid ending the part early, which would hide its edges
		}
		if b.Take(value) != nil {
			return false
		}
	}
	return true
}
