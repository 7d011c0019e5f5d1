package layered

import (
	"math"
	"slices"
)

// place computes the cross coordinate of each vertex by the method of Brandes and Köpf (2002):
// vertices are aligned with their median neighbors into straight blocks, which are then moved
// together. This is done from all four corners, and each vertex gets the mean of the middle two of
// its four coordinates.
func (d *diagram) place() {
	d.block()
	var all [4][]float64
	for k := range all {
		all[k] = d.corner(k < 2, k%2 == 0)
	}
	d.justify(&all)
	lowest := math.Inf(1)
	for v := range d.vertices {
		four := []float64{all[0][v], all[1][v], all[2][v], all[3][v]}
		slices.Sort(four)
		d.vertices[v].cross = (four[1] + four[2]) / 2
		lowest = min(lowest, d.vertices[v].cross-d.vertices[v].size.Cross/2)
	}
	for v := range d.vertices {
		d.vertices[v].cross -= lowest
	}
}

// block marks the segments that cross a stronger one or share an end with one.
func (d *diagram) block() {
	for _, layer := range d.layers {
		var strong, all []int
		for _, v := range layer {
			for _, s := range d.vertices[v].down {
				all = append(all, s)
				if d.segments[s].strength > weak {
					strong = append(strong, s)
				}
			}
		}
		for _, i := range strong {
			a := d.segments[i]
			for _, k := range all {
				b := &d.segments[k]
				if b.strength >= a.strength || b.blocked {
					continue
				}
				u, v := d.vertices[a.u].pos-d.vertices[b.u].pos, d.vertices[a.v].pos-d.vertices[b.v].pos
				b.blocked = u*v <= 0
			}
		}
	}
}

// justify shifts the four sets of coordinates to a common border with the narrowest: the low border
// for the two that were packed to the low side, and the high border for the others.
func (d *diagram) justify(all *[4][]float64) {
	var low, high [4]float64
	narrowest := 0
	for k, xs := range all {
		low[k], high[k] = math.Inf(1), math.Inf(-1)
		for v, x := range xs {
			half := d.vertices[v].size.Cross / 2
			low[k], high[k] = min(low[k], x-half), max(high[k], x+half)
		}
		if high[k]-low[k] < high[narrowest]-low[narrowest] {
			narrowest = k
		}
	}
	for k, xs := range all {
		shift := low[narrowest] - low[k]
		if k%2 == 1 {
			shift = high[narrowest] - high[k]
		}
		for v := range xs {
			xs[v] += shift
		}
	}
}

// corner returns the coordinates from one corner: layers are processed forwards or backwards, and
// vertices are packed to the low or high side.
func (d *diagram) corner(forwards, low bool) []float64 {
	layers := d.copyLayers()
	if !forwards {
		slices.Reverse(layers)
	}
	pos := make([]int, len(d.vertices))
	for _, layer := range layers {
		if !low {
			slices.Reverse(layer)
		}
		for i, v := range layer {
			pos[v] = i
		}
	}
	xs := d.pack(layers, d.align(layers, pos, forwards))
	if !low {
		for v := range xs {
			xs[v] = -xs[v]
		}
	}
	return xs
}

// align returns, for each vertex, the first vertex of the block that it is aligned with.
func (d *diagram) align(layers [][]int, pos []int, forwards bool) []int {
	root, next := make([]int, len(d.vertices)), make([]int, len(d.vertices))
	for v := range root {
		root[v], next[v] = v, v
	}
	for _, layer := range layers {
		reached := -1
		for _, v := range layer {
			candidates := d.medians(v, pos, forwards)
			for _, u := range candidates {
				if next[v] != v || pos[u] <= reached {
					continue
				}
				next[u], root[v] = v, root[u]
				next[v] = root[v]
				reached = pos[u]
			}
		}
	}
	return root
}

// medians returns the one or two median vertices among a vertex's strongest neighbors in the layer
// processed before.
func (d *diagram) medians(v int, pos []int, forwards bool) []int {
	segments := d.vertices[v].up
	if !forwards {
		segments = d.vertices[v].down
	}
	strongest := weak
	for _, s := range segments {
		if !d.segments[s].blocked {
			strongest = max(strongest, d.segments[s].strength)
		}
	}
	var beside []int
	for _, i := range segments {
		s := d.segments[i]
		if s.blocked || s.strength < strongest {
			continue
		}
		if forwards {
			beside = append(beside, s.u)
		} else {
			beside = append(beside, s.v)
		}
	}
	slices.SortFunc(beside, func(a, b int) int { return pos[a] - pos[b] })
	n := len(beside)
	if n == 0 {
		return nil
	}
	return beside[(n-1)/2 : n/2+1]
}

// apart returns the minimum distance between the centers of two adjacent vertices.
func (d *diagram) apart(u, v int) float64 {
	a, b := d.vertices[u], d.vertices[v]
	gap := nodeGap
	switch {
	case a.lane && b.lane:
		gap = laneGap
	case a.lane || b.lane:
		gap = mixedGap
	}
	return (a.size.Cross+b.size.Cross)/2 + gap
}

// neighbor is an adjacent block and its distance.
type neighbor struct {
	block int
	apart float64
}

// pack moves the blocks together, each as far to the low side as possible, and then back towards
// those after it.
func (d *diagram) pack(layers [][]int, root []int) []float64 {
	before, after := make([][]neighbor, len(root)), make([][]neighbor, len(root))
	waiting := make([]int, len(root))
	for _, layer := range layers {
		for i := 1; i < len(layer); i++ {
			u, v := root[layer[i-1]], root[layer[i]]
			apart := d.apart(layer[i-1], layer[i])
			before[v] = append(before[v], neighbor{u, apart})
			after[u] = append(after[u], neighbor{v, apart})
			waiting[v]++
		}
	}
	var sorted []int // blocks in topological order
	for v, r := range root {
		if r == v && waiting[v] == 0 {
			sorted = append(sorted, v)
		}
	}
	for i := 0; i < len(sorted); i++ {
		for _, n := range after[sorted[i]] {
			if waiting[n.block]--; waiting[n.block] == 0 {
				sorted = append(sorted, n.block)
			}
		}
	}
	at := make([]float64, len(root))
	for _, b := range sorted {
		for _, n := range before[b] {
			at[b] = max(at[b], at[n.block]+n.apart)
		}
	}
	for _, b := range slices.Backward(sorted) {
		limit := math.Inf(1)
		for _, n := range after[b] {
			limit = min(limit, at[n.block]-n.apart)
		}
		if !math.IsInf(limit, 1) {
			at[b] = max(at[b], limit)
		}
	}
	xs := make([]float64, len(root))
	for v, r := range root {
		xs[v] = at[r]
	}
	return xs
}
