package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// earlier summarises the parts that come before a network's own:
//
//	W Σ_parts mean_i ReLU(P_i + Σ E_d) + b
//
// where the inner sum is over everything decided about node i. Each part has embeddings P and E of its own.
type earlier struct {
	parts  []decided
	first  []int // the row of each part's first embedding: those of positions, then those of decisions
	hidden int
	table  nn.Param
	out    nn.Linear
}

// summed is a node of an earlier part: the rows of its embeddings, and what its contribution is multiplied by.
type summed struct {
	into  int // number of the summary
	rows  []int32
	scale float32
}

// summaryPass is a forward pass with what its backward pass needs.
type summaryPass struct {
	nodes []float32 // nodes × hidden, after the ReLU
	sum   []float32 // summaries × hidden
	out   []float32 // summaries × hidden
}

// newEarlier adds the parameters of a summary of the given parts to the layout. It returns nil if there are none.
func newEarlier(parts []searchspace.Part, hidden int, layout *nn.Layout) *earlier {
	if len(parts) == 0 {
		return nil
	}
	e := &earlier{hidden: hidden}
	rows := 0
	for _, part := range parts {
		x := newDecided(part)
		e.parts, e.first = append(e.parts, x), append(e.first, rows)
		rows += part.MaxNodes + x.rows
	}
	layout.Matrix("earlier.0.weight", rows, hidden, embeddingBound)
	e.table = layout.Params[len(layout.Params)-1]
	e.out = nn.Linear{In: hidden, Out: hidden}
	e.out.Add(layout, "earlier.2")
	return e
}

// appendNodes appends the nodes of earlier parts about which something has been decided, for summary number into.
func (e *earlier) appendNodes(dst []summed, parts []*content, into int) []summed {
	for i, c := range parts {
		x := &e.parts[i]
		for node := range c.nodes {
			rows := x.appendNode([]int32{int32(node - x.part.MaxNodes)}, c, node)
			if len(rows) == 1 {
				continue
			}
			for k := range rows {
				rows[k] += int32(e.first[i] + x.part.MaxNodes)
			}
			dst = append(dst, summed{into, rows, 1 / float32(x.part.MaxNodes)})
		}
	}
	return dst
}

func (e *earlier) embedding(flat []float32, row int32) []float32 {
	start := e.table.Offset + int(row)*e.hidden
	return flat[start : start+e.hidden]
}

// forward computes the given number of summaries in memory that it takes.
func (e *earlier) forward(nodes []summed, summaries int, flat []float32, take func(n int) []float32) summaryPass {
	h := e.hidden
	s := summaryPass{nodes: take(len(nodes) * h), sum: take(summaries * h), out: take(summaries * h)}
	clear(s.nodes)
	clear(s.sum)
	for i, n := range nodes {
		state := s.nodes[i*h : (i+1)*h]
		for _, row := range n.rows {
			f32.Add(state, state, e.embedding(flat, row))
		}
		f32.ReLU(state, state)
		f32.Axpy(n.scale, state, s.sum[n.into*h:(n.into+1)*h])
	}
	e.out.Forward(summaries, s.sum, h, flat, s.out)
	return s
}

// backward computes the gradient in the parameters from that in the summaries. wt is the transposed output layer.
func (e *earlier) backward(nodes []summed, s *summaryPass, d, wt []float32, grads nn.Gradients, arena *nn.Arena) {
	h := e.hidden
	dsum, dstate := arena.Take(len(d)), arena.Take(h)
	e.out.Backward(len(d)/h, s.sum, h, nil, d, wt, grads, dsum, h)
	grads.Sum(e.table.In(grads.Flat))
	for i, n := range nodes {
		f32.ReLUGrad(dstate, dsum[n.into*h:(n.into+1)*h], s.nodes[i*h:(i+1)*h])
		for _, row := range n.rows {
			f32.Axpy(n.scale, dstate, e.embedding(grads.Flat, row))
		}
	}
}
