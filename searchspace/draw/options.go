package draw

import (
	"fmt"
	"math"
	"strconv"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Direction is where data flows in a drawing.
type Direction int

// The directions of a drawing.
const (
	LeftToRight Direction = iota
	TopToBottom
)

// Options changes how an architecture is drawn. The zero value is a light drawing from left to right.
type Options struct {
	// Direction is where data flows. TopToBottom suits deep graphs, since boxes are wider than high. It is ignored by Text.
	Direction Direction
	// Dark draws light lines on a dark background. It is ignored by Text.
	Dark bool
	// Title is a heading. By default there is none, and SVG files are titled with the name of the space.
	Title string
	// Node returns the text to show for a node, without its fields. By default it is the node's operation, or its number if it
	// has none.
	Node func(part searchspace.DAG, node int) string
	// Op returns the text to show for an operation in the legend and on edges, and at nodes unless Node is set. By default it is
	// its name.
	Op func(name string) string
	// Scale is how many pixels PNG draws for a unit of the drawing, which is a pixel of SVG; 2 by default. It must not be
	// negative. Drawings that would have more than 64 million pixels are drawn at a smaller scale.
	Scale float64
}

func (o Options) validate() error {
	if o.Direction != LeftToRight && o.Direction != TopToBottom {
		return fmt.Errorf("option Direction must be LeftToRight or TopToBottom, got %d", o.Direction)
	}
	if o.Scale < 0 || math.IsNaN(o.Scale) || math.IsInf(o.Scale, 0) {
		return fmt.Errorf("option Scale must be a finite number from 0, got %v", o.Scale)
	}
	return nil
}

// op returns the text to show for an operation.
func (o Options) op(name string) string {
	if o.Op == nil || name == "" {
		return name
	}
	return o.Op(name)
}

// node returns the text to show for a node.
func (o Options) node(part searchspace.DAG, node int) string {
	switch {
	case o.Node != nil:
		return o.Node(part, node)
	case part.NodeOp(node) != "":
		return o.op(part.NodeOp(node))
	}
	return strconv.Itoa(node)
}
