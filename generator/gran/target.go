package gran

import (
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// target is one part of an architecture whose likelihood is computed: its decisions, the values
// that each allowed, and the graph of its generation steps.
type target struct {
	steps unrolled
	// content is the content of the part. Its labels are nil if nodes have no operations.
	content
	// free reports for each pair of nodes whether both values were allowed.
	free []bool
	// In the paper's form, allowedLabels holds the allowed operations of each node; nil if nodes
	// have no operations.
	allowedLabels [][]int
	// In the paper's form, allowedEdges holds the allowed operations of each present edge; nil if
	// edges have no operations.
	allowedEdges [][]int
	// The decisions of the value heads in order.
	nodeChoices, edgeChoices []choice
	at                       int // the node of the last decision
}

// choice is a decision of a value head.
type choice struct {
	searchspace.Step
	context int32   // used in the causal form
	seen    []int32 // used in the paper's form: embeddings of the earlier decisions about the node or edge
}

// compile converts an architecture's path of decisions to a target for each part.
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
			return nil, fmt.Errorf("[%s]: part %q: %w: it must have at most %d nodes, got %d",
				searchspace.Text(m.space, a), m.nets[i].part.Name, searchspace.ErrInvalid, m.nets[i].part.MaxNodes, n)
		}
		t.begin(m.nets[i], n)
	}
	for _, step := range path {
		if err := m.nets[step.Part].check(step.Decision); err != nil {
			return nil, fmt.Errorf("[%s]: %w", searchspace.Text(m.space, a), err)
		}
		if err := targets[step.Part].take(m.nets[step.Part], step); err != nil {
			return nil, fmt.Errorf("[%s]: %w", searchspace.Text(m.space, a), err)
		}
	}
	var parts []*content
	for i := range targets {
		parts = append(parts, &targets[i].content)
		targets[i].unroll(m.nets[i], parts)
	}
	return targets, nil
}

// begin prepares a target of n nodes for its decisions.
func (t *target) begin(net *network, n int) {
	t.free, t.content, t.at = make([]bool, triangle(n)), net.newContent(), -1
	t.grow(n)
	if net.nodeLabels == 0 {
		t.labels = nil
	}
	if net.form == CausalForm {
		t.steps.edgeContexts = slices.Repeat([]int32{-1}, n)
		return
	}
	if net.nodeLabels > 0 {
		t.allowedLabels = make([][]int, n)
	}
	if net.edgeLabels > 0 {
		t.allowedEdges = make([][]int, triangle(n))
	}
}

// take makes a decision.
func (t *target) take(net *network, s searchspace.Step) error {
	if s.Node < t.at {
		return fmt.Errorf("%w: the Builder offers %v out of order", searchspace.ErrInvalid, s.Decision)
	}
	if net.form == CausalForm {
		t.takeInContext(net, s)
	} else {
		t.takeInPapersForm(net, s)
	}
	t.at = s.Node
	t.set(s.Decision, s.Value)
	return nil
}

func (t *target) takeInPapersForm(net *network, s searchspace.Step) {
	pair := triangle(s.Node) + s.From
	switch s.Kind {
	case searchspace.NodeOp:
		t.allowedLabels[s.Node] = s.Allowed
	case searchspace.EdgePresence:
		t.free[pair] = len(s.Allowed) > 1
	case searchspace.EdgeOp:
		t.allowedEdges[pair] = s.Allowed
	case searchspace.NodeField:
		seen := net.nodeValues.embeddings(t.op(s.Node), t.nodeFields.row(s.Node))
		t.nodeChoices = append(t.nodeChoices, choice{Step: s, seen: seen})
	case searchspace.EdgeField:
		seen := net.edgeValues.embeddings(int(t.edges[pair]), t.edgeFields.row(pair))
		t.edgeChoices = append(t.edgeChoices, choice{Step: s, seen: seen})
	}
}

// takeInContext makes a decision of the causal form. All edges of a node share the context of the
// first.
func (t *target) takeInContext(net *network, s searchspace.Step) {
	contexts := &t.steps.contexts
	if s.Node != t.at {
		contexts.enter(s.Node)
	}
	switch s.Kind {
	case searchspace.EdgePresence:
		t.free[triangle(s.Node)+s.From] = len(s.Allowed) > 1
		if t.steps.edgeContexts[s.Node] < 0 && !net.chain {
			t.steps.edgeContexts[s.Node] = contexts.add()
		}
	case searchspace.NodeOp, searchspace.NodeField:
		t.nodeChoices = append(t.nodeChoices, choice{Step: s, context: contexts.add()})
	default:
		t.edgeChoices = append(t.edgeChoices, choice{Step: s, context: contexts.add()})
	}
	contexts.seen = net.decided.appendRow(contexts.seen, s.Decision, s.Value)
}

// unroll creates the graph of the generation steps. The last of the parts is the target's own.
func (t *target) unroll(net *network, parts []*content) {
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
		u.settleSteps(net, t.edges)
	}
	for _, c := range t.nodeChoices {
		u.nodeValues = append(u.nodeValues, valueRow{u.newNode[c.Node], -1, c.context, c.seen})
	}
	for _, c := range t.edgeChoices {
		u.edgeValues = append(u.edgeValues, valueRow{u.newNode[c.Node], u.settled(net, c.Node, c.From), c.context, c.seen})
	}
	if net.summary != nil {
		u.summed = net.summary.nodes(parts)
	}
}
