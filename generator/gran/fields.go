package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// fieldHead predicts the fields of a part's nodes, or of its edges, one after another. It is an MLP of three linear layers on
// h_t, or on h_t − h_j for an edge j→t. The first layer adds embeddings of the operation and of the fields decided before, and
// the last has the logits of all fields side by side. A nil head has no fields.
type fieldHead struct {
	first  []int // first[i] is the column of field i's first value; one more is the number of columns
	ops    int   // number of embeddings of operations, which come before those of values
	seen   int   // offset of the embeddings in the flat parameters
	layers [3]nn.Linear
}

// fieldRow is a decision about a field whose logits are wanted.
type fieldRow struct {
	to   int32   // the new node's number in the graph
	from int32   // the number of the edge's source; −1 for a field of the node
	seen []int32 // the embeddings of what was decided before about the node or edge
}

// fieldPass is a forward pass of a head with what its backward pass needs.
type fieldPass struct {
	in, hidden, middle []float32 // rows × Hidden
	logits             []float32 // rows × columns
}

// newFieldHead returns a head for the fields of nodes or edges that carry the given operations, and adds its parameters to
// the network's layout.
func (net *network) newFieldHead(name string, fields []searchspace.Field, ops []string) *fieldHead {
	if len(fields) == 0 {
		return nil
	}
	head := &fieldHead{first: []int{0}, ops: len(ops)}
	for i, f := range fields {
		head.first = append(head.first, head.first[i]+len(f.Values))
	}
	h := net.hidden
	head.layers = [...]nn.Linear{{In: h, Out: h}, {In: h, Out: h, ReLU: true}, {In: h, Out: head.columns()}}
	head.layers[0].Add(&net.layout, name+".0")
	head.seen = net.layout.Matrix(name+".seen.weight", head.ops+head.columns(), h, embeddingBound)
	head.layers[1].Add(&net.layout, name+".2")
	head.layers[2].Add(&net.layout, name+".4")
	return head
}

// columns returns the number of values of all fields together.
func (head *fieldHead) columns() int {
	if head == nil {
		return 0
	}
	return head.first[len(head.first)-1]
}

// newValues returns an empty table of the head's fields.
func (head *fieldHead) newValues() fieldValues {
	if head == nil {
		return fieldValues{}
	}
	return fieldValues{fields: len(head.first) - 1}
}

// of returns the logits of a field in the given row.
func (head *fieldHead) of(logits []float32, row, field int) []float32 {
	n := head.columns()
	return logits[row*n+head.first[field] : row*n+head.first[field+1]]
}

// embeddings returns the embeddings of an operation, which is ignored if there are none, and of the values of a row.
func (head *fieldHead) embeddings(op int, values []int16) []int32 {
	seen := make([]int32, 0, 1+len(values))
	if head.ops > 0 {
		seen = append(seen, int32(op))
	}
	for i, v := range values {
		if v >= 0 {
			seen = append(seen, int32(head.ops+head.first[i])+int32(v))
		}
	}
	return seen
}

// embedding returns a row of the embeddings in flat parameters or gradients.
func (head *fieldHead) embedding(flat []float32, row int32) []float32 {
	n := head.layers[0].Out
	start := head.seen + int(row)*n
	return flat[start : start+n]
}

// forward runs the head on the states of some rows, in memory that it takes.
func (head *fieldHead) forward(rows []fieldRow, in, flat []float32, take func(n int) []float32) fieldPass {
	n, h := len(rows), head.layers[0].Out
	f := fieldPass{in: in, hidden: take(n * h), middle: take(n * h), logits: take(n * head.columns())}
	head.layers[0].Forward(n, in, h, flat, f.hidden)
	for i, row := range rows {
		x := f.hidden[i*h : (i+1)*h]
		for _, s := range row.seen {
			f32.Add(x, x, head.embedding(flat, s))
		}
	}
	f32.ReLU(f.hidden, f.hidden)
	head.layers[1].Forward(n, f.hidden, h, flat, f.middle)
	head.layers[2].Forward(n, f.middle, h, flat, f.logits)
	return f
}

// backward computes the gradient in the parameters from the gradient d in the logits, which it overwrites, and returns the
// gradient in the states of the rows. t holds the transposed layers.
func (head *fieldHead) backward(rows []fieldRow, f *fieldPass, d []float32, t [][]float32, grads nn.Gradients, arena *nn.Arena) []float32 {
	n, h := len(rows), head.layers[0].Out
	dmiddle, dhidden, din := arena.Take(n*h), arena.Take(n*h), arena.Take(n*h)
	head.layers[2].Backward(n, f.middle, h, nil, d, t[2], grads, dmiddle, h)
	head.layers[1].Backward(n, f.hidden, h, f.middle, dmiddle, t[1], grads, dhidden, h)
	f32.ReLUGrad(dhidden, dhidden, f.hidden)
	grads.Sum(grads.Flat[head.seen : head.seen+(head.ops+head.columns())*h])
	for i, row := range rows {
		for _, s := range row.seen {
			f32.Axpy(1, dhidden[i*h:(i+1)*h], head.embedding(grads.Flat, s))
		}
	}
	head.layers[0].Backward(n, f.in, h, nil, dhidden, t[0], grads, din, h)
	return din
}

// fieldHead runs a head of the pass's network on its rows.
func (p *pass) fieldHead(head *fieldHead, rows []fieldRow) fieldPass {
	if head == nil || len(rows) == 0 {
		return fieldPass{}
	}
	h := p.net.hidden
	in := p.arena.Take(len(rows) * h)
	for i, row := range rows {
		x := in[i*h : (i+1)*h]
		copy(x, p.state(row.to))
		if row.from >= 0 {
			f32.Axpy(-1, p.state(row.from), x)
		}
	}
	return head.forward(rows, in, p.flat, p.arena.Take)
}

// fieldHeadBackward adds the gradient in the final states to dh.
func (p *pass) fieldHeadBackward(head *fieldHead, rows []fieldRow, f *fieldPass, d []float32, t [][]float32, grads nn.Gradients, dh []float32) {
	if head == nil {
		return
	}
	h := p.net.hidden
	din := head.backward(rows, f, d, t, grads, &p.arena)
	for i, row := range rows {
		dx := din[i*h : (i+1)*h]
		f32.Axpy(1, dx, dh[int(row.to)*h:(int(row.to)+1)*h])
		if row.from >= 0 {
			f32.Axpy(-1, dx, dh[int(row.from)*h:(int(row.from)+1)*h])
		}
	}
}

// state returns the final state of a node of the graph.
func (p *pass) state(node int32) []float32 {
	h := p.net.hidden
	return p.final[int(node)*h : (int(node)+1)*h]
}

// states are what the heads of the fields read when one node's decisions are taken. They are empty if there are no fields.
type states struct {
	flat    []float32   // the parameters
	asking  []float32   // the final state of the node itself
	settled [][]float32 // those of the nodes before it, if edges have fields
}

// statesOf returns the states of step s of a pass over several steps, all of them of node t.
func (p *pass) statesOf(s, t int) states {
	net, u := p.net, p.u
	if net.nodeFields == nil && net.edgeFields == nil {
		return states{}
	}
	x := states{flat: p.flat, asking: p.state(u.newNode[s])}
	if net.edgeFields != nil {
		first := u.newNode[s] - int32(t)
		for j := range int32(t) {
			x.settled = append(x.settled, p.state(first+j))
		}
	}
	return x
}

// nodeField returns the logits of a node's field, given the node's operation and its earlier fields.
func (x *states) nodeField(head *fieldHead, field, op int, values []int16) []float32 {
	return x.logits(head, field, x.asking, head.embeddings(op, values))
}

// edgeField returns the logits of a field of the edge from a node, given the edge's operation and its earlier fields.
func (x *states) edgeField(head *fieldHead, from, field, op int, values []int16) []float32 {
	in := append([]float32(nil), x.asking...)
	f32.Axpy(-1, x.settled[from], in)
	return x.logits(head, field, in, head.embeddings(op, values))
}

func (x *states) logits(head *fieldHead, field int, in []float32, seen []int32) []float32 {
	f := head.forward([]fieldRow{{seen: seen}}, in, x.flat, func(n int) []float32 { return make([]float32, n) })
	return head.of(f.logits, 0, field)
}
