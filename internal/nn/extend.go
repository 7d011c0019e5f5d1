package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// ProductWidth returns the length of a row of products in Extend.
func (p *Propagation) ProductWidth() int { return p.first.Out }

// Extend is Forward for new nodes of a graph whose older nodes never change. The contribution of an
// older node to messages is its row of products, with ProductWidth values, from an earlier call.
// The products of the new nodes are written to the rows from row on. h holds the states of the new
// nodes (× Hidden), which are all at the given position. Edge e leads from the node with row
// from[e] to the new node with row to[e] and has class class[e]. Extend returns the new states,
// which are allocated in the arena.
func (p *Propagation) Extend(h []float32, position int, products []float32, row int, from, to, class []int32, params []float32, arena *Arena) []float32 {
	n, first := p.Hidden, p.first.Out
	s := p.newState(h, len(h)/n, len(from), arena)
	f32.Gemm(false, false, len(h)/n, first, n, 1, h, n, p.first.Weight(params), first, 0, products[row*first:], first)
	for i := range len(h) / n {
		f32.Axpy(-1, p.row(params, p.place(int32(position))), products[(row+i)*first:(row+i+1)*first])
	}
	newNode := make([]int32, len(to))
	for i, v := range to {
		newNode[i] = v - int32(row)
	}
	p.send(&s, products, from, to, newNode, class, params, arena)
	return s.out
}
