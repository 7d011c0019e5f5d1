package gran

import "github.com/graphpnas/graphpnas/internal/f32"

// states holds what the heads read when one node's decisions are made.
type states struct {
	flat    []float32 // the parameters
	query   []float32 // final state of the node itself
	settled rows      // final states of the nodes before it
	// In the causal form, products holds the products of the pair heads' first layers with the
	// settled states.
	products rows
}

// rows is a view of rows of a matrix at equal distances.
type rows struct {
	matrix             []float32
	width, first, step int
}

func (r rows) row(i int) []float32 {
	start := (r.first + i*r.step) * r.width
	return r.matrix[start : start+r.width]
}

// statesOf returns the states of step s of a pass over several steps, all for node t.
func (p *pass) statesOf(s, t int) states {
	node := p.u.newNode[s]
	first := int(node) - t
	return states{
		flat: p.flat, query: p.state(node), settled: rows{p.final, p.net.hidden, first, 1},
		products: rows{p.products, p.net.pairs.first.Out, first, 1},
	}
}

// nodeField returns the logits of all fields of a node in the paper's form, given its operation and
// earlier fields.
func (x *states) nodeField(head *valueHead, op int, values []int16) []float32 {
	return x.logits(head, x.query, head.embeddings(op, values))
}

// edgeField returns the logits of all fields of the edge from a node in the paper's form, given its
// operation and earlier fields.
func (x *states) edgeField(head *valueHead, from, op int, values []int16) []float32 {
	in := append([]float32(nil), x.query...)
	f32.Axpy(-1, x.settled.row(from), in)
	return x.logits(head, in, head.embeddings(op, values))
}

func (x *states) logits(head *valueHead, in []float32, seen []int32) []float32 {
	return head.forward([]valueRow{{seen: seen}}, in, x.flat, allocate).logits
}

// allocate returns memory that is not reused.
func allocate(n int) []float32 { return make([]float32, n) }
