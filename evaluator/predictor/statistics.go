package predictor

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Features describes an architecture of a space by numbers, for a Gaussian process. It must return the same number of finite values
// for every architecture, depend only on the architecture, and be safe for concurrent use.
type Features func(searchspace.Arch) []float64

// Statistics returns the Features that [TrainProcess] uses by default. They work for any space. For each part they contain
//
//   - for the graph: the number of edges and how far they reach in the order of the nodes; the number of paths and the lengths of
//     the shortest, longest and average path; the number of triangles, and of pairs of nodes with a common input or output; the
//     number of pairs of connected nodes and their distances; and the correlation of in-degrees and out-degrees;
//   - for the nodes, the mean, standard deviation, minimum and maximum of: in-degree, out-degree and degree; the logarithms of the
//     numbers of paths from the inputs and to the outputs, and the share of all paths that go through the node; the shortest, mean
//     and longest distances from the inputs and to the outputs, and the slack of the longest; the probability that a random walk
//     from the inputs, or back from the outputs, visits the node; and the depth, averaged over the node's inputs;
//   - for every node operation and every value of a node field: the number of nodes that have it, their share of paths and their
//     mean position in the order. For an ordered field, instead the mean and the standard deviation of its values, from 0 to 1;
//   - the same for edge operations and values of edge fields.
//
// Inputs are nodes without incoming edges, and outputs are nodes without outgoing edges. If the keys of a space ignore the order of
// nodes, statistics that depend on the order can differ between architectures with the same key.
func Statistics(space searchspace.Space) Features {
	parts := space.Parts()
	return func(a searchspace.Arch) []float64 {
		var x []float64
		for i, p := range parts {
			f := newFlow(a.Part(i))
			x = f.appendGraph(x)
			x = f.appendNodes(x)
			x = f.appendLabels(x, p)
		}
		return x
	}
}

// appendGraph appends the statistics of a graph as a whole.
func (f *flow) appendGraph(x []float64) []float64 {
	spans := make([]float64, 0, f.edges)
	var adjacent, assortative float64
	for v, in := range f.in {
		for _, u := range in {
			spans = append(spans, float64(v-u))
			if v == u+1 {
				adjacent++
			}
			assortative += f.degree[u] * f.degree[v]
		}
	}
	x = append(x, float64(f.edges), math.Log1p(float64(f.edges)), adjacent, assortative/math.Max(1, float64(f.edges)))
	x = appendSummary(x, spans)
	x = append(x, f.paths, f.longest, f.shortest, f.average)
	x = append(x, stat.Mean(f.product(), nil), correlation(f.inDegree, f.outDegree), count(f.inDegree, 1), count(f.outDegree, 1))
	x = append(x, f.common()...)
	x = append(x, distances(f.out)...)
	return append(x, distances(f.undirected())...)
}

// appendNodes appends the statistics of a graph's nodes.
func (f *flow) appendNodes(x []float64) []float64 {
	for _, values := range [][]float64{
		f.inDegree, f.outDegree, f.degree, f.pathsFrom, f.pathsTo, f.share, f.longFrom, f.shortFrom, f.longTo, f.shortTo,
		f.meanFrom, f.meanTo, f.slack, f.visit, f.visitBack, f.depth,
	} {
		x = appendSummary(x, values)
	}
	return x
}

// appendSummary appends mean, standard deviation, minimum and maximum, or zeros if there are no values.
func appendSummary(x, values []float64) []float64 {
	if len(values) == 0 {
		return append(x, 0, 0, 0, 0)
	}
	mean, deviation := stat.PopMeanStdDev(values, nil)
	return append(x, mean, deviation, slices.Min(values), slices.Max(values))
}

// product returns the product of the in-degree and out-degree of each node.
func (f *flow) product() []float64 {
	p := make([]float64, len(f.inDegree))
	for v := range p {
		p[v] = f.inDegree[v] * f.outDegree[v]
	}
	return p
}

// correlation returns Pearson's correlation, or 0 if one list is constant.
func correlation(x, y []float64) float64 {
	if slices.Max(x) == slices.Min(x) || slices.Max(y) == slices.Min(y) {
		return 0
	}
	return stat.Correlation(x, y, nil)
}

// count returns how many of the values equal x.
func count(values []float64, x float64) (n float64) {
	for _, v := range values {
		if v == x {
			n++
		}
	}
	return n
}

// common returns the number of walks of two edges, the number of triangles, and the numbers of pairs of nodes with a common output or a
// common input, counted once for each.
func (f *flow) common() []float64 {
	var walks, triangles, outputs, inputs float64
	for v, in := range f.in {
		walks += f.inDegree[v] * f.outDegree[v]
		outputs += f.inDegree[v] * (f.inDegree[v] - 1) / 2
		inputs += f.outDegree[v] * (f.outDegree[v] - 1) / 2
		for i, u := range in {
			for _, w := range in[:i] {
				if _, edge := slices.BinarySearch(f.in[u], w); edge {
					triangles++
				}
			}
		}
	}
	return []float64{walks, triangles, outputs, inputs}
}

// distances returns the number of pairs of nodes of which one reaches the other, and their mean and maximum distance. next lists the
// nodes that each node leads to.
func distances(next [][]int) []float64 {
	var pairs, sum, longest float64
	distance, queue := make([]int, len(next)), make([]int, 0, len(next))
	for from := range next {
		clear(distance)
		queue = append(queue[:0], from)
		for at := 0; at < len(queue); at++ {
			u := queue[at]
			for _, v := range next[u] {
				if v == from || distance[v] > 0 {
					continue
				}
				distance[v] = distance[u] + 1
				pairs, sum = pairs+1, sum+float64(distance[v])
				longest = math.Max(longest, float64(distance[v]))
				queue = append(queue, v)
			}
		}
	}
	return []float64{pairs, sum / math.Max(1, pairs), longest}
}
