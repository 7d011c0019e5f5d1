package gran

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// target is one part of an architecture to compute the likelihood of: its decisions, what each was allowed to be, and the
// graph of its generation steps.
type target struct {
	nodes int
	steps unrolled
	// content is the part. Its labels are nil if nodes have no operations.
	content
	// free reports for each pair of nodes whether both values were allowed.
	free []bool
	// allowedLabels holds what was allowed for each node's operation; nil if nodes have no operations.
	allowedLabels [][]int
	// allowedEdges holds the operations that were allowed for each present edge; nil if edges have no operations.
	allowedEdges [][]int
	// Decisions about fields, in order.
	nodeChoices, edgeChoices []fieldChoice
}

// fieldChoice is a decision about a field.
type fieldChoice struct {
	searchspace.Step
	seen []int32 // embeddings of what was decided before
}

// compile turns an architecture's path of decisions into a target for each part.
func (m *Model) compile(a searchspace.Arch) ([]target, error) {
	path, err := searchspace.Path(m.space, a)
	if err != nil {
		return nil, err
	}
	targets := make([]target, a.NumParts())
	for i := range targets {
		n := a.Part(i).Len()
		t := &targets[i]
		if n > m.nets[i].part.MaxNodes {
			return nil, fmt.Errorf("[%s]: part %q: %w: %d nodes, more than %d",
				searchspace.Text(m.space, a), m.nets[i].part.Name, searchspace.ErrInvalid, n, m.nets[i].part.MaxNodes)
		}
		t.nodes, t.free, t.content = n, make([]bool, triangle(n)), m.nets[i].newContent()
		t.grow(n)
		if m.nets[i].nodeLabels > 0 {
			t.allowedLabels = make([][]int, n)
		} else {
			t.labels = nil
		}
		if m.nets[i].edgeLabels > 0 {
			t.allowedEdges = make([][]int, triangle(n))
		}
	}
	for _, step := range path {
		if err := m.nets[step.Part].check(step.Decision); err != nil {
			return nil, fmt.Errorf("[%s]: %w", searchspace.Text(m.space, a), err)
		}
		targets[step.Part].take(m.nets[step.Part], step)
	}
	for i := range targets {
		targets[i].unroll(m.nets[i])
	}
	return targets, nil
}

func (t *target) take(net *network, s searchspace.Step) {
	pair := triangle(s.Node) + s.From
	switch s.Kind {
	case searchspace.NodeOp:
		t.allowedLabels[s.Node] = s.Allowed
	case searchspace.EdgePresence:
		t.free[pair] = len(s.Allowed) > 1
	case searchspace.EdgeOp:
		t.allowedEdges[pair] = s.Allowed
	case searchspace.NodeField:
		seen := net.nodeFields.embeddings(t.op(s.Node), t.nodeFields.row(s.Node))
		t.nodeChoices = append(t.nodeChoices, fieldChoice{s, seen})
	case searchspace.EdgeField:
		seen := net.edgeFields.embeddings(int(t.edges[pair]), t.edgeFields.row(pair))
		t.edgeChoices = append(t.edgeChoices, fieldChoice{s, seen})
	}
	t.set(s.Decision, s.Value)
}

func (t *target) unroll(net *network) {
	u := &t.steps
	if net.chain {
		u.addChain(net, &t.content, t.nodes, true)
	} else if net.form == CausalForm {
		u.addCausal(net, &t.content, t.nodes-1, 0, t.nodes)
	} else {
		row := u.addRows(t.edges, t.nodes-1, net.part.MaxNodes)
		for step := range t.nodes {
			u.addStep(net, t.edges, step, row)
		}
	}
	for _, c := range t.nodeChoices {
		u.nodeFields = append(u.nodeFields, fieldRow{u.newNode[c.Node], -1, c.seen})
	}
	for _, c := range t.edgeChoices {
		u.edgeFields = append(u.edgeFields, fieldRow{u.newNode[c.Node], u.settled(net, c.Node, c.From), c.seen})
	}
}
