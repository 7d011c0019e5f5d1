// Package layered lays out directed acyclic graphs in layers by the method of Sugiyama, Tagawa and
// Toda (1981): it assigns nodes to layers, orders each layer so that few edges cross, and places
// the nodes so that long edges are straight.
//
// Layers follow one another along the main axis; the nodes of a layer are beside one another along
// the cross axis. The caller decides which axis is horizontal.
//
// Edges without a label that leave the same node share a lane through the layers that they skip,
// and leave it one after another. There are therefore few lanes even if there are many edges, and
// an edge can be followed from its source. An edge with a label has its own lane, and its label has
// its own space in a layer.
package layered

// Size is an extent along both axes.
type Size struct{ Main, Cross float64 }

// Point is a position along both axes.
type Point struct{ Main, Cross float64 }

// Edge leads from a lower to a higher node. Label is the size of its label, or zero if it has none.
// Edges that leave the same node share a lane if they have the same Lane and no labels.
type Edge struct {
	From, To, Lane int
	Label          Size
}

// Graph is a graph to lay out: the sizes of its nodes, numbered in topological order, and its
// edges, at most one for each pair of nodes.
type Graph struct {
	Nodes []Size
	Edges []Edge
}

// Layout is the position of everything, between (0, 0) and Size. Points are the centers of nodes
// and labels.
type Layout struct {
	Size   Size
	Nodes  []Point
	Labels []Point // one for each edge; zero for edges without a label
	Routes []Route // one for each edge
}

// Route is the path of an edge from the border of its source to the border of its target.
type Route struct {
	Start Point
	Steps []Step
}

// Step continues a route to a point, straight or as a cubic Bézier curve with two control points.
type Step struct {
	Curved            bool
	Control, Control2 Point
	To                Point
}

func (r *Route) line(to Point) { r.Steps = append(r.Steps, Step{To: to}) }

func (r *Route) curve(control, control2, to Point) {
	r.Steps = append(r.Steps, Step{Curved: true, Control: control, Control2: control2, To: to})
}

// end returns the last point of the route.
func (r *Route) end() Point {
	if len(r.Steps) == 0 {
		return r.Start
	}
	return r.Steps[len(r.Steps)-1].To
}

// Distances.
const (
	nodeGap  = 18.0 // between two nodes of a layer
	laneGap  = 9.0  // between two lanes
	mixedGap = 13.0 // between a node and a lane
	layerGap = 34.0 // between two layers, at least
)

// New lays out a graph. A path, whose nodes follow one another, is broken into rows of about the
// given length along the main axis, like text. The layout depends only on the arguments.
func New(g Graph, wrap float64) Layout {
	if isPath(g) {
		return rows(g, wrap)
	}
	d := newDiagram(g)
	d.order()
	d.place()
	return d.layout()
}
