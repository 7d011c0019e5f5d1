package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/halt"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// logits holds the network's results, or their gradients. There is a row for each pair, for each
// step in phi, and for each decision of the value heads. In the causal form, value heads replace
// phi and psi.
type logits struct {
	theta, alpha           []float32 // pairs × components
	psi                    []float32 // pairs × edge labels
	phi                    []float32 // steps × node labels
	nodeValues, edgeValues []float32 // decisions × columns of the head
}

// pass is a forward pass and what its backward pass needs. It owns its memory, which the next pass
// reuses.
type pass struct {
	arena  nn.Arena
	net    *network
	flat   []float32 // the parameters
	u      *unrolled
	inputs [][]float32 // inputs of each layer, after the ReLU between layers
	states []nn.PropagationState
	final  []float32
	// In the causal form, the contexts and the summaries that they start from.
	contexts []float32
	summary  summaryPass
	// pairIn is the input of the pair heads: the final states. In the causal form, the context of
	// the edges is added to the states of query nodes. products are their products with the heads'
	// first layers.
	pairIn, products       []float32
	hidden                 []float32   // pairs × heads·Hidden: the heads' first layers after the ReLU
	middle                 [][]float32 // for each head, pairs × Hidden
	newH                   []float32   // steps × Hidden
	labels                 [][]float32 // φ's layers
	nodeValues, edgeValues valuePass
	logits                 logits

	halt halt.Point // between stages
}

// forward runs the network over the steps. The logits are valid until the next call.
func (p *pass) forward(net *network, flat []float32, u *unrolled) logits {
	p.propagate(net, flat, u)
	if net.form == CausalForm {
		p.addContexts()
	}
	if !net.chain {
		p.addPairInputs()
		p.multiplyPairInputs()
		p.pairHeads()
	}
	if len(net.label) > 0 {
		p.labelHead()
	}
	p.nodeValues = p.valueHead(net.nodeValues, u.nodeValues)
	p.edgeValues = p.valueHead(net.edgeValues, u.edgeValues)
	p.logits.nodeValues, p.logits.edgeValues = p.nodeValues.logits, p.edgeValues.logits
	return p.logits
}

// propagate computes the final states of the steps.
func (p *pass) propagate(net *network, flat []float32, u *unrolled) {
	p.arena.Reset()
	p.net, p.flat, p.u, p.logits = net, flat, u, logits{}
	p.inputs, p.states = p.inputs[:0], p.states[:0]
	h := p.initial()
	for i := range net.layers {
		p.halt.Check()
		if i > 0 {
			f32.ReLU(h, h)
		}
		p.inputs = append(p.inputs, h)
		p.states = append(p.states, net.layers[i].Forward(u.messages(i), h, flat, &p.arena))
		h = p.states[i].Out()
	}
	p.final, p.pairIn = h, h
}

// addPairInputs computes the input of the pair heads.
func (p *pass) addPairInputs() {
	if p.net.form != CausalForm {
		return
	}
	h := p.net.hidden
	p.pairIn = p.arena.Take(len(p.final))
	copy(p.pairIn, p.final)
	for s, k := range p.u.edgeContexts {
		if k >= 0 {
			x := p.pairIn[int(p.u.newNode[s])*h:][:h]
			f32.Add(x, x, p.context(k))
		}
	}
}

// multiplyPairInputs multiplies the input of the pair heads by their first layers.
func (p *pass) multiplyPairInputs() {
	p.halt.Check()
	p.products = p.arena.Take(p.u.graph.Nodes * p.net.pairs.first.Out)
	p.net.pairProducts(p.u.graph.Nodes, p.pairIn, p.flat, p.products)
}

// pairProducts multiplies the states of some nodes by the first layers of the pair heads, if there
// are any.
func (net *network) pairProducts(nodes int, h, flat, products []float32) {
	if wide := net.pairs.first.Out; wide > 0 {
		f32.Gemm(false, false, nodes, wide, net.hidden, 1, h, net.hidden, net.pairs.first.Weight(flat), wide, 0, products, wide)
	}
}

// initial returns the initial states. In the paper's form, existing nodes start from [W·row + b |
// one-hot of the position] and new nodes from zero. In the causal form, each node starts from the
// sum of its embeddings.
func (p *pass) initial() []float32 {
	net, u := p.net, p.u
	if net.form == CausalForm {
		h := p.arena.Take(u.graph.Nodes * net.hidden)
		net.embed(u.embeddings, u.extra, p.flat, h)
		return h
	}
	rows, wide := len(u.positions), net.input.Out
	table := p.arena.Take(rows * wide)
	net.input.Forward(rows, u.rows, net.input.In, p.flat, table)
	h := p.arena.Zeros(u.graph.Nodes * net.hidden)
	for i, row := range u.state {
		if row < 0 {
			continue
		}
		copy(h[i*net.hidden:], table[int(row)*wide:(int(row)+1)*wide])
		h[i*net.hidden+wide+int(u.positions[row])] = 1
	}
	return h
}

// embed writes the state for each pair of rows of the input layer, which is their sum plus the
// bias, and adds the extra inputs.
func (net *network) embed(rows [][2]int32, extra []extraInput, flat, h []float32) {
	n := net.hidden
	for i, pair := range rows {
		state := h[i*n : (i+1)*n]
		copy(state, net.input.Bias(flat))
		for _, row := range pair {
			if row >= 0 {
				f32.Add(state, state, net.inputRow(flat, row))
			}
		}
	}
	for _, x := range extra {
		f32.Axpy(x.scale, net.inputRow(flat, x.row), h[int(x.node)*n:(int(x.node)+1)*n])
	}
}

// inputRow returns a row of the input layer in flat parameters or gradients.
func (net *network) inputRow(flat []float32, row int32) []float32 {
	start, n := net.input.W+int(row)*net.input.Out, net.input.Out
	return flat[start : start+n]
}

// pairHeads computes the logits of the pairs from the products, which have a row for every node in
// a pair.
func (p *pass) pairHeads() {
	net, u, h := p.net, p.u, p.net.hidden
	wide, pairs := net.pairs.first.Out, len(p.u.pairFrom)
	p.hidden, p.middle = p.arena.Take(pairs*wide), p.middle[:0]
	f32.EdgeReLU(wide, p.products, wide, net.pairs.first.Bias(p.flat), u.pairFrom, u.pairTo, u.pairClass, p.hidden)
	out := [...]*[]float32{headTheta: &p.logits.theta, headAlpha: &p.logits.alpha, headPsi: &p.logits.psi}
	for i := range net.pairs.second {
		second, third := &net.pairs.second[i], &net.pairs.third[i]
		p.halt.Check()
		middle := p.arena.Take(pairs * h)
		second.Forward(pairs, p.hidden[i*h:], wide, p.flat, middle)
		p.middle = append(p.middle, middle)
		*out[i] = p.arena.Take(pairs * third.Out)
		third.Forward(pairs, middle, h, p.flat, *out[i])
	}
}

func (p *pass) labelHead() {
	net, h, steps := p.net, p.net.hidden, len(p.u.newNode)
	p.newH, p.labels = p.arena.Take(steps*h), p.labels[:0]
	for s, v := range p.u.newNode {
		copy(p.newH[s*h:(s+1)*h], p.final[int(v)*h:])
	}
	x := p.newH
	for i := range net.label {
		y := p.arena.Take(steps * net.label[i].Out)
		net.label[i].Forward(steps, x, h, p.flat, y)
		p.labels = append(p.labels, y)
		x = y
	}
	p.logits.phi = x
}

// zeroGradient returns zeros shaped like the logits, for their gradients.
func (p *pass) zeroGradient() logits {
	return logits{
		theta: p.arena.Zeros(len(p.logits.theta)), alpha: p.arena.Zeros(len(p.logits.alpha)),
		psi: p.arena.Zeros(len(p.logits.psi)), phi: p.arena.Zeros(len(p.logits.phi)),
		nodeValues: p.arena.Zeros(len(p.logits.nodeValues)), edgeValues: p.arena.Zeros(len(p.logits.edgeValues)),
	}
}

// backward computes the gradients of the parameters from the gradient d of the logits. The pass
// must not be used again before the next forward.
func (p *pass) backward(d logits, t *transposes, grads nn.Gradients) {
	var dh []float32
	if p.net.chain {
		dh = p.arena.Zeros(p.u.graph.Nodes * p.net.hidden)
	} else {
		dh = p.pairHeadsBackward(d, t, grads)
	}
	dcontexts := p.pairContextsBackward(dh)
	if len(p.net.label) > 0 {
		p.labelHeadBackward(d.phi, t, grads, dh)
	}
	p.valueHeadBackward(p.net.nodeValues, p.u.nodeValues, &p.nodeValues, d.nodeValues, t.nodeValues, grads, dh, dcontexts)
	p.valueHeadBackward(p.net.edgeValues, p.u.edgeValues, &p.edgeValues, d.edgeValues, t.edgeValues, grads, dh, dcontexts)
	if p.net.form == CausalForm {
		p.contextsBackward(dcontexts, t, grads)
	}
	next := p.arena.Take(len(dh))
	for i := len(p.net.layers) - 1; i >= 0; i-- {
		p.halt.Check()
		p.net.layers[i].Backward(&p.states[i], dh, t.layers[i], grads, next, &p.arena)
		dh, next = next, dh
		if i > 0 {
			f32.ReLUGrad(dh, dh, p.inputs[i])
		}
	}
	p.initialBackward(dh, grads)
}

func (p *pass) pairHeadsBackward(d logits, t *transposes, grads nn.Gradients) []float32 {
	net, u, h := p.net, p.u, p.net.hidden
	first := &net.pairs.first
	wide, pairs, nodes := first.Out, len(u.pairFrom), u.graph.Nodes
	dhidden, dmiddle := p.arena.Take(pairs*wide), p.arena.Take(pairs*h)
	douts := [...][]float32{headTheta: d.theta, headAlpha: d.alpha, headPsi: d.psi}
	for i := range net.pairs.second {
		p.halt.Check()
		net.pairs.third[i].Backward(pairs, p.middle[i], h, nil, douts[i], t.third[i], grads, dmiddle, h)
		net.pairs.second[i].Backward(pairs, p.hidden[i*h:], wide, p.middle[i], dmiddle, t.second[i], grads, dhidden[i*h:], wide)
	}
	p.halt.Check()
	dproduct := p.arena.Zeros(nodes * wide)
	f32.EdgeReLUGrad(wide, dhidden, p.hidden, u.pairFrom, u.pairTo, u.pairClass, dproduct, wide, grads.Sum(first.Bias(grads.Flat)))
	f32.Gemm(true, false, h, wide, nodes, 1, p.pairIn, h, dproduct, wide, grads.Beta(), first.Weight(grads.Flat), wide)
	dh := p.arena.Take(nodes * h)
	f32.Gemm(false, false, nodes, h, wide, 1, dproduct, wide, t.first, h, 0, dh, h)
	return dh
}

// pairContextsBackward returns the gradient of the contexts, given that of the pair heads' input.
func (p *pass) pairContextsBackward(din []float32) []float32 {
	if p.net.form != CausalForm {
		return nil
	}
	h := p.net.hidden
	d := p.arena.Zeros(len(p.contexts))
	for s, k := range p.u.edgeContexts {
		if k >= 0 {
			f32.Axpy(1, din[int(p.u.newNode[s])*h:][:h], d[int(k)*h:(int(k)+1)*h])
		}
	}
	return d
}

func (p *pass) labelHeadBackward(dphi []float32, t *transposes, grads nn.Gradients, dh []float32) {
	net, h, steps := p.net, p.net.hidden, len(p.u.newNode)
	dy := dphi
	for i := len(net.label) - 1; i >= 0; i-- {
		x := p.newH
		if i > 0 {
			x = p.labels[i-1]
		}
		dx := p.arena.Take(steps * h)
		net.label[i].Backward(steps, x, h, p.labels[i], dy, t.label[i], grads, dx, h)
		dy = dx
	}
	for s, v := range p.u.newNode {
		f32.Axpy(1, dy[s*h:(s+1)*h], dh[int(v)*h:(int(v)+1)*h])
	}
}

func (p *pass) initialBackward(dh []float32, grads nn.Gradients) {
	net, u := p.net, p.u
	if net.form == CausalForm {
		grads.Sum(net.input.Weight(grads.Flat))
		bias := grads.Sum(net.input.Bias(grads.Flat))
		f32.SumRows(u.graph.Nodes, net.hidden, dh, net.hidden, bias)
		for i, pair := range u.embeddings {
			for _, row := range pair {
				if row >= 0 {
					f32.Axpy(1, dh[i*net.hidden:(i+1)*net.hidden], net.inputRow(grads.Flat, row))
				}
			}
		}
		for _, x := range u.extra {
			f32.Axpy(x.scale, dh[int(x.node)*net.hidden:(int(x.node)+1)*net.hidden], net.inputRow(grads.Flat, x.row))
		}
		return
	}
	rows, wide := len(u.positions), net.input.Out
	dtable := p.arena.Zeros(rows * wide)
	for i, row := range u.state {
		if row >= 0 {
			f32.Axpy(1, dh[i*net.hidden:i*net.hidden+wide], dtable[int(row)*wide:(int(row)+1)*wide])
		}
	}
	net.input.Backward(rows, u.rows, net.input.In, nil, dtable, nil, grads, nil, 0)
}
