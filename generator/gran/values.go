package gran

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// valueHead decides the contents of a part's nodes or edges, one decision after another. It is an
// MLP of three linear layers. The last has the logits of all decisions side by side: in the causal
// form those of the operation, then in both forms those of each field. A nil head has nothing to
// decide.
//
// In the causal form, it reads h_t + c or h_t − h_j + c, where c is the context. In the paper's
// form, it reads h_t or h_t − h_j, and the first layer adds embeddings of the operation and of the
// earlier fields.
type valueHead struct {
	first  []int // first[i] is the column of decision i's first value; the last element is the number of columns
	fields int   // number of the first field: 1 if the operation precedes it
	layers [3]nn.Linear
	// In the paper's form, seen is the offset of the embeddings in the flat parameters, and seenRows
	// is their number. The embeddings of the ops operations precede those of values.
	seen, seenRows, ops int
}

// valueRow is a decision whose logits are computed.
type valueRow struct {
	to      int32   // number of the new node in the graph
	from    int32   // number of the edge's source; −1 for a decision about the node
	context int32   // used in the causal form
	seen    []int32 // used in the paper's form: embeddings of the earlier decisions about the node or edge
}

// valuePass is a forward pass of a head and what its backward pass needs.
type valuePass struct {
	in, hidden, middle []float32 // rows × Hidden
	logits             []float32 // rows × columns
}

// newFieldHead returns a head of the paper's form for the fields of nodes or edges with the given
// operations, and adds its parameters to the network's layout.
func (net *network) newFieldHead(name string, fields []searchspace.Field, ops []string) *valueHead {
	head := newValueHead(nil, fields)
	if head == nil {
		return nil
	}
	head.ops = len(ops)
	h := net.hidden
	head.layers = [...]nn.Linear{{In: h, Out: h}, {In: h, Out: h, ReLU: true}, {In: h, Out: head.columns()}}
	head.layers[0].Add(&net.layout, name+".0")
	head.seenRows = head.ops + head.columns()
	head.seen = net.layout.Matrix(name+".seen.weight", head.seenRows, h, embeddingBound)
	head.layers[1].Add(&net.layout, name+".2")
	head.layers[2].Add(&net.layout, name+".4")
	return head
}

// newHead returns a head of the causal form for operations and fields, and adds its parameters to
// the network's layout. The operations of edges start at the second, because the first is the
// absent edge.
func (net *network) newHead(name string, ops []string, fields []searchspace.Field) *valueHead {
	head := newValueHead(ops, fields)
	if head == nil {
		return nil
	}
	h := net.hidden
	head.layers = [...]nn.Linear{{In: h, Out: h}, {In: h, Out: h, ReLU: true}, {In: h, Out: head.columns()}}
	for i := range head.layers {
		head.layers[i].Add(&net.layout, fmt.Sprintf("%s.%d", name, 2*i))
	}
	return head
}

// newValueHead returns a head without layers.
func newValueHead(ops []string, fields []searchspace.Field) *valueHead {
	head := &valueHead{first: []int{0}}
	add := func(values int) { head.first = append(head.first, head.columns()+values) }
	if len(ops) > 0 {
		head.fields = 1
		add(len(ops))
	}
	for _, f := range fields {
		add(len(f.Values))
	}
	if head.columns() == 0 {
		return nil
	}
	return head
}

// columns returns the total number of values of all decisions.
func (head *valueHead) columns() int {
	if head == nil {
		return 0
	}
	return head.first[len(head.first)-1]
}

// of returns the logits of a decision in the given row.
func (head *valueHead) of(logits []float32, row int, d searchspace.Decision) []float32 {
	i, n := 0, head.columns()
	if d.Kind == searchspace.NodeField || d.Kind == searchspace.EdgeField {
		i = head.fields + d.Field
	}
	return logits[row*n+head.first[i] : row*n+head.first[i+1]]
}

// embeddings returns the embeddings of an operation, which is ignored if there are none, and of the
// values of a row.
func (head *valueHead) embeddings(op int, values []int16) []int32 {
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
func (head *valueHead) embedding(flat []float32, row int32) []float32 {
	n := head.layers[0].Out
	start := head.seen + int(row)*n
	return flat[start : start+n]
}

// forward runs the head on the inputs of some rows. It allocates memory with take.
func (head *valueHead) forward(rows []valueRow, in, flat []float32, take func(n int) []float32) valuePass {
	n, h := len(rows), head.layers[0].Out
	f := valuePass{in: in, hidden: take(n * h), middle: take(n * h), logits: take(n * head.columns())}
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

// backward computes the gradients of the parameters from the gradient d of the logits, which it
// overwrites, and returns the gradient of the inputs. t holds the transposed layers.
func (head *valueHead) backward(rows []valueRow, f *valuePass, d []float32, t [][]float32, grads nn.Gradients, arena *nn.Arena) []float32 {
	n, h := len(rows), head.layers[0].Out
	dmiddle, dhidden, din := arena.Take(n*h), arena.Take(n*h), arena.Take(n*h)
	head.layers[2].Backward(n, f.middle, h, nil, d, t[2], grads, dmiddle, h)
	head.layers[1].Backward(n, f.hidden, h, f.middle, dmiddle, t[1], grads, dhidden, h)
	f32.ReLUGrad(dhidden, dhidden, f.hidden)
	grads.Sum(grads.Flat[head.seen : head.seen+head.seenRows*h])
	for i, row := range rows {
		for _, s := range row.seen {
			f32.Axpy(1, dhidden[i*h:(i+1)*h], head.embedding(grads.Flat, s))
		}
	}
	head.layers[0].Backward(n, f.in, h, nil, dhidden, t[0], grads, din, h)
	return din
}

// valueHead runs a head of the pass's network on its rows.
func (p *pass) valueHead(head *valueHead, rows []valueRow) valuePass {
	if head == nil || len(rows) == 0 {
		return valuePass{}
	}
	h := p.net.hidden
	in := p.arena.Take(len(rows) * h)
	for i, row := range rows {
		x := in[i*h : (i+1)*h]
		copy(x, p.state(row.to))
		if row.from >= 0 {
			f32.Axpy(-1, p.state(row.from), x)
		}
		if p.net.form == CausalForm {
			f32.Add(x, x, p.context(row.context))
		}
	}
	return head.forward(rows, in, p.flat, p.arena.Take)
}

// valueHeadBackward adds the gradients of the final states and the contexts to dh and dcontexts.
func (p *pass) valueHeadBackward(head *valueHead, rows []valueRow, f *valuePass, d []float32, t [][]float32, grads nn.Gradients, dh, dcontexts []float32) {
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
		if p.net.form == CausalForm {
			f32.Axpy(1, dx, dcontexts[int(row.context)*h:(int(row.context)+1)*h])
		}
	}
}

// state returns the final state of a node of the graph.
func (p *pass) state(node int32) []float32 {
	h := p.net.hidden
	return p.final[int(node)*h : (int(node)+1)*h]
}
