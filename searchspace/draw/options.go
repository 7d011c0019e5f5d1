package draw

import (
	"fmt"
	"math"
	"strconv"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Direction is the direction of the data flow in a drawing.
type Direction int

// The directions of a drawing.
const (
	LeftToRight Direction = iota
	TopToBottom
)

// Options configures a drawing. The zero value is a light drawing from left to right.
type Options struct {
	// Direction is the direction of the data flow. TopToBottom suits deep graphs, because boxes are
	// wider than they are high. Text ignores it.
	Direction Direction
	// Dark draws light lines on a dark background. Text ignores it.
	Dark bool
	// Title is a heading. By default there is none, and the title of SVG files contains the name of
	// the space.
	Title string
	// Node returns the text for a node, without its fields. By default, it is the node's operation,
	// or its number if it has none.
	Node func(part searchspace.DAG, node int) string
	// Op returns the text for an operation in the legend, on edges and, unless Node is set, at
	// nodes. By default, it is the operation's name.
	Op func(name string) string
	// Scale is the number of PNG pixels for one unit of the drawing, which is one SVG pixel. The
	// default is 2; it must not be negative. A drawing that would have more than 64 million pixels
	// is drawn at a smaller scale.
	Scale float64
}

func (o Options) validate() error {
	if o.Direction != LeftToRight && o.Direction != TopToBottom {
		return fmt.Errorf("option Direction must be LeftToRight or TopToBottom, got %d", o.Direction)
	}
	if o.Scale < 0 || math.IsNaN(o.Scale) || math.IsInf(o.Scale, 0) {
		return fmt.Errorf("option Scale must be a finite number and not negative, got %v", o.Scale)
	}
	return nil
}

// op returns the text for an operation.
func (o Options) op(name string) string {
	if o.Op == nil || name == "" {
		return name
	}
	return o.Op(name)
}

// node returns the text for a node.
func (o Options) node(part searchspace.DAG, node int) string {
	switch {
	case o.Node != nil:
		return o.Node(part, node)
	case part.NodeOp(node) != "":
		return o.op(part.NodeOp(node))
	}
	return strconv.Itoa(node)
}
