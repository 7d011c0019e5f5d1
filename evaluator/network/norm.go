package network

import "github.com/graphpnas/graphpnas/internal/conv"

// normEpsilon and normMomentum are PyTorch's defaults, which most of the published networks have. NAS-Bench-101's have a
// share of 0.003 of the batch in the running statistics (its code's momentum of 0.997), so that the networks here come near
// the same statistics in fewer steps. Only evaluation goes by them.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.1
)

// norm is batch normalisation; its parameters are scale, shift, running mean and running variance. In training it is a
// step of its own in the levels before and behind the point where all pieces' moments are there.
type norm struct {
	conv.Norm
	momentum float64 // the share of the batch in the new running statistics
}

// How many vectors of a value a channel there are in a normState, and how many more of them for each piece.
const (
	normVectors      = 7
	normPieceVectors = 5
)

// normState is what a pass keeps of one layer.
type normState struct {
	moments    []conv.Moments // of each piece
	statistics conv.Statistics
	affine     conv.Affine
	sums       []conv.GradSums // of each piece
	slopes     conv.Slopes
}

// forward normalises, by statistics that are there already.
func (l *norm) forward(p *pass, n *node, images piece) {
	y := p.output(n, images)
	l.Forward(len(y)/l.Channels, p.input(n, 0, images), p.norms[n.id].affine, y)
}

// measure is the step before.
func (l *norm) measure(p *pass, n *node, images piece) {
	x := p.input(n, 0, images)
	l.Sum(len(x)/l.Channels, x, &p.norms[n.id].moments[images.index])
}

// join brings the pieces' moments together, and moves the running statistics. As in PyTorch the running variance is
// the unbiased one.
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

// fixed sets the running statistics to be what is normalised by.
func (l *norm) fixed(p *pass, n *node) {
	s := conv.Statistics{Mean: p.param(n, 2), Variance: p.param(n, 3)}
	l.Affine(s, p.param(n, 0), p.param(n, 1), p.norms[n.id].affine)
}

// backward is the part of the backward pass before all pieces' sums are there.
func (l *norm) backward(p *pass, n *node, images piece) {
	s, dy := p.norms[n.id], p.outputGrad(n, images)
	l.GradSums(len(dy)/l.Channels, p.input(n, 0, images), s.statistics.Mean, p.output(n, images), dy, s.sums[images.index], images.arena)
}

// joinGrad brings the pieces' sums together, which are the parameters' gradients.
func (l *norm) joinGrad(p *pass, n *node) {
	s := p.norms[n.id]
	l.FinishGrad(p.batch*p.plan.sizes[n.output].Pixels(), s.statistics, p.param(n, 0), s.sums, p.paramGrad(n, 0), p.paramGrad(n, 1), s.slopes)
}

// spread is the part behind it.
func (l *norm) spread(p *pass, n *node, images piece) {
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		dy := p.outputGrad(n, images)
		l.InputGrad(len(dy)/l.Channels, p.input(n, 0, images), p.output(n, images), dy, p.norms[n.id].slopes, dx, add, images.arena)
	}
}
