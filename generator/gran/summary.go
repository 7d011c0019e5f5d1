package gran

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// summary describes everything decided before node t: the nodes of earlier parts, and the earlier
// nodes of the same part.
//
//	W Σ_parts Σ_i ReLU(P_i + Σ E_d) / √N + b
//
// The inner sum is over all decisions about node i, and N is the maximum number of nodes of its
// part. Each part has its own embeddings P and E.
type summary struct {
	parts  []decided // the last is the network's own part, unless it has a single node
	first  []int     // row of each part's first embedding: positions, then decisions
	hidden int
	table  nn.Param
	out    nn.Linear
}

// summed is a node in a summary: the rows of its embeddings and the factor of its contribution.
type summed struct {
	from  int // the first node of the network's own part whose summary includes it
	rows  []int32
	scale float32
}

// summaryPass is a forward pass and what its backward pass needs.
type summaryPass struct {
	states []float32 // summed nodes × hidden, after the ReLU
	sums   []float32 // own nodes × hidden
	out    []float32 // own nodes × hidden
}

// newSummary adds the parameters of a summary to the layout, given the parts up to the network's
// own. It returns nil if the summary is always empty.
func newSummary(parts []searchspace.Part, hidden int, layout *nn.Layout) *summary {
	if own := len(parts) - 1; parts[own].MaxNodes == 1 {
		parts = parts[:own]
	}
	if len(parts) == 0 {
		return nil
	}
	s := &summary{hidden: hidden}
	rows := 0
	for _, part := range parts {
		x := newDecided(part)
		s.parts, s.first = append(s.parts, x), append(s.first, rows)
		rows += part.MaxNodes + x.rows
	}
	layout.Matrix("summary.0.weight", rows, hidden, embeddingBound)
	s.table = layout.Params[len(layout.Params)-1]
	s.out = nn.Linear{In: hidden, Out: hidden}
	s.out.Add(layout, "summary.2")
	return s
}

// node returns a node of a part. It has no rows if nothing has been decided about it.
func (s *summary) node(part int, c *content, node, from int) summed {
	x := &s.parts[part]
	rows := x.appendNode([]int32{int32(node - x.part.MaxNodes)}, c, node)
	if len(rows) == 1 {
		return summed{}
	}
	for k := range rows {
		rows[k] += int32(s.first[part] + x.part.MaxNodes)
	}
	return summed{from, rows, float32(1 / math.Sqrt(float64(x.part.MaxNodes)))}
}

// nodes returns the nodes in the summaries of the last part, the network's own, in order of from.
func (s *summary) nodes(parts []*content) (list []summed) {
	own := len(parts) - 1
	add := func(n summed) {
		if n.rows != nil {
			list = append(list, n)
		}
	}
	for i, c := range parts[:own] {
		for node := range c.nodes {
			add(s.node(i, c, node, 0))
		}
	}
	for node := range parts[own].nodes - 1 {
		add(s.node(own, parts[own], node, node+1))
	}
	return list
}

// embedding returns a row of the embeddings in flat parameters or gradients.
func (s *summary) embedding(flat []float32, row int32) []float32 {
	start := s.table.Offset + int(row)*s.hidden
	return flat[start : start+s.hidden]
}

// count adds a node to a sum and writes the node's state to state.
func (s *summary) count(n summed, flat, state, sum []float32) {
	clear(state)
	for _, row := range n.rows {
		f32.Add(state, state, s.embedding(flat, row))
	}
	f32.ReLU(state, state)
	f32.Axpy(n.scale, state, sum)
}

// forward computes the summaries of the given number of own nodes, using memory from the arena.
func (s *summary) forward(nodes []summed, own int, flat []float32, arena *nn.Arena) summaryPass {
	h := s.hidden
	p := summaryPass{states: arena.Take(len(nodes) * h), sums: arena.Take(own * h), out: arena.Take(own * h)}
	clear(p.sums[:h])
	i := 0
	for t := range own {
		sum := p.sums[t*h : (t+1)*h]
		if t > 0 {
			copy(sum, p.sums[(t-1)*h:])
		}
		for ; i < len(nodes) && nodes[i].from == t; i++ {
			s.count(nodes[i], flat, p.states[i*h:(i+1)*h], sum)
		}
	}
	s.out.Forward(own, p.sums, h, flat, p.out)
	return p
}

// backward computes the gradients of the parameters from the gradient d of the summaries. wt is the
// transposed output layer.
func (s *summary) backward(nodes []summed, p *summaryPass, d, wt []float32, grads nn.Gradients, arena *nn.Arena) {
	h := s.hidden
	dsums, dstate := arena.Take(len(d)), arena.Take(h)
	s.out.Backward(len(d)/h, p.sums, h, nil, d, wt, grads, dsums, h)
	grads.Sum(s.table.In(grads.Flat))
	for t := len(d)/h - 2; t >= 0; t-- {
		f32.Add(dsums[t*h:(t+1)*h], dsums[t*h:(t+1)*h], dsums[(t+1)*h:(t+2)*h])
	}
	for i, n := range nodes {
		f32.ReLUGrad(dstate, dsums[n.from*h:(n.from+1)*h], p.states[i*h:(i+1)*h])
		for _, row := range n.rows {
			f32.Axpy(n.scale, dstate, s.embedding(grads.Flat, row))
		}
	}
}
