package gran

import (
	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/searchspace"
)

// draft is an architecture under construction.
type draft struct {
	decode.Hypothesis
	part    int      // the current one
	edges   prefix   // of the part's decided nodes
	ops     []int    // of the part's nodes; unused if nodes have no operations
	choices *choices // of the node whose decisions come next
}

func newDraft(space searchspace.Space) *draft { return &draft{Hypothesis: decode.New(space)} }

// atNode returns the next decision, and reports whether it is about the given node.
func (d *draft) atNode(part, node int) (searchspace.Decision, bool) {
	dec, ok := d.Builder.Next()
	return dec, ok && dec.Part == part && dec.Node == node
}

// enter extends the draft's slices to hold a node.
func (d *draft) enter(part, node int) {
	if d.part != part {
		d.part, d.edges, d.ops = part, nil, nil
	}
	for len(d.ops) <= node {
		d.ops = append(d.ops, 0)
	}
	for len(d.edges) < triangle(node+1) {
		d.edges = append(d.edges, 0)
	}
}

// take takes the next decision.
func (d *draft) take(dec searchspace.Decision, value int, logProb float64) error {
	if err := d.Take(value, logProb); err != nil {
		return err
	}
	d.choices.take(dec, value)
	if dec.Kind == searchspace.NodeOp {
		d.ops[dec.Node] = value
	} else {
		d.edges[triangle(dec.Node)+dec.From] = int16(value)
	}
	return nil
}
