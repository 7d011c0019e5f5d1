package layered

import (
	"math"
	"slices"
)

// ranks returns the layer of each node: as early as its inputs allow, or later if that shortens its
// edges. Nodes without edges fill the emptiest layers.
func ranks(g Graph) []int {
	in, out := neighbors(g)
	rank := make([]int, len(g.Nodes))
	last := 0
	for v := range rank {
		for _, u := range in[v] {
			rank[v] = max(rank[v], rank[u]+1)
		}
		last = max(last, rank[v])
	}
	for v := len(rank) - 1; v >= 0; v-- {
		if len(in[v]) == 0 || len(out[v]) <= len(in[v]) {
			continue
		}
		next := math.MaxInt
		for _, w := range out[v] {
			next = min(next, rank[w])
		}
		rank[v] = next - 1
	}
	spread(rank, in, out, last+1)
	return rank
}

// spread assigns nodes without edges to the layers with the fewest nodes. If there are many, it
// adds layers.
func spread(rank []int, in, out [][]int, layers int) {
	var alone []int
	counts := make([]int, layers)
	for v := range rank {
		if len(in[v])+len(out[v]) == 0 {
			alone = append(alone, v)
		} else {
			counts[rank[v]]++
		}
	}
	for len(counts)*len(counts) < 2*len(alone) {
		counts = append(counts, 0)
	}
	for _, v := range alone {
		emptiest := slices.Index(counts, slices.Min(counts))
		rank[v] = emptiest
		counts[emptiest]++
	}
}

// neighbors returns the inputs and the readers of each node.
func neighbors(g Graph) (in, out [][]int) {
	in, out = make([][]int, len(g.Nodes)), make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		in[e.To] = append(in[e.To], e.From)
		out[e.From] = append(out[e.From], e.To)
	}
	return in, out
}

// spine returns the edges of a longest path, as the next node of each node on it and −1 for the
// others. Of several longest paths, it chooses the one with the lowest numbers from the end.
func spine(g Graph) []int {
	in, _ := neighbors(g)
	length, before := make([]int, len(g.Nodes)), make([]int, len(g.Nodes))
	end := 0
	for v := range g.Nodes {
		before[v] = -1
		for _, u := range in[v] {
			if length[u]+1 > length[v] {
				length[v], before[v] = length[u]+1, u
			}
		}
		if length[v] > length[end] {
			end = v
		}
	}
	next := make([]int, len(g.Nodes))
	for v := range next {
		next[v] = -1
	}
	for v := end; before[v] >= 0; v = before[v] {
		next[before[v]] = v
	}
	return next
}
