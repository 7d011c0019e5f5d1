package predictor

import (
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// flow holds the quantities from which the statistics of a graph are computed. Most of them are propagated from node to node.
type flow struct {
	searchspace.DAG
	in, out [][]int // the neighbors of each node, ascending
	edges   int

	inDegree, outDegree, degree []float64
	pathsFrom, pathsTo          []float64 // logarithms of the numbers of paths from the inputs and to the outputs
	share                       []float64 // fraction of all paths that go through the node
	longFrom, shortFrom         []float64 // distances from the inputs
	longTo, shortTo             []float64 // distances to the outputs
	meanFrom, meanTo            []float64 // mean lengths of the paths
	slack                       []float64 // length of the longest path minus that of the longest path through the node
	visit, visitBack            []float64 // probabilities that a random walk from an input, or back from an output, visits the node
	depth                       []float64 // 1 plus the mean depth of the predecessors; 0 for inputs

	paths                      float64 // logarithm of the number of paths
	longest, shortest, average float64 // lengths of paths from inputs to outputs
}

func newFlow(g searchspace.DAG) *flow {
	n := g.Len()
	f := &flow{DAG: g, in: make([][]int, n), out: make([][]int, n)}
	for v := range n {
		for u := range v {
			if g.HasEdge(u, v) {
				f.in[v], f.out[u] = append(f.in[v], u), append(f.out[u], v)
				f.edges++
			}
		}
	}
	f.inDegree, f.outDegree, f.degree = make([]float64, n), make([]float64, n), make([]float64, n)
	for v := range n {
		f.inDegree[v], f.outDegree[v] = float64(len(f.in[v])), float64(len(f.out[v]))
		f.degree[v] = f.inDegree[v] + f.outDegree[v]
	}
	forward, backward := make([]int, n), make([]int, n)
	for v := range n {
		forward[v], backward[n-1-v] = v, v
	}
	f.pathsFrom, f.meanFrom, f.longFrom, f.shortFrom = paths(forward, f.in)
	f.pathsTo, f.meanTo, f.longTo, f.shortTo = paths(backward, f.out)
	f.visit, f.visitBack = visits(forward, f.in, f.out), visits(backward, f.out, f.in)
	f.combine()
	return f
}

// paths returns, for each node, the logarithm of the number of paths that lead to it, and their
// mean, maximum and minimum length. order must be a topological order.
func paths(order []int, in [][]int) (number, mean, longest, shortest []float64) {
	n := len(order)
	number, mean, longest, shortest = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for _, v := range order {
		if len(in[v]) == 0 {
			continue
		}
		most := math.Inf(-1)
		shortest[v] = math.Inf(1)
		for _, u := range in[v] {
			most = math.Max(most, number[u])
			longest[v], shortest[v] = math.Max(longest[v], longest[u]+1), math.Min(shortest[v], shortest[u]+1)
		}
		var sum, length float64 // divided by exp(most)
		for _, u := range in[v] {
			weight := math.Exp(number[u] - most)
			sum, length = sum+weight, length+weight*(mean[u]+1)
		}
		number[v], mean[v] = most+math.Log(sum), length/sum
	}
	return number, mean, longest, shortest
}

// visits returns the probability that a random walk visits each node. The walk starts at a random node without predecessors and
// continues to a random successor.
func visits(order []int, in, out [][]int) []float64 {
	p := make([]float64, len(order))
	starts := 0
	for _, edges := range in {
		if len(edges) == 0 {
			starts++
		}
	}
	for _, v := range order {
		if len(in[v]) == 0 {
			p[v] = 1 / float64(starts)
		}
		for _, u := range in[v] {
			p[v] += p[u] / float64(len(out[u]))
		}
	}
	return p
}

// combine computes the quantities that depend on both directions.
func (f *flow) combine() {
	n := f.Len()
	f.share, f.slack, f.depth = make([]float64, n), make([]float64, n), make([]float64, n)
	f.shortest = math.Inf(1)
	most := math.Inf(-1)
	for v := range n {
		for _, u := range f.in[v] {
			f.depth[v] += (f.depth[u] + 1) / f.inDegree[v]
		}
		if len(f.out[v]) == 0 {
			f.longest, f.shortest = math.Max(f.longest, f.longFrom[v]), math.Min(f.shortest, f.shortFrom[v])
			most = math.Max(most, f.pathsFrom[v])
		}
	}
	var sum, length float64 // divided by exp(most)
	for v := range n {
		if len(f.out[v]) == 0 {
			weight := math.Exp(f.pathsFrom[v] - most)
			sum, length = sum+weight, length+weight*f.meanFrom[v]
		}
	}
	f.paths, f.average = most+math.Log(sum), length/sum
	for v := range n {
		f.share[v] = math.Exp(f.pathsFrom[v] + f.pathsTo[v] - f.paths)
		f.slack[v] = f.longest - f.longFrom[v] - f.longTo[v]
	}
}

// undirected returns the neighbors of each node in either direction, ascending.
func (f *flow) undirected() [][]int {
	next := make([][]int, f.Len())
	for v := range next {
		next[v] = slices.Concat(f.in[v], f.out[v])
	}
	return next
}
