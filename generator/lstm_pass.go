package generator

import (
	"cmp"
	"slices"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// lstmBatch is sequences laid out for a pass: the first steps of all, then the second steps, and so on, each sequence in
// its place among the others. The longest sequences come first, so that those which go on are the first ones of a step.
type lstmBatch struct {
	sequences [][]lstmStep
	start     []int // of each step's rows; one more at the end
}

// pack lays sequences out and returns which stands at each place.
func (b *lstmBatch) pack(sequences [][]lstmStep) (order []int) {
	order = make([]int, len(sequences))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(sequences[j]), len(sequences[i])) })
	b.sequences, b.start = b.sequences[:0], append(b.start[:0], 0)
	for _, i := range order {
		b.sequences = append(b.sequences, sequences[i])
	}
	going := len(order)
	for t := 0; going > 0; t++ {
		for going > 0 && len(b.sequences[going-1]) == t {
			going--
		}
		if going > 0 {
			b.start = append(b.start, b.start[t]+going)
		}
	}
	return order
}

// steps is the length of the longest sequence.
func (b *lstmBatch) steps() int { return len(b.start) - 1 }

// going is how many sequences have a first step: a space may have nothing to decide.
func (b *lstmBatch) going() int { return b.start[min(1, b.steps())] }

// rows is the number of steps of all sequences.
func (b *lstmBatch) rows() int { return b.start[b.steps()] }

// each calls visit for every row.
func (b *lstmBatch) each(visit func(row, place int, s *lstmStep)) {
	for t := range b.steps() {
		for place := range b.start[t+1] - b.start[t] {
			visit(b.start[t]+place, place, &b.sequences[place][t])
		}
	}
}

// lstmPass is a forward pass over whole sequences with what its backward pass needs, in memory of its own that the next
// pass takes over.
type lstmPass struct {
	arena  nn.Arena
	net    *lstmNetwork
	flat   []float32 // the parameters
	batch  *lstmBatch
	inputs []float32    // rows × hidden: the embeddings
	states []lstmStates // of each layer
	pairs  []float32    // rows × 2·hidden: anchor and state
	reads  []float32    // rows × hidden
}

// forward runs the network over a batch and returns the logits, a row a step. They live until the next call.
func (p *lstmPass) forward(net *lstmNetwork, flat []float32, b *lstmBatch) []float32 {
	p.arena.Reset()
	p.net, p.flat, p.batch, p.states = net, flat, b, p.states[:0]
	n, rows := net.hidden, b.rows()
	p.inputs = p.arena.Take(rows * n)
	b.each(func(row, _ int, s *lstmStep) { net.embed(s.inputs, flat, p.inputs[row*n:(row+1)*n]) })
	x := p.inputs
	for i := range net.layers {
		p.states = append(p.states, p.layer(&net.layers[i], x))
		x = p.states[i].state
	}
	p.pairs = p.arena.Zeros(rows * 2 * n)
	b.each(func(row, place int, s *lstmStep) {
		if s.anchor != noRow {
			anchor := b.start[s.anchor] + place
			copy(p.pairs[2*row*n:], x[anchor*n:(anchor+1)*n])
		}
		copy(p.pairs[(2*row+1)*n:], x[row*n:(row+1)*n])
	})
	p.reads = p.arena.Take(rows * n)
	logits := p.arena.Take(rows * net.out.Out)
	net.answer(rows, p.pairs, flat, p.reads, logits)
	return logits
}

// answer reads the logits off pairs of anchor and state.
func (net *lstmNetwork) answer(rows int, pairs, flat, reads, logits []float32) {
	net.read.Forward(rows, pairs, net.read.In, flat, reads)
	f32.Tanh(reads, reads)
	net.out.Forward(rows, reads, net.out.In, flat, logits)
}

// layer runs a layer over the inputs of all steps. Their product with the weights is one, only that of the states waits
// for the step before.
func (p *lstmPass) layer(l *lstmLayer, x []float32) lstmStates {
	n, start := l.hidden, p.batch.start
	s := newLSTMStates(p.batch.rows(), n, &p.arena)
	l.input.Forward(p.batch.rows(), x, n, p.flat, s.gates)
	clear(s.before[:p.batch.going()*n])
	clear(s.cellBefore[:p.batch.going()*n])
	for t := range p.batch.steps() {
		lo, hi := start[t], start[t+1]
		if t > 0 {
			previous := start[t-1]
			copy(s.before[lo*n:hi*n], s.state[previous*n:])
			copy(s.cellBefore[lo*n:hi*n], s.cell[previous*n:])
		}
		l.advance(s.rows(lo, hi, n), p.flat)
	}
	return s
}
