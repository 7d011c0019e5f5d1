package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// blockValues is the approximate number of values of the largest matrix of a block. Edges and nodes
// are processed in blocks, so that a core's cache holds the matrices of a block between steps.
const blockValues = 1 << 15

// BlockRows returns the number of rows of a block whose largest matrix has the given width.
func BlockRows(width int) int { return max(blockValues/width, 32) }

// edges lists the edges that messages are sent along. Edge e leads from the node whose products are
// in row from[e] to that in row to[e], has class class[e], and is added to the sum of node[e].
type edges struct{ from, to, node, class []int32 }

func (g *Graph) edges() edges { return edges{g.From, g.To, g.To, g.Class} }

func (e edges) slice(lo, hi int) edges {
	return edges{e.from[lo:hi], e.to[lo:hi], e.node[lo:hi], e.class[lo:hi]}
}

// messages holds what the backward pass needs of messages. The hidden layer is not kept but
// computed again, which takes no product and little more time than reading it from memory.
type messages struct {
	products []float32 // nodes × first.Out
	classes  []float32 // classes × first.Out
	// For each block of edges, the messages and the gates after the sigmoid, each edges × Hidden.
	message, gate [][]float32
}

// send adds the messages along edges to the sums of nodes, given the products in m. It keeps them
// in m if keep is set.
func (p *Propagation) send(m *messages, e edges, sum, params []float32, keep bool, arena *Arena) {
	n, first, size := p.Hidden, p.first.Out, min(BlockRows(p.first.Out), len(e.from))
	m.classes, m.message, m.gate = p.classes(params, arena), m.message[:0], m.gate[:0]
	for lo := 0; lo < len(e.from); lo += size {
		k := min(size, len(e.from)-lo)
		if keep || lo == 0 {
			m.message, m.gate = append(m.message, arena.Take(k*n)), append(m.gate, arena.Take(k*n))
		}
		message, gate := m.message[len(m.message)-1][:k*n], m.gate[len(m.gate)-1][:k*n]
		b, mark := e.slice(lo, lo+k), arena.Mark()
		hidden := p.hidden(m, b, arena)
		f32.Gemm(false, false, k, n, n, 1, hidden, first, p.message.Weight(params), n, 0, message, n)
		f32.Gemm(false, false, k, n, p.Attention, 1, hidden[n:], first, p.gate.Weight(params), n, 0, gate, n)
		f32.GateSum(n, message, p.message.Bias(params), gate, p.gate.Bias(params), b.node, sum)
		arena.Release(mark)
	}
}

// hidden returns the hidden layers of both MLPs for some edges, edges × first.Out.
func (p *Propagation) hidden(m *messages, e edges, arena *Arena) []float32 {
	first := p.first.Out
	hidden := arena.Take(len(e.from) * first)
	f32.EdgeReLU(first, m.products, first, m.classes, e.from, e.to, e.class, hidden)
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

// sendBackward computes gradients from the gradient dsum of the sums. It writes those of the second
// layers to grads, adds those of the products to dproducts, and returns those of the classes'
// contributions. It overwrites the messages.
func (p *Propagation) sendBackward(m *messages, e edges, dsum []float32, t PropagationTransposes, grads Gradients, dproducts []float32, arena *Arena) (dclasses []float32) {
	n, first, size := p.Hidden, p.first.Out, min(BlockRows(p.first.Out), len(e.from))
	dclasses = arena.Zeros(len(p.Classes) * first)
	if len(e.from) == 0 {
		p.message.Backward(0, nil, first, nil, nil, nil, grads, nil, 0)
		p.gate.Backward(0, nil, first, nil, nil, nil, grads, nil, 0)
	}
	for i, message := range m.message {
		k, gate := len(message)/n, m.gate[i]
		b, mark := e.slice(i*size, i*size+k), arena.Mark()
		hidden, dhidden := p.hidden(m, b, arena), arena.Take(k*first)
		f32.GateSumGrad(n, dsum, message, gate, b.node, message, gate)
		p.message.Backward(k, hidden, first, nil, message, t.message, grads, dhidden, first)
		p.gate.Backward(k, hidden[n:], first, nil, gate, t.gate, grads, dhidden[n:], first)
		f32.EdgeReLUGrad(first, dhidden, hidden, b.from, b.to, b.class, dproducts, first, dclasses)
		arena.Release(mark)
		grads.Add = true
	}
	return dclasses
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
