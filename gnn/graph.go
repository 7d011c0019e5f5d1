package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
)

// Graph is a directed graph in the form of edge lists: edge e leads from node From[e] to node
// To[e].
type Graph struct {
	Nodes    int
	From, To []int
	// Class is the class of each edge, for layers that distinguish classes; nil means class 0 for
	// all.
	Class []int
	// Position is the position of each node, for layers that distinguish positions; nil means
	// position 0 for all.
	Position []int
}

// Batch is a ragged batch of graphs: their disjoint union with consecutively numbered nodes.
type Batch struct {
	Graph
	Owner []int // index of each node's graph
	Start []int // first node of each graph, followed by the number of nodes
}

// Len returns the number of graphs.
func (b *Batch) Len() int { return len(b.Start) - 1 }

// Union returns a batch of graphs, which may have different sizes.
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

// at returns list[i], or 0 if the list is nil.
func at(list []int, i int) int {
	if list == nil {
		return 0
	}
	return list[i]
}

func (g *Graph) validate() error {
	if g.Nodes < 0 || len(g.From) != len(g.To) || g.Class != nil && len(g.Class) != len(g.From) || g.Position != nil && len(g.Position) != g.Nodes {
		return fmt.Errorf("%w: From, To and Class must have one element for each edge and Position one for each node, got %d, %d and %d for edges, %d nodes and %d positions",
			ErrShape, len(g.From), len(g.To), len(g.Class), g.Nodes, len(g.Position))
	}
	for e := range g.From {
		if u, v := g.From[e], g.To[e]; u < 0 || v < 0 || u >= g.Nodes || v >= g.Nodes {
			return fmt.Errorf("%w: edge %d must connect two of the %d nodes, got %d→%d", ErrShape, e, g.Nodes, u, v)
		}
	}
	return nil
}

// compile converts the lists to what the passes read.
func (g *Graph) compile(classes, positions int) (*nn.Graph, error) {
	if err := g.validate(); err != nil {
		return nil, err
	}
	c := &nn.Graph{Nodes: g.Nodes}
	for e := range g.From {
		class := at(g.Class, e)
		if class < 0 || class >= classes {
			return nil, fmt.Errorf("%w: edge %d: the class must be at least 0 and below %d, got %d", ErrShape, e, classes, class)
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
			return nil, fmt.Errorf("%w: node %d: the position must be at least 0 and below %d, got %d", ErrShape, v, positions, pos)
		}
		c.Position = append(c.Position, int32(pos))
	}
	return c, nil
}
