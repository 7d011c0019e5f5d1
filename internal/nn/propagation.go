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
type Propagation struct {
	Hidden    int // width of a node's state and of the message MLP
	Attention int // width of the attention MLP
	Features  int // width of a class's features
	Positions int // number of positions
	// Classes lists for each edge class which features are one; the others are zero.
	Classes [][]int

	first           Linear // first layers of both MLPs side by side: Hidden+Features+Positions → Hidden+Attention, without ReLU
	message, gate   Linear // second layers of the MLPs
	gruIn, gruState Linear // gates of the GRU for the sum and for the state: reset, update, new
}

// Add adds the layer's parameters to the layout.
func (p *Propagation) Add(layout *Layout, name string) {
	h := p.Hidden
	p.first = Linear{In: h + p.Features + p.Positions, Out: h + p.Attention}
	p.message = Linear{In: h, Out: h}
	p.gate = Linear{In: p.Attention, Out: h}
	p.gruIn, p.gruState = Linear{In: h, Out: 3 * h}, Linear{In: h, Out: 3 * h}
	p.first.Add(layout, name+".first")
	p.message.Add(layout, name+".message")
	p.gate.Add(layout, name+".attention")
	p.gruIn.Add(layout, name+".gru.input")
	p.gruState.Add(layout, name+".gru.state")
}

// Linears returns the layer's matrices: the first layers of both MLPs side by side, the second
// layers for message and attention, and the gates of the GRU for the sum and for the state.
func (p *Propagation) Linears() (first, message, attention, gruInput, gruState Linear) {
	return p.first, p.message, p.gate, p.gruIn, p.gruState
}

// Validate returns an error if the sizes are invalid.
func (p *Propagation) Validate() error {
	if p.Hidden < 1 || p.Attention < 1 || p.Features < 0 || p.Positions < 0 {
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
	first                          []float32 // (Hidden+Attention) × Hidden: the part that multiplies the states
	message, gate, gruIn, gruState []float32
}

// Transpose prepares the backward pass.
func (p *Propagation) Transpose(params []float32, arena *Arena) PropagationTransposes {
	first := arena.Take(p.first.Out * p.Hidden)
	f32.Transpose(p.Hidden, p.first.Out, p.first.Weight(params), p.first.Out, first, p.Hidden)
	return PropagationTransposes{
		first:    first,
		message:  p.message.Transposed(params, arena),
		gate:     p.gate.Transposed(params, arena),
		gruIn:    p.gruIn.Transposed(params, arena),
		gruState: p.gruState.Transposed(params, arena),
	}
}

// PropagationState holds what Backward needs from Forward. It is allocated in the arena passed to
// Forward.
type PropagationState struct {
	graph     *Graph
	in, out   []float32 // Nodes × Hidden
	hidden    []float32 // edges × first.Out: both MLPs after the ReLU
	message   []float32 // edges × Hidden
	gate      []float32 // edges × Hidden: after the sigmoid
	sum       []float32 // Nodes × Hidden
	gates     []float32 // Nodes × 3·Hidden: reset, update, new
	newHidden []float32 // Nodes × Hidden: U_n·h + c
}

// Out returns the new states, Nodes × Hidden.
func (s *PropagationState) Out() []float32 { return s.out }

func (p *Propagation) newState(h []float32, nodes, edges int, arena *Arena) PropagationState {
	n := p.Hidden
	return PropagationState{
		in: h, out: arena.Take(nodes * n),
		hidden: arena.Take(edges * p.first.Out), message: arena.Take(edges * n), gate: arena.Take(edges * n),
		sum: arena.Zeros(nodes * n), gates: arena.Take(nodes * 3 * n), newHidden: arena.Take(nodes * n),
	}
}

// Forward computes the new states of all nodes from h (Nodes × Hidden).
func (p *Propagation) Forward(g *Graph, h, params []float32, arena *Arena) PropagationState {
	n, first := p.Hidden, p.first.Out
	s := p.newState(h, g.Nodes, len(g.From), arena)
	s.graph = g
	products := arena.Take(g.Nodes * first)
	f32.Gemm(false, false, g.Nodes, first, n, 1, h, n, p.first.Weight(params), first, 0, products, first)
	for i, pos := range g.Position {
		f32.Axpy(-1, p.row(params, p.place(pos)), products[i*first:(i+1)*first])
	}
	p.send(&s, products, g.From, g.To, g.To, g.Class, params, arena)
	return s
}

// edgesAtOnce is the number of edges whose messages are computed together. It is small enough for a
// core's cache to hold them between steps.
const edgesAtOnce = 512

// send computes the messages and updates the nodes. Edge e leads from row from[e] of the products
// to row to[e] and is added to the sum of node[e].
func (p *Propagation) send(s *PropagationState, products []float32, from, to, node, class []int32, params []float32, arena *Arena) {
	n, m, e, first := p.Hidden, len(s.in)/p.Hidden, len(from), p.first.Out
	classes := p.classes(params, arena)
	for lo := 0; lo < e; lo += edgesAtOnce {
		hi := min(lo+edgesAtOnce, e)
		hidden, message, gate := s.hidden[lo*first:hi*first], s.message[lo*n:hi*n], s.gate[lo*n:hi*n]
		f32.EdgeReLU(first, products, first, classes, from[lo:hi], to[lo:hi], class[lo:hi], hidden)
		f32.Gemm(false, false, hi-lo, n, n, 1, hidden, first, p.message.Weight(params), n, 0, message, n)
		f32.Gemm(false, false, hi-lo, n, p.Attention, 1, hidden[n:], first, p.gate.Weight(params), n, 0, gate, n)
		f32.GateSum(n, message, p.message.Bias(params), gate, p.gate.Bias(params), node[lo:hi], s.sum)
	}

	ofState := arena.Take(m * 3 * n)
	f32.Gemm(false, false, m, 3*n, n, 1, s.sum, n, p.gruIn.Weight(params), 3*n, 0, s.gates, 3*n)
	f32.Gemm(false, false, m, 3*n, n, 1, s.in, n, p.gruState.Weight(params), 3*n, 0, ofState, 3*n)
	f32.GRU(m, n, s.gates, ofState, 3*n, p.gruIn.Bias(params), p.gruState.Bias(params), s.in, s.out, s.gates, s.newHidden)
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

// columnsFrom returns x[i:], or an empty slice if x is empty, because a graph without edges has no
// columns to skip.
func columnsFrom(x []float32, i int) []float32 { return x[min(i, len(x)):] }

// Backward computes gradients from the gradient dout (Nodes × Hidden) of the new states. It writes
// the gradients of the layer's parameters to grads and that of the old states to dh (Nodes ×
// Hidden). It overwrites the state.
func (p *Propagation) Backward(s *PropagationState, dout []float32, t PropagationTransposes, grads Gradients, dh []float32, arena *Arena) {
	defer arena.Release(arena.Mark())
	g := s.graph
	n, m, e, first := p.Hidden, g.Nodes, len(g.From), p.first.Out
	din, dstate, dsum := arena.Take(m*3*n), arena.Take(m*3*n), arena.Take(m*n)
	f32.GRUGrad(m, n, dout, s.in, s.gates, s.newHidden, din, dstate, 3*n, dh)
	p.gruIn.Backward(m, s.sum, n, nil, din, t.gruIn, grads, dsum, n)
	p.gruState.Backward(m, s.in, n, nil, dstate, nil, grads, nil, 0)
	f32.Gemm(false, false, m, n, 3*n, 1, dstate, 3*n, t.gruState, n, 1, dh, n)

	dproduct, dclasses := arena.Zeros(m*first), arena.Zeros(len(p.Classes)*first)
	dhidden := arena.Take(min(e, edgesAtOnce) * first)
	ofEdges := grads
	for lo := 0; lo == 0 || lo < e; lo += edgesAtOnce {
		hi := min(lo+edgesAtOnce, e)
		k, hidden, message, gate := hi-lo, s.hidden[lo*first:hi*first], s.message[lo*n:hi*n], s.gate[lo*n:hi*n]
		f32.GateSumGrad(n, dsum, message, gate, g.To[lo:hi], message, gate)
		p.message.Backward(k, hidden, first, nil, message, t.message, ofEdges, dhidden[:k*first], first)
		p.gate.Backward(k, columnsFrom(hidden, n), first, nil, gate, t.gate, ofEdges, columnsFrom(dhidden[:k*first], n), first)
		f32.EdgeReLUGrad(first, dhidden[:k*first], hidden, g.From[lo:hi], g.To[lo:hi], g.Class[lo:hi], dproduct, first, dclasses)
		ofEdges.Add = true
	}
	f32.Gemm(true, false, n, first, m, 1, s.in, n, dproduct, first, grads.Beta(), p.first.Weight(grads.Flat), first)
	f32.Gemm(false, false, m, n, first, 1, dproduct, first, t.first, n, 1, dh, n)
	grads.Sum(p.first.Weight(grads.Flat)[n*first:])
	for i, pos := range g.Position {
		f32.Axpy(-1, dproduct[i*first:(i+1)*first], p.row(grads.Flat, p.place(pos)))
	}
	bias := grads.Sum(p.first.Bias(grads.Flat))
	for c, features := range p.Classes {
		row := dclasses[c*first : (c+1)*first]
		f32.Axpy(1, row, bias)
		for _, f := range features {
			f32.Axpy(1, row, p.row(grads.Flat, p.feature(f)))
		}
	}
}
