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

// pass is a forward pass and, if it keeps that, what its backward pass needs. It owns its memory,
// which the next pass reuses.
type pass struct {
	arena  nn.Arena
	keeps  bool
	net    *network
	flat   []float32 // the parameters
	u      *unrolled
	sums   []float32   // in the paper's form, the initial sums of settled messages; nil if they are zero
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
	middle                 [][]float32 // for each head, pairs × Hidden; only if kept
	newH                   []float32   // steps × Hidden
	labels                 [][]float32 // φ's layers
	nodeValues, edgeValues valuePass
	logits                 logits

	halt halt.Point // between stages
}

// forward runs the network over the steps and keeps what backward needs. The logits are valid until
// the next call.
func (p *pass) forward(net *network, flat []float32, u *unrolled) logits {
	p.begin(net, flat, u, true)
	return p.run()
}

// infer is forward without backward. It needs less memory and is faster for large graphs.
func (p *pass) infer(net *network, flat []float32, u *unrolled) logits {
	p.begin(net, flat, u, false)
	return p.run()
}

// begin prepares the pass for a network, its parameters and steps.
func (p *pass) begin(net *network, flat []float32, u *unrolled, keeps bool) {
	p.arena.Reset()
	p.net, p.flat, p.u, p.keeps, p.sums, p.logits = net, flat, u, keeps, nil, logits{}
}

// run runs the network.
func (p *pass) run() logits {
	net, u := p.net, p.u
	p.propagate()
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
func (p *pass) propagate() {
	net, u := p.net, p.u
	p.inputs = p.inputs[:0]
	if len(p.states) != len(net.layers) {
		p.states = make([]nn.PropagationState, len(net.layers))
	}
	h := p.initial()
	for i := range net.layers {
		p.halt.Check()
		if i > 0 {
			f32.ReLU(h, h)
		}
		g := u.messages(i)
		if !p.keeps {
			if g.Settled != nil && p.sums == nil {
				p.sums = p.arena.Zeros(g.Settled.Rows * net.hidden)
			}
			h = net.layers[i].Infer(g, h, p.sums, p.flat, &p.arena)
			continue
		}
		p.inputs = append(p.inputs, h)
		net.layers[i].Forward(g, h, p.flat, &p.states[i], &p.arena)
		h = p.states[i].Out()
	}
	p.final, p.pairIn = h, h
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
