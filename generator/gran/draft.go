package gran

import (
	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/searchspace"
)

// draft is an architecture under construction.
type draft struct {
	decode.Hypothesis
	part    int        // the current one; −1 before the first
	content            // of the part
	earlier []*content // the parts before it
	summary []float32  // of the earlier parts, in the causal form; nil if there are none
	choices *choices   // of the node whose decisions come next
}

func newDraft(space searchspace.Space) *draft { return &draft{Hypothesis: decode.New(space), part: -1} }

// atNode returns the next decision, and reports whether it is about the given node.
func (d *draft) atNode(part, node int) (searchspace.Decision, bool) {
	dec, ok := d.Builder.Next()
	return dec, ok && dec.Part == part && dec.Node == node
}

// enter prepares the draft for the decisions of a node of a part.
func (d *draft) enter(m *Model, part, node int) {
	if d.part != part {
		d.enterPart(m, part)
	}
	d.grow(node + 1)
}

// enterPart ends the current part. Parts between the two have nothing to decide.
func (d *draft) enterPart(m *Model, part int) {
	if d.part >= 0 {
		ended := d.content
		d.earlier = append(d.earlier, &ended)
	}
	for len(d.earlier) < part {
		d.earlier = append(d.earlier, &content{})
	}
	net := m.nets[part]
	d.part, d.content, d.summary = part, net.newContent(), nil
	if net.earlier != nil {
		nodes := net.earlier.appendNodes(nil, d.earlier, 0)
		d.summary = net.earlier.forward(nodes, 1, m.params[part], allocate).out
	}
}

// take takes the next decision.
func (d *draft) take(dec searchspace.Decision, value int, logProb float64) error {
	if err := d.Take(value, logProb); err != nil {
		return err
	}
	d.choices.take(dec, value)
	d.set(dec, value)
	return nil
}
