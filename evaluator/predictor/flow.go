package predictor

import (
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// flow is what a graph's statistics are computed from: its edges, and quantities that flow from node to node.
type flow struct {
	searchspace.DAG
	in, out [][]int // of each node, ascending
	edges   int

	inDegree, outDegree, degree []float64
	pathsFrom, pathsTo          []float64 // logarithms of the numbers of paths from the inputs and to the outputs
	share                       []float64 // of all paths: those through the node
	longFrom, shortFrom         []float64 // distances from the inputs
	longTo, shortTo             []float64 // and to the outputs
	meanFrom, meanTo            []float64 // mean lengths of the paths
	slack                       []float64 // how much longer the longest path of all is than the longest through the node
	visit, visitBack            []float64 // probabilities that a random walk from an input, or back from an output, visits the node
	depth                       []float64 // 1 more than the mean of the inputs' depths, 0 for inputs

	paths                      float64 // the logarithm of their number
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

// paths returns of each node, in an order in which its inputs precede it, the logarithm of the number of paths that lead to it,
// and their mean, largest and smallest length.
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
		var sum, length float64 // over exp(most)
		for _, u := range in[v] {
			weight := math.Exp(number[u] - most)
			sum, length = sum+weight, length+weight*(mean[u]+1)
		}
		number[v], mean[v] = most+math.Log(sum), length/sum
	}
	return number, mean, longest, shortest
}

// visits returns the probability that a walk visits each node. It starts at a random one of those without inputs and goes on to
// a random output.
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

// combine fills in what follows from both directions.
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
	var sum, length float64 // over exp(most)
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

// undirected returns the neighbors of each node, ascending.
func (f *flow) undirected() [][]int {
	next := make([][]int, f.Len())
	for v := range next {
		next[v] = slices.Concat(f.in[v], f.out[v])
	}
	return next
}
