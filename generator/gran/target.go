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
	// edges is the part as a prefix. free tells for each of its pairs whether both values were allowed.
	edges prefix
	free  []bool
	// labels holds each node's operation, and allowedLabels what was allowed; nil if nodes have no operations.
	labels        []int
	allowedLabels [][]int
	// allowedEdges holds the operations that were allowed for each present edge; nil if edges have no operations.
	allowedEdges [][]int
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
			return nil, fmt.Errorf("%v: part %q: %w: %d nodes, more than %d", a, m.nets[i].part.Name, searchspace.ErrInvalid, n, m.nets[i].part.MaxNodes)
		}
		t.nodes, t.edges, t.free = n, make(prefix, triangle(n)), make([]bool, triangle(n))
		if m.nets[i].nodeLabels > 0 {
			t.labels, t.allowedLabels = make([]int, n), make([][]int, n)
		}
		if m.nets[i].edgeLabels > 0 {
			t.allowedEdges = make([][]int, triangle(n))
		}
	}
	for _, step := range path {
		if err := m.nets[step.Part].check(step.Decision); err != nil {
			return nil, fmt.Errorf("%v: %w", a, err)
		}
		targets[step.Part].take(step)
	}
	for i := range targets {
		targets[i].unroll(m.nets[i])
	}
	return targets, nil
}

func (t *target) take(s searchspace.Step) {
	switch s.Kind {
	case searchspace.NodeOp:
		t.labels[s.Node], t.allowedLabels[s.Node] = s.Value, s.Allowed
	case searchspace.EdgePresence:
		i := triangle(s.Node) + s.From
		t.edges[i], t.free[i] = int16(s.Value), len(s.Allowed) > 1
	case searchspace.EdgeOp:
		i := triangle(s.Node) + s.From
		t.edges[i], t.allowedEdges[i] = int16(s.Value), s.Allowed
	}
}

func (t *target) unroll(net *network) {
	if net.form == CausalForm {
		t.steps.addCausal(net, t.edges, t.labels, t.nodes-1, 0, t.nodes)
		return
	}
	row := t.steps.addRows(t.edges, t.nodes-1, net.part.MaxNodes)
	for step := range t.nodes {
		t.steps.addStep(net, t.edges, step, row)
	}
}
