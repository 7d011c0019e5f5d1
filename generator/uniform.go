package generator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Uniform draws every decision uniformly from what the space allows. It does not learn. Where decisions restrict one
// another, this is not uniform over architectures.
type Uniform struct {
	space searchspace.Space
	over  [][]string // of each part what is drawn of the labels of an edge; nil: its presence, then its operation
}

var _ GraphGenerator = (*Uniform)(nil)

// NewUniform explores the space decision by decision.
func NewUniform(space searchspace.Space) *Uniform { return &Uniform{space: space} }

// NewUniformOver explores with edge operations drawn from the given ones alone. Where they name the absent edge (the
// first of the part's EdgeOps) that counts as one of them, so that an edge is absent with its share; otherwise every edge
// that the space allows is there. On NAS-Bench-201 with the four operations beside "none" this is the explorer of the
// paper's published runs.
func NewUniformOver(space searchspace.Space, edgeOps ...string) (*Uniform, error) {
	if len(edgeOps) == 0 {
		return nil, fmt.Errorf("exploring %s: no edge operations", space.Name())
	}
	for _, op := range edgeOps {
		for _, p := range space.Parts() {
			if !slices.Contains(p.EdgeOps, op) {
				return nil, fmt.Errorf("exploring %s: part %q has no edge operation %q", space.Name(), p.Name, op)
			}
		}
	}
	u := &Uniform{space: space}
	for range space.Parts() {
		u.over = append(u.over, slices.Clone(edgeOps))
	}
	return u, nil
}

// NewUniformLabels explores with every label of an edge as likely as the others, its absence being one of them: on
// NAS-Bench-201 uniformly over the cells. Where edges carry no operations, or a space does not allow all its edges at once,
// it explores decision by decision.
func NewUniformLabels(space searchspace.Space) *Uniform {
	u := &Uniform{space: space}
	if labelled(space) && allowsAllEdges(space) {
		for _, p := range space.Parts() {
			u.over = append(u.over, p.EdgeOps)
		}
	}
	return u
}

// Sample draws n architectures.
func (u *Uniform) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	parts := u.space.Parts()
	return sampleEach(ctx, n, u.space, func(d searchspace.Decision) int {
		allowed := d.Allowed
		if u.over == nil || d.Kind == searchspace.NodeOp || parts[d.Part].EdgeOps == nil {
			return allowed[rng.IntN(len(allowed))]
		}
		return drawEdge(rng, u.over[d.Part], parts[d.Part].EdgeOps, d)
	})
}

// drawEdge decides an edge or its operation by the chosen labels' shares.
func drawEdge(rng *rand.Rand, over, ops []string, d searchspace.Decision) int {
	if d.Kind == searchspace.EdgePresence {
		present := 1
		if over[rng.IntN(len(over))] == ops[0] {
			present = 0
		}
		if !slices.Contains(d.Allowed, present) {
			return d.Allowed[0]
		}
		return present
	}
	var chosen []int
	for _, v := range d.Allowed {
		if slices.Contains(over, ops[v]) {
			chosen = append(chosen, v)
		}
	}
	if len(chosen) == 0 {
		chosen = d.Allowed
	}
	return chosen[rng.IntN(len(chosen))]
}

// sampleEach walks n builders, each decision made by choose, which is given at least one allowed value.
func sampleEach(ctx context.Context, n int, space searchspace.Space, choose func(searchspace.Decision) int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for len(archs) < n {
		if ctx.Err() != nil {
			return archs, fmt.Errorf("sampling %s: %w", space.Name(), context.Cause(ctx))
		}
		b := space.Start()
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			if len(d.Allowed) == 0 {
				return archs, fmt.Errorf("sampling %s: %v: %w", space.Name(), d, searchspace.ErrDeadEnd)
			}
			if err := b.Take(choose(d)); err != nil {
				return archs, fmt.Errorf("sampling %s: %w", space.Name(), err)
			}
		}
		a, err := b.Arch()
		if err != nil {
			return archs, fmt.Errorf("sampling %s: %w", space.Name(), err)
		}
		archs = append(archs, a)
	}
	return archs, nil
}

// PaperExplorer is the paper's explorer for a space of the given form (arXiv 2211.15155 and its published runs): where
// edges carry operations and all can be there at once, all are there and their operations uniform; where instead the number
// of nodes varies and edges carry none, an Erdős-Rényi graph of at least three nodes with edge probability 0.25; elsewhere
// each decision uniform.
func PaperExplorer(space searchspace.Space) (GraphGenerator, error) {
	if labelled(space) {
		u := NewUniformLabels(space)
		for i, ops := range u.over {
			if ops != nil {
				u.over[i] = ops[1:]
			}
		}
		return u, nil
	}
	varies, minNodes := false, 3
	for _, p := range space.Parts() {
		if p.Last != "" {
			varies, minNodes = true, min(minNodes, p.MaxNodes)
		}
	}
	if varies {
		return NewErdosRenyi(space, 0.25, minNodes)
	}
	return NewUniform(space), nil
}

func labelled(space searchspace.Space) bool {
	return slices.ContainsFunc(space.Parts(), func(p searchspace.Part) bool { return len(p.EdgeOps) > 0 })
}

// allowsAllEdges tells whether the space has an architecture without an absent edge. Where it bounds the edges of a node, as
// DARTS does, leaving none out would always choose those that are decided first.
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
			value = d.Allowed[1] // a part that ends early tells little of its edges
		}
		if b.Take(value) != nil {
			return false
		}
	}
	return true
}
