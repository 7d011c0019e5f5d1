package gran

import "github.com/graphpnas/graphpnas/internal/nn"

// In the first layer of the paper's form, existing nodes start from the same states in every step,
// so the messages between them are the same too. Training computes each of them once for all steps
// of an architecture, and sampling once for all steps of a draft.

// addOwn adds the edges of the new node, which are those of graph from edge lo on, to the first
// layer.
func (u *unrolled) addOwn(lo int) {
	from, g := &u.graph, &u.first
	g.Nodes, g.Position = from.Nodes, from.Position
	g.From, g.To, g.Class = append(g.From, from.From[lo:]...), append(g.To, from.To[lo:]...), append(g.Class, from.Class[lo:]...)
}

// settle adds the messages between node i and the nodes before it to the first layer, in both
// directions. Node 0 of their step is the given node of the graph, and its sum is in the given row.
func (u *unrolled) settle(net *network, p prefix, i, first, row int) {
	s := u.settledEdges()
	add := func(from, to int, class int32) {
		s.From, s.To, s.Class = append(s.From, int32(first+from)), append(s.To, int32(first+to)), append(s.Class, class)
		s.Row = append(s.Row, int32(row+to))
	}
	for j := range i {
		if label := p[triangle(i)+j]; label != 0 {
			add(j, i, net.settledClass(label))
			add(i, j, net.settledClass(label))
		}
	}
}

// copySettled copies the sums of n nodes, as they are after the messages added so far, from the
// given row to the nodes from first on.
func (u *unrolled) copySettled(row, first, n int) {
	s := u.settledEdges()
	s.Rows = max(s.Rows, row+n)
	s.Copies = append(s.Copies, nn.Copy{Edges: len(s.Row), From: row, To: first, Rows: n})
}

func (u *unrolled) settledEdges() *nn.Settled {
	if u.first.Settled == nil {
		u.first.Settled = &nn.Settled{}
	}
	return u.first.Settled
}

// settleSteps adds the messages between existing nodes for the steps of an architecture, which are
// the only steps of the graph.
func (u *unrolled) settleSteps(net *network, p prefix) {
	start := func(step int) int { return int(u.newNode[step]) - step }
	last := len(u.newNode) - 1
	for i := range last {
		u.settle(net, p, i, start(last), 0)
		u.copySettled(0, start(i+1), i+1)
	}
}

// sums holds the sums of the messages between the existing nodes of a draft in the first layer. It is never
// changed once it is set, so drafts with the same nodes can share it.
type sums struct {
	nodes  int
	values []float32 // nodes × Hidden
}

// settleDrafts adds the messages between existing nodes for a step of each draft, all for the same
// node. It returns the initial sums, which contain those of the drafts' earlier steps.
func (u *unrolled) settleDrafts(net *network, node int, drafts []*draft) []float32 {
	h := net.hidden
	initial := make([]float32, len(drafts)*node*h)
	for s, d := range drafts {
		first := int(u.newNode[s]) - node
		for i := d.sums.nodes; i < node; i++ {
			u.settle(net, d.edges, i, first, s*node)
		}
		u.copySettled(s*node, first, node)
		copy(initial[s*node*h:], d.sums.values)
	}
	return initial
}
