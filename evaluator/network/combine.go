package network

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/f32"
)

// sum computes the sum of its inputs, multiplied by a factor.
type sum struct{ factor float32 }

func (l sum) forward(p *pass, n *node, images piece) {
	y := p.output(n, images)
	f32.Add(y, p.input(n, 0, images), p.input(n, 1, images))
	for i := 2; i < len(n.inputs); i++ {
		f32.Add(y, y, p.input(n, i, images))
	}
	if l.factor != 1 {
		f32.Scale(l.factor, y)
	}
}

// backward skips a term whose gradient shares the memory of the sum's gradient.
func (l sum) backward(p *pass, n *node, images piece) {
	dy := p.outputGrad(n, images)
	for i := range n.inputs {
		dx, add := p.inputGrad(n, i, images)
		if dx == nil || &dx[0] == &dy[0] {
			continue
		}
		if !add {
			clear(dx)
		}
		f32.Axpy(l.factor, dy, dx)
	}
}

// weightedSum multiplies each term by the sigmoid of its weight.
type weightedSum struct{}

func (weightedSum) forward(p *pass, n *node, images piece) {
	y := p.output(n, images)
	clear(y)
	for i, w := range p.param(n, 0) {
		f32.Axpy(sigmoid(w), p.input(n, i, images), y)
	}
}

func (weightedSum) backward(p *pass, n *node, images piece) {
	dy, share := p.outputGrad(n, images), p.share(n, images)
	for i, w := range p.param(n, 0) {
		s := sigmoid(w)
		share[i] = s * (1 - s) * f32.Dot(dy, p.input(n, i, images))
		if dx, add := p.inputGrad(n, i, images); dx != nil {
			if !add {
				clear(dx)
			}
			f32.Axpy(s, dy, dx)
		}
	}
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

type concat struct{}

func (concat) forward(p *pass, n *node, images piece) {
	y, width := p.output(n, images), p.channels(n.output)
	for i, v := range n.inputs {
		c := p.channels(v)
		conv.CopyChannels(len(p.output(n, images))/width, c, p.input(n, i, images), c, y, width, false)
		y = y[min(c, len(y)):]
	}
}

func (concat) backward(p *pass, n *node, images piece) {
	dy, width := p.outputGrad(n, images), p.channels(n.output)
	pixels := len(dy) / width
	for i, v := range n.inputs {
		c := p.channels(v)
		if dx, add := p.inputGrad(n, i, images); dx != nil {
			conv.CopyChannels(pixels, c, dy, width, dx, c, add)
		}
		dy = dy[min(c, len(dy)):]
	}
}

// first returns the leading channels of its input.
type first struct{}

func (first) forward(p *pass, n *node, images piece) {
	y, c := p.output(n, images), p.channels(n.output)
	conv.CopyChannels(len(y)/c, c, p.input(n, 0, images), p.channels(n.inputs[0]), y, c, false)
}

func (first) backward(p *pass, n *node, images piece) {
	dx, add := p.inputGrad(n, 0, images)
	if dx == nil {
		return
	}
	if !add {
		clear(dx)
	}
	dy, c := p.outputGrad(n, images), p.channels(n.output)
	conv.CopyChannels(len(dy)/c, c, dy, c, dx, p.channels(n.inputs[0]), true)
}

type zero struct{}

func (zero) forward(p *pass, n *node, images piece) { clear(p.output(n, images)) }

func (zero) backward(*pass, *node, piece) {}
