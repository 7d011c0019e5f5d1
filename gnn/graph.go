package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
)

// Graph is a directed graph as edge lists: edge e leads from node From[e] to node To[e].
type Graph struct {
	Nodes    int
	From, To []int
	// Class is the class of each edge, for layers whose edges are of several classes; nil: all of class 0.
	Class []int
	// Position is what tells the nodes apart, for layers that read it; nil: all at position 0.
	Position []int
}

// Batch is a ragged batch of graphs: their disjoint union, the nodes numbered through.
type Batch struct {
	Graph
	Owner []int // of each node: the number of its graph
	Start []int // of each graph: its first node; one more at the end: all nodes
}

// Len returns how many graphs there are.
func (b *Batch) Len() int { return len(b.Start) - 1 }

// Union puts graphs of any sizes into one batch.
func Union(graphs ...Graph) (*Batch, error) {
	b := &Batch{Start: []int{0}}
	for i, g := range graphs {
		if err := g.validate(); err != nil {
			return nil, fmt.Errorf("graph %d: %w", i, err)
		}
		for e := range g.From {
			b.From = append(b.From, g.From[e]+b.Nodes)
			b.To = append(b.To, g.To[e]+b.Nodes)
			b.Class = append(b.Class, at(g.Class, e))
		}
		for v := range g.Nodes {
			b.Owner = append(b.Owner, i)
			b.Position = append(b.Position, at(g.Position, v))
		}
		b.Nodes += g.Nodes
		b.Start = append(b.Start, b.Nodes)
	}
	return b, nil
}

// at returns list[i], 0 where there is no list.
func at(list []int, i int) int {
	if list == nil {
		return 0
	}
	return list[i]
}

func (g *Graph) validate() error {
	if g.Nodes < 0 || len(g.From) != len(g.To) || g.Class != nil && len(g.Class) != len(g.From) || g.Position != nil && len(g.Position) != g.Nodes {
		return fmt.Errorf("%w: %d sources, %d targets and %d classes of edges, %d nodes and %d positions",
			ErrShape, len(g.From), len(g.To), len(g.Class), g.Nodes, len(g.Position))
	}
	for e := range g.From {
		if u, v := g.From[e], g.To[e]; u < 0 || v < 0 || u >= g.Nodes || v >= g.Nodes {
			return fmt.Errorf("%w: edge %d leads from %d to %d, of %d nodes", ErrShape, e, u, v, g.Nodes)
		}
	}
	return nil
}

// compile turns the lists into what the passes read.
func (g *Graph) compile(classes, positions int) (*nn.Graph, error) {
	if err := g.validate(); err != nil {
		return nil, err
	}
	c := &nn.Graph{Nodes: g.Nodes}
	for e := range g.From {
		class := at(g.Class, e)
		if class < 0 || class >= classes {
			return nil, fmt.Errorf("%w: edge %d is of class %d, of %d", ErrShape, e, class, classes)
		}
		c.From = append(c.From, int32(g.From[e]))
		c.To = append(c.To, int32(g.To[e]))
		c.Class = append(c.Class, int32(class))
	}
	if positions == 0 {
		return c, nil
	}
	for v := range g.Nodes {
		pos := at(g.Position, v)
		if pos < 0 || pos >= positions {
			return nil, fmt.Errorf("%w: node %d is at position %d, of %d", ErrShape, v, pos, positions)
		}
		c.Position = append(c.Position, int32(pos))
	}
	return c, nil
}
