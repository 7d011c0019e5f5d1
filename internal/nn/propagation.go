package nn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
)

// Graph is a directed graph, or several as their disjoint union, as message passing reads it. Indices are trusted.
type Graph struct {
	Nodes    int
	Position []int32 // of each node: which of the layer's positions it has
	From, To []int32 // of each edge
	Class    []int32 // of each edge: which row of the layer's class features it has
}

// Propagation is one layer of gated message passing with a GRU update. An edge u→v reads
//
//	x = [h_u − h_v | features of the edge's class | onehot(position v) − onehot(position u)]
//
// sends m = MLP(x) ⊙ sigmoid(MLP'(x)), node v sums what reaches it, and h_v ← GRUCell(sum, h_v).
//
// What is linear is computed once a node: both MLPs' first products are taken of h_u and h_v apart, and the features of
// an edge's class are a bias of that class.
type Propagation struct {
	Hidden    int // width of a node's state and of the message MLP
	Attention int // width of the attention MLP
	Features  int // width of a class's features
	Positions int // number of positions
	// Classes holds for each edge class which features are one; the others are zero.
	Classes [][]int

	w1, b1           int // both MLPs' first layers as one: (Hidden+Attention) × (Hidden+Features+Positions)
	message, gate    Linear
	wih, whh, bi, bh int
}

// first is the joint width of the two MLPs' first layers.
func (p *Propagation) first() int { return p.Hidden + p.Attention }

// input is the width of what an edge reads.
func (p *Propagation) input() int { return p.Hidden + p.Features + p.Positions }

// perNode is the width of a node's product: both MLPs' first layers and the GRU's three gates of the state.
func (p *Propagation) perNode() int { return p.first() + 3*p.Hidden }

// Add places the layer's parameters into the layout. Message and attention weights lie next to each other, so that they
// are one matrix.
func (p *Propagation) Add(layout *Layout, name string) {
	h, in := p.Hidden, p.input()
	bound := LinearBound(in)
	p.w1 = layout.Matrix(name+".message.0.weight", h, in, bound)
	layout.Matrix(name+".attention.0.weight", p.Attention, in, bound)
	p.b1 = layout.Vector(name+".message.0.bias", h, bound)
	layout.Vector(name+".attention.0.bias", p.Attention, bound)
	p.message = Linear{In: h, Out: h}
	p.message.Add(layout, name+".message.2")
	p.gate = Linear{In: p.Attention, Out: h}
	p.gate.Add(layout, name+".attention.2")
	bound = LinearBound(h)
	p.wih = layout.Matrix(name+".gru.weight_ih", 3*h, h, bound)
	p.whh = layout.Matrix(name+".gru.weight_hh", 3*h, h, bound)
	p.bi = layout.Vector(name+".gru.bias_ih", 3*h, bound)
	p.bh = layout.Vector(name+".gru.bias_hh", 3*h, bound)
}

// Validate tells whether the sizes make a layer.
func (p *Propagation) Validate() error {
	if p.Hidden < 1 || p.Attention < 1 || p.Features < 0 || p.Positions < 0 {
		return fmt.Errorf("message passing of hidden width %d, attention width %d, %d features and %d positions",
			p.Hidden, p.Attention, p.Features, p.Positions)
	}
	for _, class := range p.Classes {
		for _, f := range class {
			if f < 0 || f >= p.Features {
				return fmt.Errorf("an edge class has feature %d of %d", f, p.Features)
			}
		}
	}
	return nil
}

// PropagationWeights are a layer's weights in the form that Forward multiplies by. They hold for one value of the
// parameters and may be shared by concurrent passes.
type PropagationWeights struct {
	nodes   []float32 // Hidden × perNode: what a node's state is multiplied by
	place   []float32 // Positions × first: what a position subtracts
	classes []float32 // len(Classes) × first: what a class adds, the bias in it
	message []float32 // Hidden × Hidden
	gate    []float32 // Attention × Hidden
	gru     []float32 // Hidden × 3·Hidden
}

// Prepare transposes the weights.
func (p *Propagation) Prepare(params []float32, arena *Arena) PropagationWeights {
	h, a, in, first, wide := p.Hidden, p.first(), p.input(), p.first(), p.perNode()
	w1 := params[p.w1 : p.w1+first*in]
	t := PropagationWeights{
		nodes:   arena.Take(h * wide),
		place:   arena.Take(p.Positions * first),
		classes: arena.Take(len(p.Classes) * first),
		message: p.message.Transposed(params, arena),
		gate:    p.gate.Transposed(params, arena),
		gru:     arena.Take(h * 3 * h),
	}
	f32.Transpose(a, h, w1, in, t.nodes, wide)
	f32.Transpose(3*h, h, params[p.whh:], h, t.nodes[first:], wide)
	f32.Transpose(3*h, h, params[p.wih:], h, t.gru, 3*h)
	f32.Transpose(first, p.Positions, w1[h+p.Features:], in, t.place, first)
	for c, features := range p.Classes {
		row := t.classes[c*first : (c+1)*first]
		copy(row, params[p.b1:])
		for _, f := range features {
			for i := range row {
				row[i] += w1[i*in+h+f]
			}
		}
	}
	return t
}

// PropagationState is what Backward needs to know of Forward. It lives in the arena that Forward was given.
type PropagationState struct {
	in, out   []float32 // Nodes × Hidden
	hidden    []float32 // edges × first: both MLPs after the ReLU
	message   []float32 // edges × Hidden
	gate      []float32 // edges × Hidden: after the sigmoid
	sum       []float32 // Nodes × Hidden
	gates     []float32 // Nodes × 3·Hidden: reset, update, new
	newHidden []float32 // Nodes × Hidden: U_n·h + c
	graph     *Graph
}

// Out returns the new states, Nodes × Hidden.
func (s *PropagationState) Out() []float32 { return s.out }

// Forward computes the new states of all nodes from h (Nodes × Hidden).
func (p *Propagation) Forward(g *Graph, h, params []float32, w PropagationWeights, arena *Arena) PropagationState {
	n, m, e, first, wide := p.Hidden, g.Nodes, len(g.From), p.first(), p.perNode()
	s := PropagationState{
		in: h, out: arena.Take(m * n), graph: g,
		hidden: arena.Take(e * first), message: arena.Take(e * n), gate: arena.Take(e * n),
		sum: arena.Zeros(m * n), gates: arena.Take(m * 3 * n), newHidden: arena.Take(m * n),
	}
	product := arena.Take(m * wide)
	f32.Gemm(false, false, m, wide, n, 1, h, n, w.nodes, wide, 0, product, wide)
	for i, pos := range g.Position {
		f32.Axpy(-1, w.place[int(pos)*first:(int(pos)+1)*first], product[i*wide:i*wide+first])
	}
	f32.EdgeReLU(first, product, wide, w.classes, g.From, g.To, g.Class, s.hidden)
	f32.Gemm(false, false, e, n, n, 1, s.hidden, first, w.message, n, 0, s.message, n)
	f32.Gemm(false, false, e, n, p.Attention, 1, from(s.hidden, n), first, w.gate, n, 0, s.gate, n)
	f32.GateSum(n, s.message, p.message.Bias(params), s.gate, p.gate.Bias(params), g.To, s.sum)
	f32.Gemm(false, false, m, 3*n, n, 1, s.sum, n, w.gru, 3*n, 0, s.gates, 3*n)
	f32.GRU(m, n, s.gates, from(product, first), wide, params[p.bi:p.bi+3*n], params[p.bh:p.bh+3*n], h, s.out, s.gates, s.newHidden)
	return s
}

// from is x[i:], or nothing where x is empty: a graph without edges has no columns to skip.
func from(x []float32, i int) []float32 { return x[min(i, len(x)):] }

// Backward takes dout (Nodes × Hidden), the gradient of a scalar in the new states, adds the gradients of the layer's
// parameters to grads, and returns the gradient in the old states, which lives in the arena. The state is used up.
func (p *Propagation) Backward(s *PropagationState, dout, params, grads []float32, arena *Arena) []float32 {
	g := s.graph
	n, m, e, first, wide, in := p.Hidden, g.Nodes, len(g.From), p.first(), p.perNode(), p.input()
	dgi, dproduct, dh := arena.Take(m*3*n), arena.Zeros(m*wide), arena.Take(m*n)
	dgh := from(dproduct, first)
	f32.GRUGrad(m, n, dout, s.in, s.gates, s.newHidden, dgi, dgh, wide, dh)
	f32.Gemm(true, false, 3*n, n, m, 1, dgi, 3*n, s.sum, n, 1, grads[p.wih:], n)
	f32.SumRows(m, 3*n, dgi, 3*n, grads[p.bi:p.bi+3*n])
	f32.Gemm(true, false, 3*n, n, m, 1, dgh, wide, s.in, n, 1, grads[p.whh:], n)
	f32.SumRows(m, 3*n, dgh, wide, grads[p.bh:p.bh+3*n])

	dsum := arena.Take(m * n)
	f32.Gemm(false, false, m, n, 3*n, 1, dgi, 3*n, params[p.wih:], n, 0, dsum, n)
	f32.GateSumGrad(n, dsum, s.message, s.gate, g.To, s.message, s.gate)
	dhidden := arena.Take(e * first)
	p.message.Backward(e, s.hidden, first, nil, s.message, params, grads, dhidden, first, false)
	p.gate.Backward(e, from(s.hidden, n), first, nil, s.gate, params, grads, from(dhidden, n), first, false)

	dclasses := arena.Zeros(len(p.Classes) * first)
	f32.EdgeReLUGrad(first, dhidden, s.hidden, g.From, g.To, g.Class, dproduct, wide, dclasses)
	f32.Gemm(true, false, first, n, m, 1, dproduct, wide, s.in, n, 1, grads[p.w1:], in)
	f32.Gemm(false, false, m, n, first, 1, dproduct, wide, params[p.w1:], in, 1, dh, n)
	f32.Gemm(false, false, m, n, 3*n, 1, dgh, wide, params[p.whh:], n, 1, dh, n)
	p.constantGrads(g, dproduct, dclasses, grads, arena)
	return dh
}

// constantGrads adds the gradients of what the first layers read that is no state: positions, class features and bias.
func (p *Propagation) constantGrads(g *Graph, dproduct, dclasses, grads []float32, arena *Arena) {
	first, wide, in := p.first(), p.perNode(), p.input()
	dw1 := grads[p.w1 : p.w1+first*in]
	dplace := arena.Zeros(p.Positions * first)
	for i, pos := range g.Position {
		f32.Axpy(-1, dproduct[i*wide:i*wide+first], dplace[int(pos)*first:(int(pos)+1)*first])
	}
	for pos := range p.Positions {
		addColumn(dw1, in, p.Hidden+p.Features+pos, dplace[pos*first:(pos+1)*first])
	}
	for c, features := range p.Classes {
		row := dclasses[c*first : (c+1)*first]
		f32.Axpy(1, row, grads[p.b1:p.b1+first])
		for _, f := range features {
			addColumn(dw1, in, p.Hidden+f, row)
		}
	}
}

// addColumn adds x to column col of a matrix with the given row stride.
func addColumn(matrix []float32, stride, col int, x []float32) {
	for i, v := range x {
		matrix[i*stride+col] += v
	}
}
