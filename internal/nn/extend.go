package nn

import "slices"

// ProductWidth returns the length of a row of products in Extend.
func (p *Propagation) ProductWidth() int { return p.first.Out }

// Extend is Infer for new nodes of a graph whose older nodes never change. The contribution of an
// older node to messages is its row of products, with ProductWidth values, from an earlier call.
// The products of the new nodes are written to the rows from row on. h holds the states of the new
// nodes (× Hidden), which are all at the given position. Edge e leads from the node with row
// from[e] to the new node with row to[e] and has class class[e]. Extend returns the new states,
// which are allocated in the arena.
func (p *Propagation) Extend(h []float32, position int, products []float32, row int, from, to, class []int32, params []float32, arena *Arena) []float32 {
	out := arena.Take(len(h))
	defer arena.Release(arena.Mark())
	nodes, sum := len(h)/p.Hidden, arena.Zeros(len(h))
	p.multiply(h, slices.Repeat([]int32{int32(position)}, nodes), params, products[row*p.first.Out:])
	newNode := make([]int32, len(to))
	for i, v := range to {
		newNode[i] = v - int32(row)
	}
	p.deliver(new(messages), sources{products, p.classes(params, arena)}, edges{from, to, class}, newNode, sum, params, false, arena)
	p.update(h, sum, out, nil, nil, params, arena)
	return out
}
