package nn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
)

// Graph is a directed graph, or the disjoint union of several, as used by message passing. Its
// indexes are not checked.
type Graph struct {
	Nodes    int
	Position []int32 // index of each node's position in the layer
	From, To []int32 // nodes of each edge
	Class    []int32 // index of each edge's class in the layer
	// Settled holds further edges, whose messages are added before those of the others; nil if there
	// are none.
	Settled *Settled
}

// Propagation is one layer of gated message passing with a GRU update. An edge u→v reads
//
//	x = [h_u − h_v | features of the edge's class | onehot(position v) − onehot(position u)]
//
// sends m = MLP(x) ⊙ sigmoid(MLP'(x)). Node v sums the messages that reach it and updates its
// state: h_v ← GRUCell(sum, h_v).
//
// Everything linear is computed once per node: the first products of both MLPs are computed
// separately for h_u and h_v, positions subtract a row of the matrix, and the features of an edge's
// class are a bias of that class.
//
// If Gated is set, messages have a single layer: m = ReLU(W·x + b) ⊙ sigmoid(W'·x + b'). A message
// then takes no matrix product of its own, and graphs must not have Settled edges.
type Propagation struct {
	Hidden    int  // width of a node's state and of the message MLP
	Gated     bool // whether messages have a single layer
	Attention int  // width of the attention MLP; ignored if Gated is set
	Features  int  // width of a class's features
	Positions int  // number of positions
	// Classes lists for each edge class which features are one; the others are zero.
	Classes [][]int

	// first holds the first layers of both MLPs side by side, without ReLU:
	// Hidden+Features+Positions → Hidden+Attention, or twice Hidden if Gated is set.
	first           Linear
	message, gate   Linear // second layers of the MLPs, if messages have them
	gruIn, gruState Linear // gates of the GRU for the sum and for the state: reset, update, new
}

// Add adds the layer's parameters to the layout.
func (p *Propagation) Add(layout *Layout, name string) {
	h := p.Hidden
	p.first = Linear{In: h + p.Features + p.Positions, Out: h + p.gateWidth()}
	p.gruIn, p.gruState = Linear{In: h, Out: 3 * h}, Linear{In: h, Out: 3 * h}
	if p.Gated {
		p.first.Add(layout, name+".gated")
	} else {
		p.first.Add(layout, name+".first")
		p.message = Linear{In: h, Out: h, Sparse: true}
		p.gate = Linear{In: p.Attention, Out: h, Sparse: true}
		p.message.Add(layout, name+".message")
		p.gate.Add(layout, name+".attention")
	}
	p.gruIn.Add(layout, name+".gru.input")
	p.gruState.Add(layout, name+".gru.state")
}

// gateWidth returns the number of columns of the first layer's products that the gates read.
func (p *Propagation) gateWidth() int {
	if p.Gated {
		return p.Hidden
	}
	return p.Attention
}

// Linears returns the layer's matrices: the first layers of both MLPs side by side, the second
// layers for message and attention, and the gates of the GRU for the sum and for the state. If Gated
// is set, there are no second layers, and the two are zero.
func (p *Propagation) Linears() (first, message, attention, gruInput, gruState Linear) {
	return p.first, p.message, p.gate, p.gruIn, p.gruState
}

// Validate returns an error if the sizes are invalid.
func (p *Propagation) Validate() error {
	if p.Hidden < 1 || p.gateWidth() < 1 || p.Features < 0 || p.Positions < 0 {
		return fmt.Errorf("the sizes of message passing must be positive, or not negative for features and positions, got hidden width %d, attention width %d, %d features and %d positions",
			p.Hidden, p.Attention, p.Features, p.Positions)
	}
	for _, class := range p.Classes {
		for _, f := range class {
			if f < 0 || f >= p.Features {
				return fmt.Errorf("the feature of an edge class must be at least 0 and below %d, got %d", p.Features, f)
			}
		}
	}
	return nil
}

// row returns row i of the first layers' matrix, which input i is multiplied by, in flat parameters
// or gradients.
func (p *Propagation) row(flat []float32, i int) []float32 {
	start := p.first.W + i*p.first.Out
	return flat[start : start+p.first.Out]
}

// feature and place return the input numbers of a class feature and of a position.
func (p *Propagation) feature(f int) int        { return p.Hidden + f }
func (p *Propagation) place(position int32) int { return p.Hidden + p.Features + int(position) }

// PropagationTransposes holds a layer's matrices in the form that Backward multiplies by. They are
// valid for one value of the parameters. Concurrent passes may share them.
type PropagationTransposes struct {
	first                          []float32 // first.Out × Hidden: the part that multiplies the states
	message, gate, gruIn, gruState []float32
}

// Transpose prepares the backward pass.
func (p *Propagation) Transpose(params []float32, arena *Arena) PropagationTransposes {
	first := arena.Take(p.first.Out * p.Hidden)
	f32.Transpose(p.Hidden, p.first.Out, p.first.Weight(params), p.first.Out, first, p.Hidden)
	t := PropagationTransposes{
		first:    first,
		gruIn:    p.gruIn.Transposed(params, arena),
		gruState: p.gruState.Transposed(params, arena),
	}
	if !p.Gated {
		t.message, t.gate = p.message.Transposed(params, arena), p.gate.Transposed(params, arena)
	}
	return t
}

// PropagationState holds what Backward needs from Forward. It is allocated in the arena passed to
// Forward. The zero PropagationState is ready to use.
type PropagationState struct {
	graph     *Graph
	in, out   []float32 // Nodes × Hidden
	sources   sources
	messages  messages
	settled   messages
	sum       []float32 // Nodes × Hidden
	gates     []float32 // Nodes × 3·Hidden: reset, update, new
	newHidden []float32 // Nodes × Hidden: U_n·h + c
}

// Out returns the new states, Nodes × Hidden.
func (s *PropagationState) Out() []float32 { return s.out }

// Forward computes the new states of all nodes from h (Nodes × Hidden) and sets s for Backward.
func (p *Propagation) Forward(g *Graph, h, params []float32, s *PropagationState, arena *Arena) {
	s.graph, s.in, s.out, s.sum = g, h, arena.Take(len(h)), arena.Zeros(len(h))
	s.gates, s.newHidden = arena.Take(3*len(h)), arena.Take(len(h))
	s.sources = sources{products: arena.Take(g.Nodes * p.first.Out), classes: p.classes(params, arena)}
	p.multiply(h, g.Position, params, s.sources.products)
	if g.Settled != nil {
		p.sendSettled(&s.settled, s.sources, g.Settled, arena.Zeros(g.Settled.Rows*p.Hidden), s.sum, params, true, arena)
	}
	p.deliver(&s.messages, s.sources, g.edges(), g.To, s.sum, params, true, arena)
	p.update(h, s.sum, s.out, s.gates, s.newHidden, params, arena)
}

// Infer returns the new states of all nodes like Forward, but keeps nothing for Backward. It needs
// less memory and is faster for large graphs. If the graph has Settled edges, their messages are
// added to settledSums (Rows × Hidden).
func (p *Propagation) Infer(g *Graph, h, settledSums, params []float32, arena *Arena) []float32 {
	out := arena.Take(len(h))
	defer arena.Release(arena.Mark())
	sum := arena.Zeros(len(h))
	from := sources{products: arena.Take(g.Nodes * p.first.Out), classes: p.classes(params, arena)}
	p.multiply(h, g.Position, params, from.products)
	if g.Settled != nil {
		p.sendSettled(new(messages), from, g.Settled, settledSums, sum, params, false, arena)
	}
	p.deliver(new(messages), from, g.edges(), g.To, sum, params, false, arena)
	p.update(h, sum, out, nil, nil, params, arena)
	return out
}

// multiply computes the products of nodes, which are what they contribute to messages, from their
// states and positions. Without positions, only the states matter.
func (p *Propagation) multiply(h []float32, position []int32, params, products []float32) {
	n, first := p.Hidden, p.first.Out
	f32.Gemm(false, false, len(h)/n, first, n, 1, h, n, p.first.Weight(params), first, 0, products, first)
	for i, pos := range position {
		f32.Axpy(-1, p.row(params, p.place(pos)), products[i*first:(i+1)*first])
	}
}

// Backward computes gradients from the gradient dout (Nodes × Hidden) of the new states. It writes
// the gradients of the layer's parameters to grads and that of the old states to dh (Nodes ×
// Hidden). It overwrites the state.
func (p *Propagation) Backward(s *PropagationState, dout []float32, t PropagationTransposes, grads Gradients, dh []float32, arena *Arena) {
	defer arena.Release(arena.Mark())
	n, m, first, g := p.Hidden, s.graph.Nodes, p.first.Out, s.graph
	dsum := arena.Take(m * n)
	p.updateBackward(s, dout, t, grads, dh, dsum, arena)
	d := sources{products: arena.Zeros(m * first), classes: arena.Zeros(len(p.Classes) * first)}
	if p.Gated {
		f32.EdgeGateGrad(n, s.sources.products, first, s.sources.classes, g.From, g.To, g.Class, g.To, dsum, d.products, d.classes)
	} else {
		p.sendBackward(&s.messages, s.sources, g.edges(), t, grads, d, arena, func(lo, hi int) {
			p.gateBackward(&s.messages, g.To, lo, hi, dsum)
		})
	}
	if g.Settled != nil {
		p.settledBackward(&s.settled, g.Settled, dsum, arena)
		p.sendBackward(&s.settled, s.sources, g.Settled.edges(), t, Gradients{grads.Flat, true}, d, arena, func(int, int) {})
	}
	p.multiplyBackward(s.in, g.Position, d.products, t, grads, dh)
	p.classesBackward(d.classes, grads)
}

// multiplyBackward computes gradients from those of products. It adds that of the states to dh, and
// writes those of the first layers' matrix, which are zero for the features, to grads.
func (p *Propagation) multiplyBackward(h []float32, position []int32, dproducts []float32, t PropagationTransposes, grads Gradients, dh []float32) {
	n, first, nodes := p.Hidden, p.first.Out, len(h)/p.Hidden
	grads.Sum(p.first.Weight(grads.Flat)[n*first:])
	for i, pos := range position {
		f32.Axpy(-1, dproducts[i*first:(i+1)*first], p.row(grads.Flat, p.place(pos)))
	}
	for lo := 0; lo == 0 || lo < nodes; lo += BlockRows(first) {
		k := min(BlockRows(first), nodes-lo)
		d := dproducts[lo*first : (lo+k)*first]
		f32.Gemm(true, false, n, first, k, 1, h[lo*n:], n, d, first, grads.Beta(), p.first.Weight(grads.Flat), first)
		f32.Gemm(false, false, k, n, first, 1, d, first, t.first, n, 1, dh[lo*n:], n)
		grads.Add = true
	}
}
