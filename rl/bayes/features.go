package bayes

import (
	"math"
	"math/bits"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// features is the representation of an architecture that kernels compare.
type features struct {
	// labels has an entry for every possible node, pair of nodes and unordered field: the operation,
	// whether there is an edge, or the value. It is 0 for those that do not exist.
	labels labels
	// ordered has an entry for every possible ordered field: the position of the value in the order,
	// from 0 to 1, or absent.
	ordered []float64
	// walks counts the walks of up to maxWalk edges by the labels along them, in ascending order of
	// id.
	walks []walkCount
	norm  float64 // squared norm of walks
}

// labels packs numbers from 0 to 65,535 four to a word, so that four are compared at once.
type labels []uint64

func newLabels(n int) labels { return make(labels, (n+3)/4) }

func (l labels) set(i int, v int16) { l[i/4] |= uint64(uint16(v)) << (i % 4 * 16) }

// nonzero returns the number of nonzero labels in a word.
func nonzero(word uint64) int {
	const low = 0x7fff7fff7fff7fff // all bits of each label except the highest
	return bits.OnesCount64((word&low + low | word) &^ low)
}

// differ returns the number of positions in which two lists of the same length differ.
func (l labels) differ(k labels) (n int) {
	k = k[:len(l)]
	for i, word := range l {
		n += nonzero(word ^ k[i])
	}
	return n
}

// absent is at a distance of at least 1 from every value.
const absent = 2

// encoder converts architectures of one space to comparable features.
type encoder struct {
	parts           []partEncoder
	labels, ordered int // numbers of entries in features
	counter         counter
	// paths makes the encoder omit the edges of every part that are not on a path from its first
	// node to its last. In many spaces such edges have no effect.
	paths bool
}

// partEncoder locates the features of a part.
type partEncoder struct {
	searchspace.Part
	first                  int // index of the label of its first node
	nodeFields, edgeFields fieldPlaces
	views                  []view
}

// fieldPlaces locates the values of the fields of nodes or edges: field i of node or edge k is at
// first[i] + k·stride, where stride is that of labels or of ordered values.
type fieldPlaces struct {
	fields          []searchspace.Field
	first           []int
	labels, ordered int // strides
}

func newEncoder(space searchspace.Space) *encoder {
	e := &encoder{}
	for _, p := range space.Parts() {
		part := partEncoder{Part: p, first: e.labels, views: newViews(p)}
		e.labels += p.MaxNodes * (p.MaxNodes + 1) / 2
		part.nodeFields = e.place(p.NodeFields, p.MaxNodes)
		part.edgeFields = e.place(p.EdgeFields, p.MaxNodes*(p.MaxNodes-1)/2)
		e.parts = append(e.parts, part)
	}
	return e
}

// place assigns entries to the fields of the given number of nodes or edges.
func (e *encoder) place(fields []searchspace.Field, owners int) fieldPlaces {
	places := fieldPlaces{fields: fields, first: make([]int, len(fields))}
	for i, f := range fields {
		if f.Ordered {
			places.first[i] = e.ordered + places.ordered
			places.ordered++
		} else {
			places.first[i] = e.labels + places.labels
			places.labels++
		}
	}
	e.ordered += owners * places.ordered
	e.labels += owners * places.labels
	return places
}

// hasFields reports whether the space has fields.
func (e *encoder) hasFields() bool {
	return slices.ContainsFunc(e.parts, func(p partEncoder) bool { return len(p.NodeFields)+len(p.EdgeFields) > 0 })
}

func (e *encoder) encode(a searchspace.Arch) features {
	f := features{labels: newLabels(e.labels), ordered: make([]float64, e.ordered)}
	for i := range f.ordered {
		f.ordered[i] = absent
	}
	graphs := make([]graph, len(e.parts))
	for i := range e.parts {
		if graphs[i] = e.parts[i].read(a.Part(i)); e.paths {
			graphs[i] = graphs[i].connected()
		}
		e.parts[i].label(&graphs[i], &f)
	}
	e.countWalks(graphs, &f)
	return f
}

// connected returns the graph without the edges that are not on a path from the first node to the
// last.
func (g *graph) connected() graph {
	n := len(g.ops)
	begun, ends := make([]bool, n), make([]bool, n)
	for t := range n {
		begun[t] = t == 0 || slices.ContainsFunc(g.edges[t], func(x edge) bool { return begun[x.from] })
	}
	for t := n - 1; t >= 0; t-- {
		if ends[t] = ends[t] || t == n-1; ends[t] {
			for _, x := range g.edges[t] {
				ends[x.from] = true
			}
		}
	}
	out := graph{ops: g.ops, fields: g.fields, edges: make([][]edge, n)}
	for t := range n {
		for _, x := range g.edges[t] {
			if begun[x.from] && ends[t] {
				out.edges[t] = append(out.edges[t], x)
			}
		}
	}
	return out
}

// graph is a part of an architecture in numeric form. All operations are 1 if nodes or edges have
// none.
type graph struct {
	ops    []int16   // operation of each node
	fields [][]int16 // values of each node's fields, −1 for those that do not exist
	edges  [][]edge  // edges into each node
}

type edge struct {
	from   int
	op     int16
	fields []int16
}

func (p *partEncoder) read(g searchspace.DAG) graph {
	n := g.Len()
	out := graph{ops: make([]int16, n), fields: make([][]int16, n), edges: make([][]edge, n)}
	all := make([]edge, 0, g.NumEdges())
	for t := range n {
		out.ops[t] = int16(2 + slices.Index(p.NodeOps, g.NodeOp(t)))
		if len(p.NodeFields) > 0 {
			out.fields[t] = p.nodeFields.values(g.Node(t))
		}
		first := len(all)
		for j := range t {
			if !g.HasEdge(j, t) {
				continue
			}
			x := edge{from: j, op: int16(2 + slices.Index(p.EdgeOps, g.EdgeOp(j, t)))}
			if len(p.EdgeFields) > 0 {
				x.fields = p.edgeFields.values(g.EdgeLabel(j, t))
			}
			all = append(all, x)
		}
		out.edges[t] = all[first:]
	}
	return out
}

// values returns the values of the fields, −1 for those that do not exist.
func (p *fieldPlaces) values(l searchspace.Label) []int16 {
	values := make([]int16, len(p.fields))
	for i, f := range p.fields {
		values[i] = int16(slices.Index(f.Values, l.Get(f.Name)))
	}
	return values
}

// label sets a part's labels: for each node, its own and those of its incoming edges, and then the
// fields.
func (p *partEncoder) label(g *graph, f *features) {
	for t, op := range g.ops {
		own := p.first + t*(t+1)/2
		f.labels.set(own, op)
		p.nodeFields.set(f, t, g.fields[t])
		for _, x := range g.edges[t] {
			f.labels.set(own+1+x.from, x.op)
			p.edgeFields.set(f, t*(t-1)/2+x.from, x.fields)
		}
	}
}

// set sets the values of the fields of a node or edge.
func (p *fieldPlaces) set(f *features, owner int, values []int16) {
	for i, v := range values {
		switch {
		case v < 0:
		case p.fields[i].Ordered:
			f.ordered[p.first[i]+owner*p.ordered] = float64(v) / float64(max(1, len(p.fields[i].Values)-1))
		default:
			f.labels.set(p.first[i]+owner*p.labels, 1+v)
		}
	}
}

// decisionDistance counts the labels in which two architectures differ and adds the distance of
// each ordered field: from 0 to 1, or 1 if only one architecture has the field.
func (f *features) decisionDistance(g *features) float64 {
	sum := float64(f.labels.differ(g.labels))
	ordered := g.ordered[:len(f.ordered)]
	for i, x := range f.ordered {
		sum += min(1, math.Abs(x-ordered[i]))
	}
	return sum
}

// varying returns the number of positions in which the architectures are not all equal, at least 1.
func varying(all []*entry) int {
	n := 0
	for i, word := range all[0].labels {
		var differ uint64
		for _, e := range all {
			differ |= e.labels[i] ^ word
		}
		n += nonzero(differ)
	}
	for i, x := range all[0].ordered {
		if slices.ContainsFunc(all, func(e *entry) bool { return e.ordered[i] != x }) {
			n++
		}
	}
	return max(1, n)
}
