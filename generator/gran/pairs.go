package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

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

// eachPairBlock calls visit for the pairs lo..lo+n−1 of each block of pairs, whose matrices a core's
// cache holds together. What visit takes from the arena is released after each call.
func (p *pass) eachPairBlock(visit func(lo, n int)) {
	pairs, size := len(p.u.pairFrom), nn.BlockRows(p.net.pairs.first.Out)
	for lo := 0; lo < pairs; lo += size {
		mark := p.arena.Mark()
		visit(lo, min(size, pairs-lo))
		p.arena.Release(mark)
	}
}

// pairHidden returns the first layers of the pair heads after the ReLU for n pairs, n ×
// heads·Hidden, for the backward pass. Computing them again takes less time than reading them from
// memory.
func (p *pass) pairHidden(lo, n int) []float32 {
	u, first := p.u, &p.net.pairs.first
	hidden := p.arena.Take(n * first.Out)
	f32.EdgeReLU(first.Out, p.products, first.Out, first.Bias(p.flat), first.Out, u.pairFrom[lo:lo+n], u.pairTo[lo:lo+n], u.pairClass[lo:lo+n], hidden)
	return hidden
}

// pairHeads computes the logits of the pairs from the products, which have a row for each node of
// the graph.
func (p *pass) pairHeads() {
	net, h, pairs := p.net, p.net.hidden, len(p.u.pairFrom)
	out := [...]*[]float32{headTheta: &p.logits.theta, headAlpha: &p.logits.alpha, headPsi: &p.logits.psi}
	p.middle = p.middle[:0]
	for i := range net.pairs.third {
		*out[i] = p.arena.Take(pairs * net.pairs.third[i].Out)
		if p.keeps {
			p.middle = append(p.middle, p.arena.Take(pairs*h))
		}
	}
	var weights [headPsi + 1]f32.Panels
	for i := range net.pairs.second {
		weights[i] = net.pairs.second[i].Pack(pairs, p.flat, &p.arena)
	}
	u, wide, bias := p.u, net.pairs.first.Out, net.pairs.first.Bias(p.flat)
	p.eachPairBlock(func(lo, n int) {
		p.halt.Check()
		for i := range net.pairs.second {
			second, third := &net.pairs.second[i], &net.pairs.third[i]
			var middle []float32
			if p.keeps {
				middle = p.middle[i][lo*h : (lo+n)*h]
			} else {
				middle = p.arena.Take(n * h)
			}
			f32.EdgeGemm(weights[i], p.products[i*h:], wide, bias[i*h:], wide, u.pairFrom[lo:lo+n], u.pairTo[lo:lo+n], u.pairClass[lo:lo+n], middle, h)
			second.Activate(n, p.flat, middle)
			third.Forward(n, middle, h, p.flat, (*out[i])[lo*third.Out:(lo+n)*third.Out])
		}
	})
}

// pairHeadsBackward computes gradients from the gradient d of the logits. It returns that of the
// input of the pair heads.
func (p *pass) pairHeadsBackward(d logits, t *transposes, grads nn.Gradients) []float32 {
	net, u, h := p.net, p.u, p.net.hidden
	first := &net.pairs.first
	wide, nodes := first.Out, u.graph.Nodes
	douts := [...][]float32{headTheta: d.theta, headAlpha: d.alpha, headPsi: d.psi}
	dproduct, dbias, blocks := p.arena.Zeros(nodes*wide), grads.Sum(first.Bias(grads.Flat)), grads
	p.eachPairBlock(func(lo, n int) {
		p.halt.Check()
		hidden, dhidden, dmiddle := p.pairHidden(lo, n), p.arena.Take(n*wide), p.arena.Take(n*h)
		for i := range net.pairs.second {
			third, middle := &net.pairs.third[i], p.middle[i][lo*h:(lo+n)*h]
			third.Backward(n, middle, h, nil, douts[i][lo*third.Out:(lo+n)*third.Out], t.third[i], blocks, dmiddle, h)
			net.pairs.second[i].Backward(n, hidden[i*h:], wide, middle, dmiddle, t.second[i], blocks, dhidden[i*h:], wide)
		}
		f32.EdgeReLUGrad(wide, dhidden, hidden, u.pairFrom[lo:lo+n], u.pairTo[lo:lo+n], u.pairClass[lo:lo+n], dproduct, wide, dbias)
		blocks.Add = true
	})
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
