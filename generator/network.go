package generator

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// network is the graph network of one part of a space: where its parameters lie, and its passes. It holds no values.
type network struct {
	part       searchspace.Part
	hidden     int
	components int
	nodeLabels int // 0: nodes carry none
	edgeLabels int // 0: edges carry none
	layout     nn.Layout
	input      nn.Linear        // adjacency row → Hidden−N values
	layers     []nn.Propagation // ReLU between them
	pairs      pairHeads        // θ, α and ψ of h_t − h_j
	label      []nn.Linear      // φ of h_t; none where nodes carry no labels
}

// pairHeads are the MLPs of three linear layers on h_t − h_j. Their first layers read the same input and are one
// matrix, which is multiplied by h_t and h_j apart, once a node.
type pairHeads struct {
	first  nn.Linear // without ReLU: that comes after the difference
	second []nn.Linear
	third  []nn.Linear
}

// The pair heads, in order; ψ only where edges carry labels.
const (
	headTheta = iota
	headAlpha
	headPsi
)

func newNetwork(part searchspace.Part, c Config) (*network, error) {
	n, labels := part.MaxNodes, len(part.EdgeOps)
	flags := c.Hidden - n - labels
	if c.Hidden-n < 1 || flags < 3 {
		return nil, fmt.Errorf("part %q: %w: hidden width %d holds neither %d nodes and a state nor %d nodes, %d edge operations and 3 flags",
			part.Name, ErrWidth, c.Hidden, n, n, labels)
	}
	net := &network{
		part: part, hidden: c.Hidden, components: c.Components,
		nodeLabels: len(part.NodeOps), edgeLabels: labels,
		input:  nn.Linear{In: n, Out: c.Hidden - n},
		layers: make([]nn.Propagation, c.Layers),
	}
	net.input.Add(&net.layout, "input")
	for i := range net.layers {
		net.layers[i] = nn.Propagation{
			Hidden: c.Hidden, Attention: c.Attention, Features: c.Hidden - n, Positions: n,
			Classes: edgeClasses(flags, labels),
		}
		net.layers[i].Add(&net.layout, fmt.Sprintf("layers.%d", i))
	}
	net.addHeads()
	return net, nil
}

func (net *network) addHeads() {
	names, outs := []string{"theta", "alpha"}, []int{net.components, net.components}
	if net.edgeLabels > 0 {
		names, outs = append(names, "psi"), append(outs, net.edgeLabels)
	}
	h, bound := net.hidden, nn.LinearBound(net.hidden)
	net.pairs.first = nn.Linear{In: h, Out: h * len(names), W: net.layout.Size}
	for _, name := range names {
		net.layout.Matrix(name+".0.weight", h, h, bound)
	}
	net.pairs.first.B = net.layout.Size
	for _, name := range names {
		net.layout.Vector(name+".0.bias", h, bound)
	}
	for i, name := range names {
		second, third := nn.Linear{In: h, Out: h, ReLU: true}, nn.Linear{In: h, Out: outs[i]}
		second.Add(&net.layout, name+".2")
		third.Add(&net.layout, name+".4")
		net.pairs.second, net.pairs.third = append(net.pairs.second, second), append(net.pairs.third, third)
	}
	if net.nodeLabels > 0 {
		net.label = []nn.Linear{{In: h, Out: h, ReLU: true}, {In: h, Out: h, ReLU: true}, {In: h, Out: net.nodeLabels}}
		for i := range net.label {
			net.label[i].Add(&net.layout, fmt.Sprintf("phi.%d", 2*i))
		}
	}
}

// weights are a network's parameters together with the transposed forms that the forward pass multiplies by. They may be
// shared by concurrent passes.
type weights struct {
	flat          []float32
	input         []float32
	layers        []nn.PropagationWeights
	first         []float32
	second, third [][]float32
	label         [][]float32
}

func (net *network) prepare(flat []float32, arena *nn.Arena) *weights {
	w := &weights{flat: flat, input: net.input.Transposed(flat, arena), first: net.pairs.first.Transposed(flat, arena)}
	for i := range net.layers {
		w.layers = append(w.layers, net.layers[i].Prepare(flat, arena))
	}
	for i := range net.pairs.second {
		w.second = append(w.second, net.pairs.second[i].Transposed(flat, arena))
		w.third = append(w.third, net.pairs.third[i].Transposed(flat, arena))
	}
	for i := range net.label {
		w.label = append(w.label, net.label[i].Transposed(flat, arena))
	}
	return w
}

// logits are the network's results, or their gradients: a row for each pair, and for phi a row for each step.
type logits struct {
	theta, alpha []float32 // pairs × components
	psi          []float32 // pairs × edge labels
	phi          []float32 // steps × node labels
}

// pass is a forward pass with what its backward pass needs, all of it in one arena.
type pass struct {
	net    *network
	w      *weights
	u      *unrolled
	arena  *nn.Arena
	inputs [][]float32 // of each layer, after the ReLU between layers
	states []nn.PropagationState
	final  []float32
	hidden []float32   // pairs × heads·Hidden: the heads' first layers after the ReLU
	middle [][]float32 // of each head, pairs × Hidden
	newH   []float32   // steps × Hidden
	labels [][]float32 // φ's two hidden layers
	logits logits
}

func (net *network) forward(u *unrolled, w *weights, arena *nn.Arena) *pass {
	p := &pass{net: net, w: w, u: u, arena: arena}
	h := p.initial()
	for i := range net.layers {
		if i > 0 {
			f32.ReLU(h, h)
		}
		p.inputs = append(p.inputs, h)
		p.states = append(p.states, net.layers[i].Forward(&u.graph, h, w.flat, w.layers[i], arena))
		h = p.states[i].Out()
	}
	p.final = h
	p.pairHeads()
	if net.nodeLabels > 0 {
		p.labelHead()
	}
	return p
}

// initial gives every existing node [W·row + b | one-hot of its place], and new nodes zeros.
func (p *pass) initial() []float32 {
	net, u := p.net, p.u
	rows, wide := len(u.place), net.input.Out
	table := p.arena.Take(rows * wide)
	net.input.Forward(rows, u.rows, net.input.In, p.w.input, net.input.Bias(p.w.flat), table)
	h := p.arena.Zeros(u.graph.Nodes * net.hidden)
	for i, row := range u.state {
		if row < 0 {
			continue
		}
		copy(h[i*net.hidden:], table[int(row)*wide:(int(row)+1)*wide])
		h[i*net.hidden+wide+int(u.place[row])] = 1
	}
	return h
}

func (p *pass) pairHeads() {
	net, u, h := p.net, p.u, p.net.hidden
	wide, pairs := net.pairs.first.Out, len(p.u.pairFrom)
	product := p.arena.Take(u.graph.Nodes * wide)
	f32.Gemm(false, false, u.graph.Nodes, wide, h, 1, p.final, h, p.w.first, wide, 0, product, wide)
	p.hidden = p.arena.Take(pairs * wide)
	f32.EdgeReLU(wide, product, wide, net.pairs.first.Bias(p.w.flat), u.pairFrom, u.pairTo, u.pairClass, p.hidden)
	var out [3][]float32
	for i := range net.pairs.second {
		second, third := &net.pairs.second[i], &net.pairs.third[i]
		middle := p.arena.Take(pairs * h)
		second.Forward(pairs, p.hidden[i*h:], wide, p.w.second[i], second.Bias(p.w.flat), middle)
		p.middle = append(p.middle, middle)
		out[i] = p.arena.Take(pairs * third.Out)
		third.Forward(pairs, middle, h, p.w.third[i], third.Bias(p.w.flat), out[i])
	}
	p.logits.theta, p.logits.alpha, p.logits.psi = out[headTheta], out[headAlpha], out[headPsi]
}

func (p *pass) labelHead() {
	net, h, steps := p.net, p.net.hidden, len(p.u.newNode)
	p.newH = p.arena.Take(steps * h)
	for s, v := range p.u.newNode {
		copy(p.newH[s*h:(s+1)*h], p.final[int(v)*h:])
	}
	x := p.newH
	for i := range net.label {
		y := p.arena.Take(steps * net.label[i].Out)
		net.label[i].Forward(steps, x, h, p.w.label[i], net.label[i].Bias(p.w.flat), y)
		p.labels = append(p.labels, y)
		x = y
	}
	p.logits.phi = x
}

// zeroGradient makes room for the gradient in the logits.
func (p *pass) zeroGradient() logits {
	d := logits{
		theta: p.arena.Zeros(len(p.logits.theta)), alpha: p.arena.Zeros(len(p.logits.alpha)),
		psi: p.arena.Zeros(len(p.logits.psi)), phi: p.arena.Zeros(len(p.logits.phi)),
	}
	return d
}

// backward adds to grads the gradient in the parameters for the gradient d in the logits. The pass is used up.
func (p *pass) backward(d logits, grads []float32) {
	dh := p.pairHeadsBackward(d, grads)
	if p.net.nodeLabels > 0 {
		p.labelHeadBackward(d.phi, grads, dh)
	}
	for i := len(p.net.layers) - 1; i >= 0; i-- {
		dh = p.net.layers[i].Backward(&p.states[i], dh, p.w.flat, grads, p.arena)
		if i > 0 {
			f32.ReLUGrad(dh, dh, p.inputs[i])
		}
	}
	p.initialBackward(dh, grads)
}

func (p *pass) pairHeadsBackward(d logits, grads []float32) []float32 {
	net, u, h := p.net, p.u, p.net.hidden
	first := &net.pairs.first
	wide, pairs, nodes := first.Out, len(u.pairFrom), u.graph.Nodes
	dhidden := p.arena.Take(pairs * wide)
	for i, dout := range [][]float32{d.theta, d.alpha, d.psi}[:len(net.pairs.second)] {
		dmiddle := p.arena.Take(pairs * h)
		net.pairs.third[i].Backward(pairs, p.middle[i], h, nil, dout, p.w.flat, grads, dmiddle, h, false)
		net.pairs.second[i].Backward(pairs, p.hidden[i*h:], wide, p.middle[i], dmiddle, p.w.flat, grads, dhidden[i*h:], wide, false)
	}
	dproduct := p.arena.Zeros(nodes * wide)
	f32.EdgeReLUGrad(wide, dhidden, p.hidden, u.pairFrom, u.pairTo, u.pairClass, dproduct, wide, first.Bias(grads))
	f32.Gemm(true, false, wide, h, nodes, 1, dproduct, wide, p.final, h, 1, first.Weight(grads), h)
	dh := p.arena.Take(nodes * h)
	f32.Gemm(false, false, nodes, h, wide, 1, dproduct, wide, first.Weight(p.w.flat), h, 0, dh, h)
	return dh
}

func (p *pass) labelHeadBackward(dphi, grads, dh []float32) {
	net, h, steps := p.net, p.net.hidden, len(p.u.newNode)
	dy := dphi
	for i := len(net.label) - 1; i >= 0; i-- {
		x := p.newH
		if i > 0 {
			x = p.labels[i-1]
		}
		dx := p.arena.Take(steps * h)
		net.label[i].Backward(steps, x, h, p.labels[i], dy, p.w.flat, grads, dx, h, false)
		dy = dx
	}
	for s, v := range p.u.newNode {
		f32.Axpy(1, dy[s*h:(s+1)*h], dh[int(v)*h:(int(v)+1)*h])
	}
}

func (p *pass) initialBackward(dh, grads []float32) {
	net, u := p.net, p.u
	rows, wide := len(u.place), net.input.Out
	dtable := p.arena.Zeros(rows * wide)
	for i, row := range u.state {
		if row >= 0 {
			f32.Axpy(1, dh[i*net.hidden:i*net.hidden+wide], dtable[int(row)*wide:(int(row)+1)*wide])
		}
	}
	net.input.Backward(rows, u.rows, net.input.In, nil, dtable, p.w.flat, grads, nil, 0, false)
}
