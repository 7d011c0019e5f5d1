package explore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Uniform draws every decision uniformly from the values that the space allows. In parts with a
// MinNodes, it draws the number of nodes uniformly. If decisions restrict one another, this is not
// uniform over architectures; a [searchspace.Census] is, for spaces that can be counted.
type Uniform struct {
	space  searchspace.Space
	labels [][]string // the labels that edges of each part are drawn from; if nil, first the presence and then the operation is drawn
}

var _ generator.GraphGenerator = (*Uniform)(nil)

// NewUniform returns an explorer that draws every decision uniformly.
func NewUniform(space searchspace.Space) *Uniform { return &Uniform{space: space} }

// NewUniformOver returns an explorer that draws edge operations uniformly from the given ones. They
// may include the absent edge, which is the first of the part's EdgeOps and counts like the others.
// If they do not, every edge that the space allows is present. With the four operations of
// NAS-Bench-201 other than "none", this is the explorer of the paper's published runs.
func NewUniformOver(space searchspace.Space, edgeOps ...string) (*Uniform, error) {
	if len(edgeOps) == 0 {
		return nil, fmt.Errorf("exploring %s: edgeOps must not be empty", space.Name())
	}
	for _, op := range edgeOps {
		for _, p := range space.Parts() {
			if !slices.Contains(p.EdgeOps, op) {
				return nil, fmt.Errorf("exploring %s: part %q does not have the edge operation %q", space.Name(), p.Name, op)
			}
		}
	}
	u := &Uniform{space: space}
	for range space.Parts() {
		u.labels = append(u.labels, slices.Clone(edgeOps))
	}
	return u, nil
}

// NewUniformLabels returns an explorer that draws the label of every edge uniformly from the part's
// EdgeOps, including the absent edge. On NAS-Bench-201, it is uniform over the cells. If edges have
// no operations, or if the space does not allow all edges at once, it is equivalent to NewUniform.
func NewUniformLabels(space searchspace.Space) *Uniform {
	u := &Uniform{space: space}
	if labeled(space) && allowsAllEdges(space) {
		for _, p := range space.Parts() {
			u.labels = append(u.labels, p.EdgeOps)
		}
	}
	return u
}

// Sample draws n architectures.
func (u *Uniform) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for len(archs) < n {
		if ctx.Err() != nil {
			return archs, fmt.Errorf("sampling %s: %w", u.space.Name(), context.Cause(ctx))
		}
		a, err := u.draw(rng)
		if err != nil {
			return archs, fmt.Errorf("sampling %s: %w", u.space.Name(), err)
		}
		archs = append(archs, a)
	}
	return archs, nil
}

// draw draws an architecture.
func (u *Uniform) draw(rng *rand.Rand) (searchspace.Arch, error) {
	parts := u.space.Parts()
	b := u.space.Start()
	for {
		if u.labels == nil {
			for range searchspace.Skip(b) {
				rng.IntN(1) // use as many random numbers as without Skip, so that a seed draws the same architectures
			}
		}
		d, ok := b.Next()
		if !ok {
			return b.Arch()
		}
		if len(d.Allowed) == 0 {
			return searchspace.Arch{}, d.DeadEnd()
		}
		if err := b.Take(u.choose(rng, &parts[d.Part], d)); err != nil {
			return searchspace.Arch{}, err
		}
	}
}

// choose draws one of the allowed values of a decision about a part.
func (u *Uniform) choose(rng *rand.Rand, p *searchspace.Part, d searchspace.Decision) int {
	switch d.Kind {
	case searchspace.NodeOp:
		if p.MinNodes > 0 {
			return drawOp(rng, p, d)
		}
	case searchspace.EdgePresence, searchspace.EdgeOp:
		if u.labels != nil && p.EdgeOps != nil {
			return drawEdge(rng, u.labels[d.Part], p.EdgeOps, d)
		}
	}
	return d.Allowed[rng.IntN(len(d.Allowed))]
}

// drawOp draws the operation of a node such that the number of nodes is uniform over those still
// possible.
func drawOp(rng *rand.Rand, p *searchspace.Part, d searchspace.Decision) int {
	last := slices.Index(p.NodeOps, p.Last)
	ends := len(d.Allowed) == 1 || rng.IntN(p.MaxNodes-d.Node) == 0
	return chooseEnding(rng, last, ends && slices.Contains(d.Allowed, last), d.Allowed)
}

// drawEdge draws the presence of an edge, or its operation, such that its label is uniform over the
// given ones.
func drawEdge(rng *rand.Rand, labels, ops []string, d searchspace.Decision) int {
	if d.Kind == searchspace.EdgePresence {
		present := 1
		if labels[rng.IntN(len(labels))] == ops[0] {
			present = 0
		}
		if !slices.Contains(d.Allowed, present) {
			return d.Allowed[0]
		}
		return present
	}
	var chosen []int
	for _, v := range d.Allowed {
		if slices.Contains(labels, ops[v]) {
			chosen = append(chosen, v)
		}
	}
	if len(chosen) == 0 {
		chosen = d.Allowed
	}
	return chosen[rng.IntN(len(chosen))]
}
