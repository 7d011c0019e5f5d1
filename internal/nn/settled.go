package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// Settled lists edges whose messages are the same in several steps of a graph, because the nodes
// that they connect start from the same states in each of them. Their sums are computed once, in a
// matrix of their own, from which they are copied to the sums of the steps' nodes.
type Settled struct {
	From, To []int32 // nodes of the graph
	Class    []int32
	Rows     int     // number of rows of the sums
	Row      []int32 // row that each edge's message is added to
	Copies   []Copy  // in ascending order of Edges
}

// Copy copies rows From..From+Rows−1 of the settled sums to the graph's nodes To..To+Rows−1 when
// the messages of the first Edges edges have been added.
type Copy struct{ Edges, From, To, Rows int }

func (s *Settled) edges() edges { return edges{s.From, s.To, s.Class} }

// sendSettled adds the messages along settled edges to the settled sums, and copies these to the
// sums of nodes.
func (p *Propagation) sendSettled(m *messages, from sources, s *Settled, settled, sum, params []float32, keep bool, arena *Arena) {
	n, copies := p.Hidden, s.Copies
	copyAt := func(edges int) {
		for ; len(copies) > 0 && copies[0].Edges == edges; copies = copies[1:] {
			c := copies[0]
			copy(sum[c.To*n:(c.To+c.Rows)*n], settled[c.From*n:])
		}
	}
	copyAt(0)
	add := p.adder(s.Row, settled, params)
	p.send(m, from, s.edges(), params, keep, arena, func(lo int, message, gate []float32) {
		for hi := lo + len(message)/n; lo < hi; {
			next := hi
			if len(copies) > 0 {
				next = min(hi, copies[0].Edges)
			}
			k := (next - lo) * n
			add(lo, message[:k], gate[:k])
			message, gate, lo = message[k:], gate[k:], next
			copyAt(next)
		}
	})
}

// settledBackward replaces settled messages and gates by their gradients, given those of the nodes'
// sums. A message reaches all later copies.
func (p *Propagation) settledBackward(m *messages, s *Settled, dsum []float32, arena *Arena) {
	n := p.Hidden
	later, end := arena.Zeros(s.Rows*n), len(s.Row)
	for i := len(s.Copies) - 1; i >= 0; i-- {
		c := s.Copies[i]
		p.gateBackward(m, s.Row, c.Edges, end, later)
		end = c.Edges
		rows := later[c.From*n : (c.From+c.Rows)*n]
		f32.Add(rows, rows, dsum[c.To*n:(c.To+c.Rows)*n])
	}
	p.gateBackward(m, s.Row, 0, end, later)
}
