package network

import (
	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// maxPieces is into how many pieces a batch is cut, if it has as many images: more than the processors would need, for
// each of them to have its share, whose images stay in its cache. It bounds how many processors help. That it is the same
// everywhere makes the results the same.
const maxPieces = 8

// piece is some images of the batch, lo to hi−1, with scratch memory.
type piece struct {
	index, lo, hi int
	arena         *nn.Arena
}

func (i piece) len() int { return i.hi - i.lo }

// pass is a pass over a batch, with what its backward pass needs.
type pass struct {
	plan *Plan
	*schedule
	space              *Workspace
	params, statistics []float32 // flat
	grad               []float32 // flat
	frozen             bool      // running statistics stay as they are
	batch              int
	planes             []float32 // the images as they came
	pieces             []piece
	values, gradients  [][]float32 // of each value, all images
	norms              []*normState
	transposed         [][]float32 // of each convolution, its weights rearranged
	shares             [][]float32 // of each node of the present level, its pieces' shares of the parameters' gradients
}

// begin takes the memory of a forward pass.
func (p *pass) begin(batch int) {
	p.batch = batch
	count := min(batch, maxPieces)
	p.space.reset(count, p.plan.scratch())
	p.pieces = p.pieces[:0]
	for i := range count {
		p.pieces = append(p.pieces, piece{i, i * batch / count, (i + 1) * batch / count, &p.space.pieces[i]})
	}
	values, nodes := len(p.plan.sizes), len(p.plan.nodes)
	p.values, p.gradients = make([][]float32, values), make([][]float32, values)
	p.norms, p.transposed, p.shares = make([]*normState, nodes), make([][]float32, nodes), make([][]float32, nodes)
	p.values[0] = p.space.take(batch * p.plan.sizes[0].Len())
	for _, n := range p.plan.live {
		p.values[n.output] = p.space.take(batch * p.plan.sizes[n.output].Len())
		if l, ok := n.layer.(*norm); ok {
			p.norms[n.id] = p.newNormState(l.Channels)
		}
	}
}

func (p *pass) newNormState(channels int) *normState {
	take := func() []float32 { return p.space.take(channels) }
	s := &normState{
		moments:    make([]conv.Moments, len(p.pieces)),
		statistics: conv.Statistics{Mean: take(), Variance: take()},
		affine:     conv.Affine{Scale: take(), Shift: take()},
		sums:       make([]conv.GradSums, len(p.pieces)),
		slopes:     conv.Slopes{DY: take(), X: take(), One: take()},
	}
	for i := range p.pieces {
		s.moments[i] = conv.Moments{Center: take(), Sum: take(), Square: take()}
		s.sums[i] = conv.GradSums{DY: take(), Product: take()}
	}
	return s
}

// forward computes the logits.
func (p *pass) forward(byBatch bool) {
	if !byBatch {
		for _, n := range p.plan.live {
			if l, ok := n.layer.(*norm); ok {
				l.fixed(p, n)
			}
		}
	}
	for _, steps := range p.levels {
		parallel.Do(len(p.pieces), func(i int) {
			for _, st := range steps {
				st.forward(p, p.pieces[i])
			}
		})
		for _, st := range steps {
			if st.measure {
				st.layer.(*norm).join(p, st.node)
			}
		}
	}
}

// backward computes the gradient in the parameters, those of the logits being there.
func (p *pass) backward() {
	clear(p.grad)
	p.transpose()
	for _, n := range p.plan.live {
		v := n.output
		if root := p.grads[v]; p.wanted[v] && p.gradients[root] == nil {
			p.gradients[root] = p.space.take(p.batch * p.plan.sizes[v].Len())
		}
	}
	for l := len(p.levels) - 1; l >= 0; l-- {
		steps, mark := p.levels[l], p.space.used
		p.takeShares(steps)
		parallel.Do(len(p.pieces), func(i int) {
			for j := len(steps) - 1; j >= 0; j-- {
				if st := steps[j]; st.measure || p.wanted[st.output] {
					st.backward(p, p.pieces[i])
				}
			}
		})
		for _, st := range steps {
			if l, ok := st.layer.(*norm); ok && !st.measure {
				l.joinGrad(p, st.node)
			}
		}
		p.sumShares(steps)
		p.space.used = mark
	}
}

// transpose rearranges the weights of convolutions whose input wants a gradient.
func (p *pass) transpose() {
	var convolutions []*node
	for _, n := range p.plan.live {
		if l, ok := n.layer.(dense); ok && p.wanted[n.inputs[0]] {
			p.transposed[n.id] = p.space.take(l.Weights())
			convolutions = append(convolutions, n)
		}
	}
	parallel.Do(len(convolutions), func(i int) {
		n := convolutions[i]
		n.layer.(dense).Transpose(p.param(n, 0), p.transposed[n.id])
	})
}

// takeShares takes memory for the shares of a level's parameters.
func (p *pass) takeShares(steps []step) {
	for _, st := range steps {
		if _, ok := st.layer.(*norm); !ok && len(st.params) > 0 {
			p.shares[st.id] = p.space.take(len(p.pieces) * p.shareSize(st.node))
		}
	}
}

// shareSize is the number of values of a node's parameters.
func (p *pass) shareSize(n *node) (size int) {
	for _, i := range n.params {
		size += int(p.plan.params[i].Size())
	}
	return size
}

// sumShares adds the pieces' shares up, in their order.
func (p *pass) sumShares(steps []step) {
	const block = 1 << 12
	type part struct {
		dst    []float32
		share  []float32 // of the first piece
		stride int       // to the next piece
	}
	var parts []part
	for _, st := range steps {
		if _, ok := st.layer.(*norm); ok || len(st.params) == 0 {
			continue
		}
		size, at := p.shareSize(st.node), 0
		for i := range st.params {
			grad := p.paramGrad(st.node, i)
			for lo := 0; lo < len(grad); lo += block {
				hi := min(lo+block, len(grad))
				parts = append(parts, part{grad[lo:hi], p.shares[st.id][at+lo:], size})
			}
			at += len(grad)
		}
	}
	parallel.Do(len(parts), func(i int) {
		part := parts[i]
		n := len(part.dst)
		copy(part.dst, part.share)
		for k := 1; k < len(p.pieces); k++ {
			f32.Add(part.dst, part.dst, part.share[k*part.stride:][:n])
		}
	})
}

// The following are what a layer sees of the pass.

// input is the images' values of a node's input.
func (p *pass) input(n *node, i int, images piece) []float32 {
	return p.of(p.values[n.inputs[i]], n.inputs[i], images)
}

// output is the images' values of a node's output.
func (p *pass) output(n *node, images piece) []float32 {
	return p.of(p.values[n.output], n.output, images)
}

// outputGrad is the gradient in the output.
func (p *pass) outputGrad(n *node, images piece) []float32 {
	return p.of(p.gradients[p.grads[n.output]], n.output, images)
}

// inputGrad is where the gradient in an input belongs, nil where none is wanted, and whether it is to be added.
func (p *pass) inputGrad(n *node, i int, images piece) (dx []float32, add bool) {
	v := n.inputs[i]
	if !p.wanted[v] {
		return nil, false
	}
	return p.of(p.gradients[p.grads[v]], v, images), p.adds[n.id][i]
}

func (p *pass) of(all []float32, value int, images piece) []float32 {
	size := p.plan.sizes[value].Len()
	return all[images.lo*size : images.hi*size]
}

// channels is how many a value has.
func (p *pass) channels(value int) int { return p.plan.sizes[value].Channels }

// param is a node's parameter or running statistic.
func (p *pass) param(n *node, i int) []float32 {
	if p.plan.params[n.params[i]].Statistic {
		return p.within(p.statistics, n, i)
	}
	return p.within(p.params, n, i)
}

// paramGrad is the gradient in a node's parameter.
func (p *pass) paramGrad(n *node, i int) []float32 { return p.within(p.grad, n, i) }

func (p *pass) within(flat []float32, n *node, i int) []float32 {
	at := p.plan.offsets[n.params[i]]
	return flat[at : at+p.plan.params[n.params[i]].Size()]
}

// share is where a piece's share of the gradient in a node's parameters belongs, one behind the other.
func (p *pass) share(n *node, images piece) []float32 {
	size := p.shareSize(n)
	return p.shares[n.id][images.index*size : (images.index+1)*size]
}

// images is the layer of the network's input, which lays it out.
type images struct{}

func (images) forward(p *pass, _ *node, images piece) {
	size := p.plan.sizes[0]
	conv.FromPlanes(images.len(), size, p.of(p.planes, 0, images), p.of(p.values[0], 0, images))
}

func (images) backward(*pass, *node, piece) {}
