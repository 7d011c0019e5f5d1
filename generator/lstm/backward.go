package lstm

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// transposes holds a network's weight matrices, transposed for the backward pass. They are valid
// for one value of the parameters. Concurrent passes may share them.
type transposes struct {
	arena            nn.Arena
	input, recurrent [][]float32 // for each layer
	read, out        []float32
}

// transpose fills t for the given parameters.
func (net *network) transpose(flat []float32, t *transposes) {
	t.arena.Reset()
	t.input, t.recurrent = t.input[:0], t.recurrent[:0]
	n := net.hidden
	for i := range net.layers {
		l := &net.layers[i]
		recurrent := t.arena.Take(4 * n * n)
		f32.Transpose(n, 4*n, l.recurrent.In(flat), 4*n, recurrent, n)
		t.input, t.recurrent = append(t.input, l.input.Transposed(flat, &t.arena)), append(t.recurrent, recurrent)
	}
	t.read, t.out = net.read.Transposed(flat, &t.arena), net.out.Transposed(flat, &t.arena)
}

// backward computes the gradients of the parameters from those of the logits of the last forward
// pass, which it may overwrite.
func (p *pass) backward(dLogits []float32, t *transposes, grads nn.Gradients) {
	net, n, rows := p.net, p.net.hidden, p.batch.rows()
	dReads, dPairs := p.arena.Take(rows*n), p.arena.Take(rows*2*n)
	net.out.Backward(rows, p.reads, n, nil, dLogits, t.out, grads, dReads, n)
	for i, y := range p.reads {
		dReads[i] *= 1 - y*y
	}
	net.read.Backward(rows, p.pairs, 2*n, nil, dReads, t.read, grads, dPairs, 2*n)
	d := p.arena.Zeros(rows * n)
	p.batch.each(func(row, slot int, s *step) {
		if s.anchor != noRow {
			anchor := p.batch.start[s.anchor] + slot
			addTo(d[anchor*n:(anchor+1)*n], dPairs[2*row*n:(2*row+1)*n])
		}
		addTo(d[row*n:(row+1)*n], dPairs[(2*row+1)*n:2*(row+1)*n])
	})
	for i := len(net.layers) - 1; i >= 0; i-- {
		x := p.inputs
		if i > 0 {
			x = p.states[i-1].state
		}
		d = p.layerBackward(i, x, d, t, grads)
	}
	embedding := grads.Sum(net.embedding.In(grads.Flat))
	p.batch.each(func(row, _ int, s *step) {
		for _, input := range s.inputs {
			if input != noRow {
				addTo(embedding[int(input)*n:(int(input)+1)*n], d[row*n:(row+1)*n])
			}
		}
	})
}

// layerBackward returns the gradient of a layer's inputs x, given the gradient d of its states,
// which it overwrites.
func (p *pass) layerBackward(number int, x, d []float32, t *transposes, grads nn.Gradients) (dx []float32) {
	l, s := &p.net.layers[number], &p.states[number]
	n, start, rows := l.hidden, p.batch.start, p.batch.rows()
	dGates, dCell := p.arena.Take(rows*4*n), p.arena.Zeros(p.batch.nonEmpty()*n)
	for step := p.batch.steps() - 1; step >= 0; step-- {
		p.halt.Check()
		lo, hi := start[step], start[step+1]
		gates := dGates[4*lo*n : 4*hi*n]
		l.backward(s.rows(lo, hi, n), d[lo*n:hi*n], dCell[:(hi-lo)*n], gates)
		if step > 0 {
			// The previous states are the first rows of the previous step.
			f32.Gemm(false, false, hi-lo, n, 4*n, 1, gates, 4*n, t.recurrent[number], n, 1, d[start[step-1]*n:], n)
		}
	}
	f32.Gemm(true, false, n, 4*n, rows, 1, s.before, n, dGates, 4*n, grads.Beta(), l.recurrent.In(grads.Flat), 4*n)
	dx = p.arena.Take(rows * n)
	l.input.Backward(rows, x, n, nil, dGates, t.input[number], grads, dx, n)
	return dx
}

func addTo(sum, x []float32) { f32.Add(sum, sum, x) }
