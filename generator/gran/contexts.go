package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// contexts are what the heads of the causal form read beside the states, one after another along a part's decisions: the
// summary of the earlier parts, plus the embeddings of what has been decided about the same node.
type contexts struct {
	seen []int32 // the rows of all decisions
	list []snapshot
	// While contexts are added: where the next one begins in seen, and whether it is the first of its node.
	from  int
	first bool
}

// snapshot is the context before it, or the summary if it is the first of its node, plus the embeddings of seen[lo:hi].
type snapshot struct {
	first  bool
	lo, hi int
}

// enter begins a node.
func (c *contexts) enter() { c.from, c.first = len(c.seen), true }

// add adds a context of everything decided about the node so far, and returns its number.
func (c *contexts) add() int32 {
	c.list = append(c.list, snapshot{c.first, c.from, len(c.seen)})
	c.from, c.first = len(c.seen), false
	return int32(len(c.list) - 1)
}

// contextScale scales the embeddings of decisions in contexts.
const contextScale = 1

// embedding returns a row of the embeddings of decisions in flat parameters or gradients.
func (net *network) embedding(flat []float32, row int32) []float32 {
	start := net.embeddings + int(row)*net.hidden
	return flat[start : start+net.hidden]
}

// addContexts computes the contexts of the pass's steps.
func (p *pass) addContexts() {
	net, u, h := p.net, p.u, p.net.hidden
	var summary []float32
	if net.earlier != nil {
		p.summary = net.earlier.forward(u.earlier, 1, p.flat, p.arena.Take)
		summary = p.summary.out
	}
	p.contexts = p.arena.Take(len(u.contexts.list) * h)
	for k, c := range u.contexts.list {
		row := p.context(int32(k))
		switch {
		case !c.first:
			copy(row, p.context(int32(k-1)))
		case summary != nil:
			copy(row, summary)
		default:
			clear(row)
		}
		for _, s := range u.contexts.seen[c.lo:c.hi] {
			f32.Axpy(contextScale, net.embedding(p.flat, s), row)
		}
	}
}

func (p *pass) context(k int32) []float32 {
	h := p.net.hidden
	return p.contexts[int(k)*h : (int(k)+1)*h]
}

// contextsBackward computes the gradients of what contexts are made of, from those in the contexts.
func (p *pass) contextsBackward(d []float32, t *transposes, grads nn.Gradients) {
	net, u, h := p.net, p.u, p.net.hidden
	grads.Sum(grads.Flat[net.embeddings : net.embeddings+net.decided.rows*h])
	later, summary := p.arena.Zeros(h), p.arena.Zeros(h)
	for k := len(u.contexts.list) - 1; k >= 0; k-- {
		c := u.contexts.list[k]
		f32.Add(later, later, d[k*h:(k+1)*h])
		for _, s := range u.contexts.seen[c.lo:c.hi] {
			f32.Axpy(contextScale, later, net.embedding(grads.Flat, s))
		}
		if c.first {
			f32.Add(summary, summary, later)
			clear(later)
		}
	}
	if net.earlier != nil {
		net.earlier.backward(u.earlier, &p.summary, summary, t.earlier, grads, &p.arena)
	}
}
