package gran

import (
	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/searchspace"
)

// draft is an architecture under construction.
type draft struct {
	decode.Hypothesis
	part    int        // the current part; −1 before the first
	content            // of the current part
	earlier []*content // the earlier parts
	sums    sums       // in the paper's form
	// In the causal form, sum accumulates the summary of the current node, and counted is the number
	// of nodes of the part in it. They are unused if the summary is always empty.
	sum     []float32
	counted int
	choices *choices // for the node whose decisions come next
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

// enterPart ends the current part. Parts between the two have no decisions.
func (d *draft) enterPart(m *Model, part int) {
	if d.part >= 0 {
		ended := d.content
		d.earlier = append(d.earlier, &ended)
	}
	for len(d.earlier) < part {
		d.earlier = append(d.earlier, &content{})
	}
	net := m.nets[part]
	d.part, d.content, d.sums = part, net.newContent(), sums{}
	if net.summary == nil {
		return
	}
	d.sum, d.counted = make([]float32, net.hidden), 0
	for i, c := range d.earlier {
		for node := range c.nodes {
			d.count(m, net.summary.node(i, c, node, 0))
		}
	}
}

// count adds a node to the sum.
func (d *draft) count(m *Model, n summed) {
	net := m.nets[d.part]
	net.summary.count(n, m.params[d.part], make([]float32, net.hidden), d.sum)
}

// summary returns the summary of the decisions before a node, or nil if it is always empty.
func (d *draft) summary(m *Model, node int) []float32 {
	s := m.nets[d.part].summary
	if s == nil {
		return nil
	}
	for ; d.counted < node; d.counted++ {
		d.count(m, s.node(d.part, &d.content, d.counted, 0))
	}
	out := make([]float32, s.hidden)
	s.out.Forward(1, d.sum, s.hidden, m.params[d.part], out)
	return out
}

// take makes the next decision.
func (d *draft) take(dec searchspace.Decision, value int, logProb float64) error {
	if err := d.Take(value, logProb); err != nil {
		return err
	}
	d.choices.take(dec, value)
	d.set(dec, value)
	return nil
}

// skip skips the edges into a node of a chain if they come next, because they are not a choice.
func (d *draft) skip(part, node int) {
	if !d.choices.net.chained {
		return
	}
	if dec, ok := d.atNode(part, node); ok && dec.Kind == searchspace.EdgePresence && searchspace.Skip(d.Builder) > 0 {
		dec.From = dec.Node - 1
		d.set(dec, 1)
	}
}
