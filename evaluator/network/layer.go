package network

import (
	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// layer computes an operation for a piece of the batch. Given the gradient with respect to the output, backward
// computes those with respect to the inputs and the piece's share of those with respect to the parameters.
type layer interface {
	forward(p *pass, n *node, images piece)
	backward(p *pass, n *node, images piece)
}

type dense struct{ conv.Dense }

func (l dense) forward(p *pass, n *node, images piece) {
	l.Forward(images.len(), p.input(n, 0, images), p.param(n, 0), p.output(n, images), images.arena)
}

func (l dense) backward(p *pass, n *node, images piece) {
	dy := p.outputGrad(n, images)
	l.WeightGrad(images.len(), p.input(n, 0, images), dy, p.share(n, images), images.arena)
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		l.InputGrad(images.len(), dy, p.transposed[n.id], dx, add, images.arena)
	}
}

type depthwise struct{ conv.Depthwise }

func (l depthwise) forward(p *pass, n *node, images piece) {
	l.Forward(images.len(), p.input(n, 0, images), p.param(n, 0), p.output(n, images), images.arena)
}

func (l depthwise) backward(p *pass, n *node, images piece) {
	dy := p.outputGrad(n, images)
	l.WeightGrad(images.len(), p.input(n, 0, images), dy, p.share(n, images), images.arena)
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		l.InputGrad(images.len(), dy, p.param(n, 0), dx, add, images.arena)
	}
}

type linear struct{ in, out int }

func (l linear) forward(p *pass, n *node, images piece) {
	y := p.output(n, images)
	f32.Gemm(false, false, images.len(), l.out, l.in, 1, p.input(n, 0, images), l.in, p.param(n, 0), l.out, 0, y, l.out)
	f32.AddBias(images.len(), l.out, y, l.out, p.param(n, 1))
}

func (l linear) backward(p *pass, n *node, images piece) {
	dy, share := p.outputGrad(n, images), p.share(n, images)
	weight, bias := share[:l.in*l.out], share[l.in*l.out:]
	f32.Gemm(true, false, l.in, l.out, images.len(), 1, p.input(n, 0, images), l.in, dy, l.out, 0, weight, l.out)
	clear(bias)
	f32.SumRows(images.len(), l.out, dy, l.out, bias)
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		f32.Gemm(false, true, images.len(), l.in, l.out, 1, dy, l.out, p.param(n, 0), l.out, betaOf(add), dx, l.in)
	}
}

// betaOf returns the factor β by which a matrix product C ← AB + βC multiplies the existing values: 1 to add to them, 0 to replace
// them.
func betaOf(add bool) float32 {
	if add {
		return 1
	}
	return 0
}

type relu struct{}

// reluBlock is the number of values of a gradient that are masked at a time before they are added.
const reluBlock = 1 << 12

// Scratch returns the maximum arena space of a pass.
func (relu) Scratch() int { return nn.Space(reluBlock) }

func (relu) forward(p *pass, n *node, images piece) {
	f32.ReLU(p.output(n, images), p.input(n, 0, images))
}

func (relu) backward(p *pass, n *node, images piece) {
	dx, add := p.inputGrad(n, 0, images)
	if dx == nil {
		return
	}
	dy, y := p.outputGrad(n, images), p.output(n, images)
	if !add {
		f32.ReLUGrad(dx, dy, y)
		return
	}
	defer images.arena.Release(images.arena.Mark())
	cut := images.arena.Take(min(reluBlock, len(dy)))
	for lo := 0; lo < len(dy); lo += reluBlock {
		hi := min(lo+reluBlock, len(dy))
		f32.ReLUGrad(cut[:hi-lo], dy[lo:hi], y[lo:hi])
		f32.Add(dx[lo:hi], dx[lo:hi], cut[:hi-lo])
	}
}

type maxPool struct{ conv.Pool }

func (l maxPool) forward(p *pass, n *node, images piece) {
	l.Max(images.len(), p.input(n, 0, images), p.output(n, images), images.arena)
}

func (l maxPool) backward(p *pass, n *node, images piece) {
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		l.MaxGrad(images.len(), p.input(n, 0, images), p.output(n, images), p.outputGrad(n, images), dx, add, images.arena)
	}
}

type avgPool struct{ conv.Pool }

func (l avgPool) forward(p *pass, n *node, images piece) {
	l.Average(images.len(), p.input(n, 0, images), p.output(n, images), images.arena)
}

func (l avgPool) backward(p *pass, n *node, images piece) {
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		l.AverageGrad(images.len(), p.outputGrad(n, images), dx, add, images.arena)
	}
}

type globalPool struct{ conv.Image }

func (l globalPool) forward(p *pass, n *node, images piece) {
	conv.Mean(images.len(), l.Image, p.input(n, 0, images), p.output(n, images))
}

func (l globalPool) backward(p *pass, n *node, images piece) {
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		conv.MeanGrad(images.len(), l.Image, p.outputGrad(n, images), dx, add)
	}
}

type subsample struct{ conv.Stride }

func (l subsample) forward(p *pass, n *node, images piece) {
	l.Forward(images.len(), p.input(n, 0, images), p.output(n, images))
}

func (l subsample) backward(p *pass, n *node, images piece) {
	if dx, add := p.inputGrad(n, 0, images); dx != nil {
		l.InputGrad(images.len(), p.outputGrad(n, images), dx, add)
	}
}
