package layered

import (
	"cmp"
	"slices"
)

// sweeps is the number of times that the layers are reordered.
const sweeps = 16

// order orders the layers so that few segments cross: by the mean position of the vertices'
// neighbors in the previous layer, then in the next layer, and so on. It keeps the best order.
func (d *diagram) order() {
	best, fewest := d.copyLayers(), d.crossings()
	for sweep := 0; sweep < sweeps && fewest > 0; sweep++ {
		if sweep%2 == 0 {
			for rank := 1; rank < len(d.layers); rank++ {
				d.sortLayer(rank, true)
			}
		} else {
			for rank := len(d.layers) - 2; rank >= 0; rank-- {
				d.sortLayer(rank, false)
			}
		}
		d.swapNeighbors()
		if n := d.crossings(); n < fewest {
			best, fewest = d.copyLayers(), n
		}
	}
	for _, layer := range best {
		d.setLayer(layer)
	}
	d.layers = best
}

func (d *diagram) copyLayers() [][]int {
	layers := make([][]int, len(d.layers))
	for i, layer := range d.layers {
		layers[i] = slices.Clone(layer)
	}
	return layers
}

func (d *diagram) setLayer(layer []int) {
	for pos, v := range layer {
		d.vertices[v].pos = pos
	}
}

// beside returns the positions of a vertex's neighbors in the previous or next layer, in order.
func (d *diagram) beside(v int, before bool, buffer []int) []int {
	positions := buffer[:0]
	if before {
		for _, s := range d.vertices[v].up {
			positions = append(positions, d.vertices[d.segments[s].u].pos)
		}
	} else {
		for _, s := range d.vertices[v].down {
			positions = append(positions, d.vertices[d.segments[s].v].pos)
		}
	}
	slices.Sort(positions)
	return positions
}

// sortLayer orders a layer by the mean position of its neighbors on one side. Vertices without
// neighbors there keep their places.
func (d *diagram) sortLayer(rank int, before bool) {
	layer := d.layers[rank]
	mean := make(map[int]float64, len(layer))
	var places, movable []int
	var buffer []int
	for pos, v := range layer {
		buffer = d.beside(v, before, buffer)
		if len(buffer) == 0 {
			continue
		}
		sum := 0
		for _, p := range buffer {
			sum += p
		}
		mean[v] = float64(sum) / float64(len(buffer))
		places, movable = append(places, pos), append(movable, v)
	}
	slices.SortStableFunc(movable, func(u, v int) int { return cmp.Compare(mean[u], mean[v]) })
	for i, pos := range places {
		layer[pos] = movable[i]
	}
	d.setLayer(layer)
}

// swapNeighbors swaps adjacent vertices as long as that removes crossings, for a limited number of
// passes.
func (d *diagram) swapNeighbors() {
	var buffers [4][]int
	for range 4 {
		swapped := false
		for _, layer := range d.layers {
			for i := 0; i+1 < len(layer); i++ {
				u, v := layer[i], layer[i+1]
				buffers[0], buffers[1] = d.beside(u, true, buffers[0]), d.beside(v, true, buffers[1])
				buffers[2], buffers[3] = d.beside(u, false, buffers[2]), d.beside(v, false, buffers[3])
				now := inversions(buffers[0], buffers[1]) + inversions(buffers[2], buffers[3])
				after := inversions(buffers[1], buffers[0]) + inversions(buffers[3], buffers[2])
				if after < now {
					layer[i], layer[i+1] = v, u
					d.vertices[u].pos, d.vertices[v].pos = i+1, i
					swapped = true
				}
			}
		}
		if !swapped {
			return
		}
	}
}

// inversions returns the number of pairs of a position in first and one in second that are in the
// wrong order.
func inversions(first, second []int) int {
	n, k := 0, 0
	for _, p := range first {
		for k < len(second) && second[k] < p {
			k++
		}
		n += k
	}
	return n
}

// crossings returns the number of pairs of segments that cross.
func (d *diagram) crossings() int {
	n := 0
	var buffer []int
	for rank := 1; rank < len(d.layers); rank++ {
		var seen fenwick
		seen.reset(len(d.layers[rank-1]))
		for _, v := range d.layers[rank] {
			buffer = d.beside(v, true, buffer)
			for _, p := range buffer {
				n += seen.above(p)
			}
			for _, p := range buffer {
				seen.add(p)
			}
		}
	}
	return n
}

// fenwick counts positions and returns how many are above a given one, in logarithmic time (Fenwick
// 1994).
type fenwick struct {
	sums  []int
	total int
}

func (f *fenwick) reset(n int) { f.sums, f.total = make([]int, n+1), 0 }

func (f *fenwick) add(p int) {
	f.total++
	for i := p + 1; i < len(f.sums); i += i & -i {
		f.sums[i]++
	}
}

// above returns the number of added positions greater than p.
func (f *fenwick) above(p int) int {
	n := f.total
	for i := p + 1; i > 0; i -= i & -i {
		n -= f.sums[i]
	}
	return n
}
