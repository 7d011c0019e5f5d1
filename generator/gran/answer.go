package gran

import (
	"slices"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// answer computes the logits of the next decision of each draft whose choices do not have them yet.
// The way drafts are divided among passes affects the speed but not the results.
func (m *Model) answer(part int, drafts []*draft) {
	pieces := min(parallel.Processors(), len(drafts))
	parallel.Do(pieces, func(i int) {
		p := m.passes.Get()
		defer m.passes.Put(p)
		p.begin(m.nets[part], m.params[part], nil, false)
		p.answer(drafts[i*len(drafts)/pieces : (i+1)*len(drafts)/pieces])
	})
}

// answer runs the heads for the next decisions of drafts.
func (p *pass) answer(drafts []*draft) {
	var nodes, edges, pairs []*draft
	for _, d := range drafts {
		switch dec, _ := d.Builder.Next(); dec.Kind {
		case searchspace.NodeOp, searchspace.NodeField:
			nodes = append(nodes, d)
		case searchspace.EdgePresence:
			pairs = append(pairs, d)
		default:
			edges = append(edges, d)
		}
	}
	p.answerValues(p.net.nodeValues, nodes)
	p.answerValues(p.net.edgeValues, edges)
	p.answerPairs(pairs)
}

// answerValues runs a value head for the next decisions of drafts.
func (p *pass) answerValues(head *valueHead, drafts []*draft) {
	if len(drafts) == 0 {
		return
	}
	h, n := p.net.hidden, head.columns()
	in := p.arena.Take(len(drafts) * h)
	for i, d := range drafts {
		x := in[i*h : (i+1)*h]
		f32.Add(x, d.choices.states.query, d.choices.context)
		if dec, _ := d.Builder.Next(); dec.From >= 0 {
			f32.Axpy(-1, d.choices.states.settled.row(dec.From), x)
		}
	}
	logits := slices.Clone(head.forward(make([]valueRow, len(drafts)), in, p.flat, p.arena.Take).logits)
	for i, d := range drafts {
		d.choices.values = logits[i*n : (i+1)*n]
	}
}

// answerPairs runs the pair heads for the edges of the drafts' next nodes.
func (p *pass) answerPairs(drafts []*draft) {
	if len(drafts) == 0 {
		return
	}
	h, wide := p.net.hidden, p.net.pairs.first.Out
	u, query := &unrolled{}, p.arena.Take(len(drafts)*h)
	nodes, rows := make([]int, len(drafts)), len(drafts)
	for i, d := range drafts {
		dec, _ := d.Builder.Next()
		nodes[i] = dec.Node
		context := d.choices.edgeContext
		if context == nil {
			context = d.choices.context
		}
		f32.Add(query[i*h:(i+1)*h], d.choices.states.query, context)
		for range dec.Node {
			u.pair(int32(i), int32(rows))
			rows++
		}
		u.pair(int32(i), int32(i))
	}
	p.u, p.products = u, p.arena.Take(rows*wide)
	p.net.pairProducts(len(drafts), query, p.flat, p.products)
	row := len(drafts)
	for i, d := range drafts {
		for j := range nodes[i] {
			copy(p.products[row*wide:(row+1)*wide], d.choices.states.products.row(j))
			row++
		}
	}
	p.pairHeads()
	theta, alpha := slices.Clone(p.logits.theta), slices.Clone(p.logits.alpha)
	for i, d := range drafts {
		n := (nodes[i] + 1) * p.net.components
		d.choices.setPairs(logits{theta: theta[:n], alpha: alpha[:n]})
		theta, alpha = theta[n:], alpha[n:]
	}
}
