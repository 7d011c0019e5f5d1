package layered

import (
	"cmp"
	"slices"
)

// strength is the priority of keeping a segment straight.
type strength int

const (
	weak  strength = iota
	inner          // within a lane
	main           // on the spine
)

// segment connects vertices of two adjacent layers.
type segment struct {
	u, v     int
	strength strength
	blocked  bool // not aligned, because a stronger segment is in the way
}

// vertex is a node, a label or a piece of a lane.
type vertex struct {
	rank int
	size Size
	lane bool
	// The segments to the previous and to the next layer.
	up, down []int
	pos      int // position in the layer
	cross    float64
}

// diagram is a graph whose edges have been split into segments between adjacent layers. The first
// vertices are the nodes.
type diagram struct {
	graph    Graph
	vertices []vertex
	segments []segment
	layers   [][]int
	chains   [][]int // vertices of each edge, including its ends
	labels   []int   // vertex of each edge's label, −1 if it has none
}

func newDiagram(g Graph) *diagram {
	d := &diagram{graph: g, chains: make([][]int, len(g.Edges)), labels: make([]int, len(g.Edges))}
	step := 1
	if slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.Label != Size{} }) {
		step = 2 // labels are between the layers of nodes
	}
	for v, rank := range ranks(g) {
		d.add(vertex{rank: step * rank, size: g.Nodes[v]})
	}
	next := spine(g)
	trunks := map[[2]int][]int{} // shared lanes, by node and Lane
	for _, i := range d.byLength() {
		e := g.Edges[i]
		d.labels[i] = -1
		within, ends := inner, weak
		if next[e.From] == e.To {
			within, ends = main, main
		}
		if (e.Label != Size{}) || ends == main {
			d.chains[i] = d.lane(e, within, ends)
		}
		if (e.Label != Size{}) {
			middle := (d.vertices[e.From].rank + d.vertices[e.To].rank) / 2
			middle -= 1 - middle%2
			d.labels[i] = d.chains[i][middle-d.vertices[e.From].rank]
			label := &d.vertices[d.labels[i]]
			label.size, label.lane = e.Label, false
		}
		if d.chains[i] != nil {
			continue
		}
		key := [2]int{e.From, e.Lane}
		if trunks[key] == nil {
			trunks[key] = []int{e.From}
		}
		d.chains[i], trunks[key] = d.branch(e, trunks[key], ends)
	}
	return d
}

// byLength returns the indexes of the edges, ordered by the number of layers that they skip.
func (d *diagram) byLength() []int {
	order := make([]int, len(d.graph.Edges))
	for i := range order {
		order[i] = i
	}
	span := func(i int) int {
		e := d.graph.Edges[i]
		return d.vertices[e.To].rank - d.vertices[e.From].rank
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(span(i), span(j)) })
	return order
}

// add adds a vertex at the end of its layer.
func (d *diagram) add(v vertex) int {
	for v.rank >= len(d.layers) {
		d.layers = append(d.layers, nil)
	}
	id := len(d.vertices)
	v.pos = len(d.layers[v.rank])
	d.layers[v.rank] = append(d.layers[v.rank], id)
	d.vertices = append(d.vertices, v)
	return id
}

func (d *diagram) join(u, v int, s strength) {
	id := len(d.segments)
	d.segments = append(d.segments, segment{u: u, v: v, strength: s})
	d.vertices[u].down = append(d.vertices[u].down, id)
	d.vertices[v].up = append(d.vertices[v].up, id)
}

// lane gives an edge its own lane.
func (d *diagram) lane(e Edge, within, ends strength) []int {
	chain := []int{e.From}
	for rank := d.vertices[e.From].rank + 1; rank < d.vertices[e.To].rank; rank++ {
		v := d.add(vertex{rank: rank, lane: true})
		s := within
		if len(chain) == 1 {
			s = ends
		}
		d.join(chain[len(chain)-1], v, s)
		chain = append(chain, v)
	}
	d.join(chain[len(chain)-1], e.To, ends)
	return append(chain, e.To)
}

// branch routes an edge through a shared lane, and extends the lane if it is too short. It returns
// the edge's vertices and the lane, which starts at the source.
func (d *diagram) branch(e Edge, trunk []int, end strength) (chain, longer []int) {
	skipped := d.vertices[e.To].rank - d.vertices[e.From].rank - 1
	for len(trunk) <= skipped {
		last := trunk[len(trunk)-1]
		v := d.add(vertex{rank: d.vertices[last].rank + 1, lane: true})
		s := inner
		if last == e.From {
			s = weak
		}
		d.join(last, v, s)
		trunk = append(trunk, v)
	}
	d.join(trunk[skipped], e.To, end)
	return append(slices.Clone(trunk[:skipped+1]), e.To), trunk
}
