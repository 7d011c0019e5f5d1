package lstm

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/halt"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// pass is a forward pass over whole sequences and what its backward pass needs. It owns its memory,
// which the next pass reuses.
type pass struct {
	arena  nn.Arena
	net    *network
	flat   []float32 // the parameters
	batch  *batch
	inputs []float32 // rows × hidden: the embeddings
	states []states  // states of each layer
	pairs  []float32 // rows × 2·hidden: anchor and state
	reads  []float32 // rows × hidden

	halt halt.Point // between steps
}

// forward runs the network over a batch and returns the logits, with a row for each step. They are
// valid until the next call.
func (p *pass) forward(net *network, flat []float32, b *batch) []float32 {
	p.arena.Reset()
	p.net, p.flat, p.batch, p.states = net, flat, b, p.states[:0]
	n, rows := net.hidden, b.rows()
	p.inputs = p.arena.Take(rows * n)
	b.each(func(row, _ int, s *step) { net.embed(s.inputs, flat, p.inputs[row*n:(row+1)*n]) })
	x := p.inputs
	for i := range net.layers {
		p.states = append(p.states, p.layer(&net.layers[i], x))
		x = p.states[i].state
	}
	p.pairs = p.arena.Zeros(rows * 2 * n)
	b.each(func(row, slot int, s *step) {
		if s.anchor != noRow {
			anchor := b.start[s.anchor] + slot
			copy(p.pairs[2*row*n:], x[anchor*n:(anchor+1)*n])
		}
		copy(p.pairs[(2*row+1)*n:], x[row*n:(row+1)*n])
	})
	p.halt.Check()
	p.reads = p.arena.Take(rows * n)
	logits := p.arena.Take(rows * net.out.Out)
	net.head(rows, p.pairs, flat, p.reads, logits)
	return logits
}

// head computes the logits from pairs of anchor and state.
func (net *network) head(rows int, pairs, flat, reads, logits []float32) {
	net.read.Forward(rows, pairs, net.read.In, flat, reads)
	f32.Tanh(reads, reads)
	net.out.Forward(rows, reads, net.out.In, flat, logits)
}

// layer runs a layer over all steps. It multiplies the inputs of all steps by the weights at once;
// the states must be multiplied step by step.
func (p *pass) layer(l *layer, x []float32) states {
	n, start := l.hidden, p.batch.start
	s := newStates(p.batch.rows(), n, &p.arena)
	l.input.Forward(p.batch.rows(), x, n, p.flat, s.gates)
	clear(s.before[:p.batch.nonEmpty()*n])
	clear(s.cellBefore[:p.batch.nonEmpty()*n])
	for t := range p.batch.steps() {
		p.halt.Check()
		lo, hi := start[t], start[t+1]
		if t > 0 {
			previous := start[t-1]
			copy(s.before[lo*n:hi*n], s.state[previous*n:])
			copy(s.cellBefore[lo*n:hi*n], s.cell[previous*n:])
		}
		l.forward(s.rows(lo, hi, n), p.flat)
	}
	return s
}
