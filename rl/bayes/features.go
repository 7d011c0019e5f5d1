package bayes

import (
	"cmp"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// features is what a kernel compares of an architecture.
type features struct {
	// labels has a place for every node and every pair of nodes that there may be: the operation, or whether there is one.
	labels []int16
	// walks counts the walks of up to maxWalk edges by the operations that they pass, ascending by id.
	walks []walkCount
	norm  float64 // the walks' squared norm
}

type walkCount struct {
	id    int
	count float64
}

// maxWalk is how many edges a walk has at the most: as many as a path through a cell of NAS-Bench-201. Longer ones are
// many, and two architectures seldom share one.
const maxWalk = 3

// walkStep is a walk: the walk that it prolongs (of a walk of no edge: −1 less its part), the edge and the node.
type walkStep struct {
	prefix     int
	edge, node int16
}

// encoder turns architectures of one space into features that can be compared with one another.
type encoder struct {
	parts  []searchspace.Part
	places int
	walks  bool // counted
	ids    map[walkStep]int
}

func newEncoder(space searchspace.Space, walks bool) *encoder {
	e := &encoder{parts: space.Parts(), walks: walks, ids: map[walkStep]int{}}
	for _, p := range e.parts {
		e.places += p.MaxNodes * (p.MaxNodes + 1) / 2
	}
	return e
}

func (e *encoder) encodeAll(archs []searchspace.Arch) []features {
	all := make([]features, len(archs))
	for i, a := range archs {
		all[i] = e.encode(a)
	}
	return all
}

func (e *encoder) encode(a searchspace.Arch) features {
	f := features{labels: make([]int16, 0, e.places)}
	for i, p := range e.parts {
		from := len(f.labels)
		f.labels = f.labels[:from+p.MaxNodes*(p.MaxNodes+1)/2]
		e.label(p, a.Part(i), f.labels[from:])
	}
	if !e.walks {
		return f
	}
	counts := map[int]float64{}
	for i := range e.parts {
		e.count(i, a.Part(i), counts)
	}
	for id, n := range counts {
		f.walks = append(f.walks, walkCount{id, n})
	}
	slices.SortFunc(f.walks, func(a, b walkCount) int { return cmp.Compare(a.id, b.id) })
	for _, w := range f.walks {
		f.norm += w.count * w.count
	}
	return f
}

// nodeLabel and edgeLabel are 1 where nodes or edges carry no operations. 0 is for what is not there.
func nodeLabel(p searchspace.Part, g searchspace.DAG, node int) int16 {
	return int16(2 + slices.Index(p.NodeOps, g.NodeOp(node)))
}

func edgeLabel(p searchspace.Part, g searchspace.DAG, from, to int) int16 {
	if !g.HasEdge(from, to) {
		return 0
	}
	return int16(2 + slices.Index(p.EdgeOps, g.EdgeOp(from, to)))
}

// label fills a part's labels, node after node: the node's own, then those of the edges to it.
func (e *encoder) label(p searchspace.Part, g searchspace.DAG, labels []int16) {
	for t := range g.Len() {
		place := t * (t + 1) / 2
		labels[place] = nodeLabel(p, g, t)
		for j := range t {
			labels[place+1+j] = edgeLabel(p, g, j, t)
		}
	}
}

// count adds a part's walks, node after node: those that end at a node prolong those that end at the nodes before it.
func (e *encoder) count(part int, g searchspace.DAG, counts map[int]float64) {
	p := e.parts[part]
	ending := make([][maxWalk + 1][]walkCount, g.Len())
	for t := range g.Len() {
		node := nodeLabel(p, g, t)
		ending[t][0] = []walkCount{{e.id(walkStep{-1 - part, 0, node}), 1}}
		for j := range t {
			edge := edgeLabel(p, g, j, t)
			if edge == 0 {
				continue
			}
			for length := range maxWalk {
				for _, w := range ending[j][length] {
					ending[t][length+1] = add(ending[t][length+1], walkCount{e.id(walkStep{w.id, edge, node}), w.count})
				}
			}
		}
		for _, walks := range ending[t] {
			for _, w := range walks {
				counts[w.id] += w.count
			}
		}
	}
}

// id numbers walks in the order in which they are met.
func (e *encoder) id(s walkStep) int {
	id, ok := e.ids[s]
	if !ok {
		id = len(e.ids)
		e.ids[s] = id
	}
	return id
}

func add(walks []walkCount, w walkCount) []walkCount {
	for i := range walks {
		if walks[i].id == w.id {
			walks[i].count += w.count
			return walks
		}
	}
	return append(walks, w)
}

// hamming is the number of places in which two architectures differ.
func (f *features) hamming(g *features) int {
	differ := 0
	for i, l := range f.labels {
		if l != g.labels[i] {
			differ++
		}
	}
	return differ
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
