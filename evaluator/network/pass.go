package network

import (
	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// maxPieces is the maximum number of pieces into which a batch is divided, and thus of processors that a pass uses. It does not
// depend on the machine, so that results do not depend on it either. Small pieces also stay in a processor's cache.
const maxPieces = 8

// piece is the images lo to hi−1 of the batch, with scratch memory.
type piece struct {
	index, lo, hi int
	arena         *nn.Arena
}

func (i piece) len() int { return i.hi - i.lo }

// pass is a forward pass over a batch, with the state that its backward pass needs.
type pass struct {
	plan *Plan
	*schedule
	space              *Workspace
	params, statistics []float32 // flat vectors
	grad               []float32 // flat vector
	frozen             bool      // whether running statistics are not updated
	batch              int
	planes             []float32 // the input images, N×C×H×W
	pieces             []piece
	values, gradients  [][]float32 // each value and its gradient, for all images
	norms              []*normState
	transposed         [][]float32 // the transposed weights of each convolution
	shares             [][]float32 // for each node of the current level, the pieces' shares of its parameters' gradients
}

// begin allocates the memory of a forward pass in the workspace.
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

// backward computes the gradient with respect to the parameters. The gradient with respect to the logits must have been
// set before.
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

// transpose transposes the weights of convolutions whose input needs a gradient.
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

// takeShares allocates memory for the pieces' shares of the gradients of a level's parameters.
func (p *pass) takeShares(steps []step) {
	for _, st := range steps {
		if _, ok := st.layer.(*norm); !ok && len(st.params) > 0 {
			p.shares[st.id] = p.space.take(len(p.pieces) * p.shareSize(st.node))
		}
	}
}

// shareSize returns the number of values of a node's parameters.
func (p *pass) shareSize(n *node) (size int) {
	for _, i := range n.params {
		size += int(p.plan.params[i].Size())
	}
	return size
}

// sumShares adds up the shares in the order of the pieces.
func (p *pass) sumShares(steps []step) {
	const block = 1 << 12
	type part struct {
		dst    []float32
		share  []float32 // share of the first piece
		stride int       // distance to the share of the next piece
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

// The following methods are for layers.

// input returns the values of a node's input for the images of a piece.
func (p *pass) input(n *node, i int, images piece) []float32 {
	return p.of(p.values[n.inputs[i]], n.inputs[i], images)
}

// output returns the values of a node's output for the images of a piece.
func (p *pass) output(n *node, images piece) []float32 {
	return p.of(p.values[n.output], n.output, images)
}

// outputGrad returns the gradient with respect to a node's output.
func (p *pass) outputGrad(n *node, images piece) []float32 {
	return p.of(p.gradients[p.grads[n.output]], n.output, images)
}

// inputGrad returns the destination of the gradient with respect to an input, or nil if it is not needed. If add is
// true, the gradient must be added to the existing values.
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

// channels returns the number of channels of a value.
func (p *pass) channels(value int) int { return p.plan.sizes[value].Channels }

// param returns a node's i-th parameter or running statistic.
func (p *pass) param(n *node, i int) []float32 {
	if p.plan.params[n.params[i]].Statistic {
		return p.within(p.statistics, n, i)
	}
	return p.within(p.params, n, i)
}

// paramGrad returns the gradient with respect to a node's i-th parameter.
func (p *pass) paramGrad(n *node, i int) []float32 { return p.within(p.grad, n, i) }

func (p *pass) within(flat []float32, n *node, i int) []float32 {
	at := p.plan.offsets[n.params[i]]
	return flat[at : at+p.plan.params[n.params[i]].Size()]
}

// share returns the destination of a piece's share of the gradients with respect to a node's parameters, which are
// stored consecutively.
func (p *pass) share(n *node, images piece) []float32 {
	size := p.shareSize(n)
	return p.shares[n.id][images.index*size : (images.index+1)*size]
}

// images is the layer of the network's input. It converts the images from N×C×H×W to N×H×W×C.
type images struct{}

func (images) forward(p *pass, _ *node, images piece) {
	size := p.plan.sizes[0]
	conv.FromPlanes(images.len(), size, p.of(p.planes, 0, images), p.of(p.values[0], 0, images))
}

func (images) backward(*pass, *node, piece) {}
