package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// blockValues is the approximate number of values of the largest matrix of a block. Edges and nodes
// are processed in blocks, so that a core's cache holds the matrices of a block between steps.
const blockValues = 1 << 15

// BlockRows returns the number of rows of a block whose largest matrix has the given width.
func BlockRows(width int) int { return max(blockValues/width, 32) }

// edges lists the edges that messages are sent along. Edge e leads from the node whose products are
// in row from[e] to that in row to[e] and has class class[e].
type edges struct{ from, to, class []int32 }

func (g *Graph) edges() edges { return edges{g.From, g.To, g.Class} }

// sources holds what the first layers' inputs contribute to them, or the gradients of that.
type sources struct {
	products []float32 // nodes × first.Out
	classes  []float32 // classes × first.Out
}

// messages holds the blocks of messages and of gates after the sigmoid, each edges × Hidden. The
// hidden layers are not kept for the backward pass but computed again, which takes no product and
// about as long as reading them from memory.
type messages struct {
	size          int // number of edges in a block; the last may be smaller
	message, gate [][]float32
}

// deliver adds the messages along edges to the given rows of sum. It keeps them in m if keep is set
// and they have two layers.
func (p *Propagation) deliver(m *messages, from sources, e edges, row []int32, sum, params []float32, keep bool, arena *Arena) {
	if p.Gated {
		f32.EdgeGate(p.Hidden, from.products, p.first.Out, from.classes, e.from, e.to, e.class, row, sum)
		return
	}
	p.send(m, from, e, params, keep, arena, p.adder(row, sum, params))
}

// send computes the messages along edges and calls add for each block, whose first edge is lo. It
// keeps the messages in m if keep is set.
func (p *Propagation) send(m *messages, from sources, e edges, params []float32, keep bool, arena *Arena, add func(lo int, message, gate []float32)) {
	n, first := p.Hidden, p.first.Out
	weights := [2]f32.Panels{p.message.Pack(len(e.from), params, arena), p.gate.Pack(len(e.from), params, arena)}
	m.size, m.message, m.gate = min(BlockRows(first), len(e.from)), m.message[:0], m.gate[:0]
	for lo := 0; lo < len(e.from); lo += m.size {
		k, mark := min(m.size, len(e.from)-lo), arena.Mark()
		message, gate := arena.Take(k*n), arena.Take(k*n)
		if keep {
			mark = arena.Mark()
			m.message, m.gate = append(m.message, message), append(m.gate, gate)
		}
		for i, product := range [2][]float32{message, gate} {
			f32.EdgeGemm(weights[i], from.products[i*n:], first, from.classes[i*n:], first, e.from[lo:lo+k], e.to[lo:lo+k], e.class[lo:lo+k], product, n)
		}
		add(lo, message, gate)
		arena.Release(mark)
	}
}

// adder returns a function that completes messages and gates, and adds their products to the given
// row of sum for each edge.
func (p *Propagation) adder(row []int32, sum, params []float32) func(lo int, message, gate []float32) {
	return func(lo int, message, gate []float32) {
		to := row[lo : lo+len(message)/p.Hidden]
		f32.GateSum(p.Hidden, message, p.message.Bias(params), gate, p.gate.Bias(params), to, sum)
	}
}

// hidden returns the hidden layers of both MLPs for k edges from lo on, k × first.Out.
func (p *Propagation) hidden(from sources, e edges, lo, k int, arena *Arena) []float32 {
	first := p.first.Out
	hidden := arena.Take(k * first)
	f32.EdgeReLU(first, from.products, first, from.classes, first, e.from[lo:lo+k], e.to[lo:lo+k], e.class[lo:lo+k], hidden)
	return hidden
}

// classes returns the contribution of each edge class to the first layers, including their bias,
// with a row for each class.
func (p *Propagation) classes(params []float32, arena *Arena) []float32 {
	first := p.first.Out
	rows := arena.Take(len(p.Classes) * first)
	for c, features := range p.Classes {
		row := rows[c*first : (c+1)*first]
		copy(row, p.first.Bias(params))
		for _, f := range features {
			f32.Add(row, row, p.row(params, p.feature(f)))
		}
	}
	return rows
}

// gateBackward replaces the messages and gates of edges lo..hi−1 by their gradients, given those of
// the sums.
func (p *Propagation) gateBackward(m *messages, row []int32, lo, hi int, dsum []float32) {
	n := p.Hidden
	for lo < hi {
		b := lo / m.size
		end := min(hi, (b+1)*m.size)
		message, gate := m.message[b][(lo-b*m.size)*n:(end-b*m.size)*n], m.gate[b][(lo-b*m.size)*n:(end-b*m.size)*n]
		f32.GateSumGrad(n, dsum, message, gate, row[lo:end], message, gate)
		lo = end
	}
}

// sendBackward computes gradients from those of messages and gates, which must be in m when prepare
// has been called for edges lo..hi−1. It writes those of the second layers to grads and adds those
// of the sources to d.
func (p *Propagation) sendBackward(m *messages, from sources, e edges, t PropagationTransposes, grads Gradients, d sources, arena *Arena, prepare func(lo, hi int)) {
	n, first := p.Hidden, p.first.Out
	if len(e.from) == 0 {
		p.message.Backward(0, nil, first, nil, nil, nil, grads, nil, 0)
		p.gate.Backward(0, nil, first, nil, nil, nil, grads, nil, 0)
	}
	for i, message := range m.message {
		lo, k, mark := i*m.size, len(message)/n, arena.Mark()
		hidden, dhidden := p.hidden(from, e, lo, k, arena), arena.Take(k*first)
		prepare(lo, lo+k)
		p.message.Backward(k, hidden, first, nil, message, t.message, grads, dhidden, first)
		p.gate.Backward(k, hidden[n:], first, nil, m.gate[i], t.gate, grads, dhidden[n:], first)
		f32.EdgeReLUGrad(first, dhidden, hidden, e.from[lo:lo+k], e.to[lo:lo+k], e.class[lo:lo+k], d.products, first, d.classes)
		arena.Release(mark)
		grads.Add = true
	}
}

// classesBackward computes the gradients of the parameters that the classes' contributions depend
// on. Those of the features must have been cleared.
func (p *Propagation) classesBackward(dclasses []float32, grads Gradients) {
	first := p.first.Out
	bias := grads.Sum(p.first.Bias(grads.Flat))
	for c, features := range p.Classes {
		row := dclasses[c*first : (c+1)*first]
		f32.Axpy(1, row, bias)
		for _, f := range features {
			f32.Axpy(1, row, p.row(grads.Flat, p.feature(f)))
		}
	}
}
