package network

import "github.com/graphpnas/graphpnas/internal/conv"

// normEpsilon and normMomentum are PyTorch's defaults, which most of the published networks use. The momentum of NAS-Bench-101 is
// 0.003 (0.997 in the convention of its code); with the larger one, the running statistics settle in fewer steps. Only evaluation
// uses them.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.1
)

// norm is batch normalization. Its parameters are scale, shift, running mean and running variance. In training it consists of two
// steps: one before and one after the moments of all pieces are combined.
type norm struct {
	conv.Norm
	momentum float64 // the weight of the batch in the updated running statistics
}

// The number of vectors, of one value per channel, in a normState, and the number of further ones for each piece.
const (
	normVectors      = 7
	normPieceVectors = 5
)

// normState is the state that a pass keeps for one norm.
type normState struct {
	moments    []conv.Moments // the moments of each piece
	statistics conv.Statistics
	affine     conv.Affine
	sums       []conv.GradSums // the sums of each piece
	slopes     conv.Slopes
}

// forward normalizes by statistics that are already known.
func (l *norm) forward(p *pass, n *node, images piece) {
	y := p.output(n, images)
	l.Forward(len(y)/l.Channels, p.input(n, 0, images), p.norms[n.id].affine, y)
}

// measure computes a piece's moments.
func (l *norm) measure(p *pass, n *node, images piece) {
	x := p.input(n, 0, images)
	l.Sum(len(x)/l.Channels, x, &p.norms[n.id].moments[images.index])
}

// join combines the moments of the pieces and updates the running statistics. As in PyTorch, the running variance is unbiased.
func (l *norm) join(p *pass, n *node) {
	s := p.norms[n.id]
	s.statistics.Finish(s.moments)
	l.Affine(s.statistics, p.param(n, 0), p.param(n, 1), s.affine)
	if p.frozen {
		return
	}
	m := float32(p.batch * p.plan.sizes[n.output].Pixels())
	unbiased, momentum := m/max(m-1, 1), float32(l.momentum)
	mean, variance := p.param(n, 2), p.param(n, 3)
	for j := range mean {
		mean[j] += momentum * (s.statistics.Mean[j] - mean[j])
		variance[j] += momentum * (s.statistics.Variance[j]*unbiased - variance[j])
	}
}

// fixed makes the pass normalize by the running statistics.
func (l *norm) fixed(p *pass, n *node) {
	s := conv.Statistics{Mean: p.param(n, 2), Variance: p.param(n, 3)}
	l.Affine(s, p.param(n, 0), p.param(n, 1), p.norms[n.id].affine)
}

// backward computes a piece's sums, from which the gradients are computed.
func (l *norm) backward(p *pass, n *node, images piece) {
	s, dy := p.norms[n.id], p.outputGrad(n, images)
	l.GradSums(len(dy)/l.Channels, p.input(n, 0, images), s.statistics.Mean, p.output(n, images), dy, s.sums[images.index], images.arena)
}

// joinGrad combines the sums of the pieces, which are the gradients of the parameters.
func (l *norm) joinGrad(p *pass, n *node) {
	s := p.norms[n.id]
	l.FinishGrad(p.batch*p.plan.sizes[n.output].Pixels(), s.statistics, p.param(n, 0), s.sums, p.paramGrad(n, 0), p.paramGrad(n, 1), s.slopes)
}

// spread computes the gradient with respect to the input.
func (l *norm) spread(p *pass, n *node, images piece) {
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		dy := p.outputGrad(n, images)
		l.InputGrad(len(dy)/l.Channels, p.input(n, 0, images), p.output(n, images), dy, p.norms[n.id].slopes, dx, add, images.arena)
	}
}
