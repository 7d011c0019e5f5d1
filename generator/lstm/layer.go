package lstm

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// layer is one layer of long short-term memory (Hochreiter & Schmidhuber 1997). Its width is that
// of its input:
//
//	i, f, o = sigmoid(x·W + h·U + b), g = tanh(…)   the gates, side by side in a row of 4·hidden
//	c′ = f⊙c + i⊙g
//	h′ = o⊙tanh(c′)
type layer struct {
	hidden    int
	input     nn.Linear
	recurrent nn.Param
}

func (l *layer) add(layout *nn.Layout, name string) {
	bound := nn.LinearBound(l.hidden)
	l.input = nn.Linear{In: l.hidden, Out: 4 * l.hidden}
	l.input.AddWithin(layout, name+".input", bound)
	layout.Matrix(name+".recurrent.weight", l.hidden, 4*l.hidden, bound)
	l.recurrent = layout.Params[len(layout.Params)-1]
}

// states holds what a layer computes for some sequences at one step, or at all steps one after
// another, with a row for each.
type states struct {
	gates                 []float32 // rows × 4·hidden
	before, cellBefore    []float32 // rows × hidden: h and c, the previous states
	cell, squashed, state []float32 // rows × hidden: c′, tanh(c′) and h′
}

func newStates(rows, hidden int, arena *nn.Arena) states {
	take := func() []float32 { return arena.Take(rows * hidden) }
	return states{
		gates: arena.Take(rows * 4 * hidden), before: take(), cellBefore: take(), cell: take(), squashed: take(), state: take(),
	}
}

// rows returns the rows lo..hi−1.
func (s *states) rows(lo, hi, hidden int) states {
	cut := func(x []float32) []float32 { return x[lo*hidden : hi*hidden] }
	return states{
		gates: s.gates[4*lo*hidden : 4*hi*hidden], before: cut(s.before), cellBefore: cut(s.cellBefore),
		cell: cut(s.cell), squashed: cut(s.squashed), state: cut(s.state),
	}
}

// forward computes one step, given the previous states and the contribution of the input to the
// gates (x·W + b).
func (l *layer) forward(s states, flat []float32) {
	n := l.hidden
	rows := len(s.state) / n
	f32.Gemm(false, false, rows, 4*n, n, 1, s.before, n, l.recurrent.In(flat), 4*n, 1, s.gates, 4*n)
	for r := range rows {
		gates := s.gates[4*r*n:][:4*n]
		f32.Sigmoid(gates[:3*n], gates[:3*n])
		f32.Tanh(gates[3*n:], gates[3*n:])
		in, forget, fresh := gates[:n], gates[n:][:n], gates[3*n:][:n]
		cell, before := s.cell[r*n:][:n], s.cellBefore[r*n:][:n]
		for j := range cell {
			cell[j] = forget[j]*before[j] + in[j]*fresh[j]
		}
	}
	f32.Tanh(s.squashed, s.cell)
	for r := range rows {
		out, squashed, state := s.gates[(4*r+2)*n:][:n], s.squashed[r*n:][:n], s.state[r*n:][:n]
		for j := range state {
			state[j] = out[j] * squashed[j]
		}
	}
}

// backward computes the gradients of one step from those of h′ (dState) and c′ (dCell). It
// overwrites dCell with the gradient of c and writes the gradient of the gates before their
// activation to dGates.
func (l *layer) backward(s states, dState, dCell, dGates []float32) {
	n := l.hidden
	for r := range len(s.state) / n {
		gates, d := s.gates[4*r*n:][:4*n], dGates[4*r*n:][:4*n]
		in, forget, out, fresh := gates[:n], gates[n:][:n], gates[2*n:][:n], gates[3*n:][:n]
		dIn, dForget, dOut, dFresh := d[:n], d[n:][:n], d[2*n:][:n], d[3*n:][:n]
		squashed, before := s.squashed[r*n:][:n], s.cellBefore[r*n:][:n]
		dh, dc := dState[r*n:][:n], dCell[r*n:][:n]
		for j := range n {
			dOut[j] = dh[j] * squashed[j] * out[j] * (1 - out[j])
			c := dc[j] + dh[j]*out[j]*(1-squashed[j]*squashed[j])
			dIn[j] = c * fresh[j] * in[j] * (1 - in[j])
			dForget[j] = c * before[j] * forget[j] * (1 - forget[j])
			dFresh[j] = c * in[j] * (1 - fresh[j]*fresh[j])
			dc[j] = c * forget[j]
		}
	}
}
