package bayes

import (
	"cmp"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

type walkCount struct {
	id    uint64
	count float64
}

// maxWalk is how many edges a walk has at the most: as many as a path through a cell of NAS-Bench-201. There are many longer
// walks, and two architectures seldom share one.
const maxWalk = 3

// maxFieldWalk is how many edges a walk has at the most that passes fields. There are many fields, and their neighbors matter
// most.
const maxFieldWalk = 1

// view is what walks see of nodes and edges: their operations, and the value of one field or whether it is high. All walks
// are counted in every view of a part. So two architectures whose nodes have the same operations and nearly the same fields
// have many walks in common.
type view struct {
	field   int  // number of the field, −1: operations alone
	onEdges bool // it is a field of edges
	least   int  // of an ordered field: it sees whether the value is at least this; 0 for other fields
	longest int
	weight  float64 // of a walk
}

// newViews returns the views of a part: one of the operations, one for every field and, if the field is ordered, one for every
// value but the first in its place. The latter count less the more they are, so that all fields count the same.
func newViews(p searchspace.Part) []view {
	views := []view{{field: -1, longest: maxWalk, weight: 1}}
	for k, fields := range [][]searchspace.Field{p.NodeFields, p.EdgeFields} {
		for i, f := range fields {
			v := view{field: i, onEdges: k == 1, longest: maxFieldWalk, weight: 1}
			if !f.Ordered || len(f.Values) == 1 {
				views = append(views, v)
				continue
			}
			v.weight = 1 / math.Sqrt(float64(len(f.Values)-1))
			for v.least = 1; v.least < len(f.Values); v.least++ {
				views = append(views, v)
			}
		}
	}
	return views
}

// of returns what the view sees of the fields of a node or edge.
func (v *view) of(fields []int16, onEdge bool) int16 {
	if v.field < 0 || v.onEdges != onEdge {
		return 0
	}
	value := fields[v.field]
	if value < 0 || v.least == 0 {
		return 1 + value
	}
	if int(value) < v.least {
		return 1
	}
	return 2
}

// counter counts the walks of one architecture after another. It keeps its memory.
type counter struct {
	ending []walkCount // node after node the walks that end there, by length
	starts []int       // of the walks of each node and length
	here   places      // of the walks of the present node and length, in ending
	all    []walkCount
	in     places // of the walks in all
}

// countWalks fills the walks of an architecture.
func (e *encoder) countWalks(graphs []graph, f *features) {
	c := &e.counter
	c.all = c.all[:0]
	c.in.clear()
	number := uint64(0)
	for i := range graphs {
		for k := range e.parts[i].views {
			c.count(&e.parts[i].views[k], walkID(number, [2]int16{}, [2]int16{}), &graphs[i])
			number++
		}
	}
	f.walks = slices.Clone(c.all)
	slices.SortFunc(f.walks, func(a, b walkCount) int { return cmp.Compare(a.id, b.id) })
	for _, w := range f.walks {
		f.norm += w.count * w.count
	}
}

// count counts the walks of a view, whose own number is given, node after node: those that end at a node prolong those that end at
// the nodes before it.
func (c *counter) count(v *view, number uint64, g *graph) {
	c.ending, c.starts = c.ending[:0], c.starts[:0]
	for t, op := range g.ops {
		node := [2]int16{op, v.of(g.fields[t], false)}
		for length := range v.longest + 1 {
			start := len(c.ending)
			c.starts = append(c.starts, start)
			if length == 0 {
				c.ending = append(c.ending, walkCount{walkID(number, [2]int16{}, node), 1})
			} else {
				c.prolong(v, length, node, g.edges[t])
			}
			for _, w := range c.ending[start:] {
				c.all = c.in.add(c.all, walkCount{w.id, v.weight * w.count})
			}
		}
	}
}

// prolong appends the walks of a length that end at a node, given the edges into it.
func (c *counter) prolong(v *view, length int, node [2]int16, edges []edge) {
	c.here.clear()
	for _, x := range edges {
		label := [2]int16{x.op, v.of(x.fields, true)}
		shorter := x.from*(v.longest+1) + length - 1
		for _, w := range c.ending[c.starts[shorter]:c.starts[shorter+1]] {
			c.ending = c.here.add(c.ending, walkCount{walkID(w.id, label, node), w.count})
		}
	}
}

// walkID returns the number of the walk that prolongs another by an edge and a node, each an operation and what the view sees of
// its fields: a hash, so that it does not depend on what else has been counted. Of 64 bits, two walks hardly ever share it.
func walkID(prefix uint64, edge, node [2]int16) uint64 {
	x := prefix ^ (uint64(uint16(edge[0])) | uint64(uint16(edge[1]))<<16 | uint64(uint16(node[0]))<<32 | uint64(uint16(node[1]))<<48)
	x += 0x9e3779b97f4a7c15 // SplitMix64 (Steele et al. 2014)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// walkDistance is the squared Euclidean distance of the walks' counts.
func (f *features) walkDistance(g *features) float64 {
	dot, j := 0.0, 0
	for _, w := range f.walks {
		for j < len(g.walks) && g.walks[j].id < w.id {
			j++
		}
		if j < len(g.walks) && g.walks[j].id == w.id {
			dot += w.count * g.walks[j].count
		}
	}
	return max(0, f.norm+g.norm-2*dot)
}
