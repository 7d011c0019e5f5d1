package gran

import (
	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/searchspace"
)

// draft is an architecture under construction.
type draft struct {
	decode.Hypothesis
	part    int      // the current one; −1 before the first
	content          // of the part
	choices *choices // of the node whose decisions come next
}

func newDraft(space searchspace.Space) *draft { return &draft{Hypothesis: decode.New(space), part: -1} }

// atNode returns the next decision, and reports whether it is about the given node.
func (d *draft) atNode(part, node int) (searchspace.Decision, bool) {
	dec, ok := d.Builder.Next()
	return dec, ok && dec.Part == part && dec.Node == node
}

// enter prepares the draft for the decisions of a node of the network's part.
func (d *draft) enter(net *network, part, node int) {
	if d.part != part {
		d.part, d.content = part, net.newContent()
	}
	d.grow(node + 1)
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
