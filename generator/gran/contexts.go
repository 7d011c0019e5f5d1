package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// contexts holds what the heads of the causal form read besides the states, one context after
// another in the order of a part's decisions: the summary of the decisions before the node, plus
// the embeddings of the earlier decisions about it.
type contexts struct {
	seen []int32 // the rows of all decisions
	list []snapshot
	// While contexts are added, from is the start of the next one in seen, node is its node, and
	// first reports whether it is the first of that node.
	from  int
	node  int
	first bool
}

// snapshot is the previous context, or the summary for the first one of a node, plus the embeddings
// of seen[lo:hi].
type snapshot struct {
	node   int
	first  bool
	lo, hi int
}

// enter begins a node.
func (c *contexts) enter(node int) { c.from, c.node, c.first = len(c.seen), node, true }

// add adds a context with everything decided about the node so far, and returns its number.
func (c *contexts) add() int32 {
	c.list = append(c.list, snapshot{c.node, c.first, c.from, len(c.seen)})
	c.from, c.first = len(c.seen), false
	return int32(len(c.list) - 1)
}

// embedding returns a row of the embeddings of decisions in flat parameters or gradients.
func (net *network) embedding(flat []float32, row int32) []float32 {
	start := net.embeddings + int(row)*net.hidden
	return flat[start : start+net.hidden]
}

// addContexts computes the contexts of the steps.
func (p *pass) addContexts() {
	net, u, h := p.net, p.u, p.net.hidden
	if net.summary != nil {
		p.summary = net.summary.forward(u.summed, len(u.newNode), p.flat, &p.arena)
	}
	p.contexts = p.arena.Take(len(u.contexts.list) * h)
	for k, c := range u.contexts.list {
		row := p.context(int32(k))
		switch {
		case !c.first:
			copy(row, p.context(int32(k-1)))
		case net.summary != nil:
			copy(row, p.summary.out[c.node*h:])
		default:
			clear(row)
		}
		for _, s := range u.contexts.seen[c.lo:c.hi] {
			f32.Add(row, row, net.embedding(p.flat, s))
		}
	}
}

func (p *pass) context(k int32) []float32 {
	h := p.net.hidden
	return p.contexts[int(k)*h : (int(k)+1)*h]
}

// contextsBackward computes the gradients of the parameters that contexts depend on from the
// gradient d of the contexts.
func (p *pass) contextsBackward(d []float32, t *transposes, grads nn.Gradients) {
	net, u, h := p.net, p.u, p.net.hidden
	grads.Sum(grads.Flat[net.embeddings : net.embeddings+net.decided.rows*h])
	later, summaries := p.arena.Zeros(h), p.arena.Zeros(len(u.newNode)*h)
	for k := len(u.contexts.list) - 1; k >= 0; k-- {
		c := u.contexts.list[k]
		f32.Add(later, later, d[k*h:(k+1)*h])
		for _, s := range u.contexts.seen[c.lo:c.hi] {
			f32.Axpy(1, later, net.embedding(grads.Flat, s))
		}
		if c.first {
			copy(summaries[c.node*h:], later)
			clear(later)
		}
	}
	if net.summary != nil {
		net.summary.backward(u.summed, &p.summary, summaries, t.summary, grads, &p.arena)
	}
}
