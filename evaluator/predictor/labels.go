package predictor

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/searchspace"
)

// labeled is a node or an edge with its label and the quantities that describe it.
type labeled struct {
	searchspace.Label
	op           string
	share, place float64 // fraction of all paths, and position in the order of the nodes, from 0 to 1
}

// appendLabels appends the statistics of operations and fields.
func (f *flow) appendLabels(x []float64, p searchspace.Part) []float64 {
	last := math.Max(1, float64(p.MaxNodes-1))
	var nodes, edges []labeled
	for v := range f.Len() {
		nodes = append(nodes, labeled{f.Node(v), f.NodeOp(v), f.share[v], float64(v) / last})
		if p.EdgeOps == nil && p.EdgeFields == nil {
			continue
		}
		for _, u := range f.in[v] {
			share := math.Exp(f.pathsFrom[u] + f.pathsTo[v] - f.paths)
			edges = append(edges, labeled{f.EdgeLabel(u, v), f.EdgeOp(u, v), share, float64(u+v) / (2 * last)})
		}
	}
	x = appendOps(x, p.NodeOps, nodes)
	x = appendFields(x, p.NodeFields, nodes)
	x = appendOps(x, p.EdgeOps[min(1, len(p.EdgeOps)):], edges)
	return appendFields(x, p.EdgeFields, edges)
}

func appendOps(x []float64, ops []string, of []labeled) []float64 {
	for _, op := range ops {
		x = appendBearers(x, of, func(l labeled) bool { return l.op == op })
	}
	return x
}

func appendFields(x []float64, fields []searchspace.Field, of []labeled) []float64 {
	for _, f := range fields {
		if !f.Ordered {
			for _, value := range f.Values {
				x = appendBearers(x, of, func(l labeled) bool { return l.Get(f.Name) == value })
			}
			continue
		}
		sizes := []float64{}
		for _, l := range of {
			if at := slices.Index(f.Values, l.Get(f.Name)); at >= 0 {
				sizes = append(sizes, float64(at)/math.Max(1, float64(len(f.Values)-1)))
			}
		}
		mean, deviation := 0.0, 0.0
		if len(sizes) > 0 {
			mean, deviation = stat.PopMeanStdDev(sizes, nil)
		}
		x = append(x, float64(len(sizes)), mean, deviation)
	}
	return x
}

// appendBearers appends the number of nodes or edges that have a label, their share of paths and their mean position.
func appendBearers(x []float64, of []labeled, has func(labeled) bool) []float64 {
	var n, share, place float64
	for _, l := range of {
		if has(l) {
			n, share, place = n+1, share+l.share, place+l.place
		}
	}
	return append(x, n, share, place/math.Max(1, n))
}
