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

// maxWalk is the largest number of edges of a walk, which is that of a path through a NAS-Bench-201
// cell. There are many longer walks, and architectures rarely share one.
const maxWalk = 3

// maxFieldWalk is the largest number of edges of a walk that includes fields. There are many
// fields, and direct neighbors matter most.
const maxFieldWalk = 1

// view selects which labels a walk sees: the operations and, of one field, its value or whether it
// is high. All walks are counted in every view of a part, so architectures whose nodes have the
// same operations and similar fields have many walks in common.
type view struct {
	field   int  // index of the field, −1 for operations only
	onEdges bool // whether it is a field of edges
	least   int  // for an ordered field, see whether the value is at least this; 0 for other fields
	longest int
	weight  float64 // weight of a walk
}

// newViews returns the views of a part: one of the operations, one for every unordered field, and
// one for every value except the first of an ordered field. Views of the same ordered field share
// its weight, so that all fields count the same.
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

// counter counts the walks of one architecture after another, reusing its memory.
type counter struct {
	ending []walkCount // walks by their last node and length
	starts []int       // start of the walks of each node and length
	here   places      // positions in ending of the walks of the current node and length
	all    []walkCount
	in     places // positions of the walks in all
}

// countWalks counts the walks of an architecture.
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

// count counts the walks of view number in node order. Walks that end at a node extend those that
// end at earlier nodes.
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

// walkID returns the id of the walk that extends another by an edge and a node, each given by its
// operation and what the view sees of its fields. The id is a 64-bit hash, so it does not depend on
// other walks, and collisions are very unlikely.
func walkID(prefix uint64, edge, node [2]int16) uint64 {
	x := prefix ^ (uint64(uint16(edge[0])) | uint64(uint16(edge[1]))<<16 | uint64(uint16(node[0]))<<32 | uint64(uint16(node[1]))<<48)
	x += 0x9e3779b97f4a7c15 // SplitMix64 (Steele et al. 2014)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// walkDistance returns the squared Euclidean distance between the walk counts.
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
