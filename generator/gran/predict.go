package gran

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// eachNode goes through the nodes of all parts in order. It calls visit with the drafts whose next
// decision is about the node, after predict has set their choices. The drafts may change between
// calls; current returns them.
func (m *Model) eachNode(ctx context.Context, current func() []*draft, predict predictor, visit func(part, node int, drafts []*draft) error) error {
	for part := range m.nets {
		for node := range m.nets[part].part.MaxNodes {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			var active []*draft
			for _, d := range current() {
				if _, ok := d.atNode(part, node); ok {
					d.enter(m, part, node)
					active = append(active, d)
				}
			}
			if len(active) == 0 {
				continue
			}
			release := predict(part, node, active)
			err := visit(part, node, active)
			release()
			if err != nil {
				return fmt.Errorf("%s: %w", m.space.Name(), err)
			}
		}
	}
	for _, d := range current() {
		if dec, ok := d.Builder.Next(); ok {
			return fmt.Errorf("%s: %w: the Builder offers %v out of order", m.space.Name(), searchspace.ErrInvalid, dec)
		}
	}
	return nil
}

// predictor runs the network for the same node of several drafts and sets their choices, which are
// valid until release is called.
type predictor func(part, node int, drafts []*draft) (release func())

// predict runs the network over the nodes up to the given one. Drafts with the same earlier nodes share a step.
// In the causal form, the heads do not run yet. The way drafts are divided among passes affects the speed but
// not the results; larger passes read the weights less often.
func (m *Model) predict(part, node int, drafts []*draft) (release func()) {
	net := m.nets[part]
	distinct, number := net.distinct(drafts, node)
	pieces := min(parallel.Processors(), len(distinct))
	passes, steps := make([]*pass, pieces), make([]predicted, len(distinct))
	parallel.Do(pieces, func(i int) {
		passes[i] = m.passes.Get()
		lo, hi := i*len(distinct)/pieces, (i+1)*len(distinct)/pieces
		passes[i].predict(net, m.params[part], node, distinct[lo:hi], steps[lo:hi])
	})
	for i, d := range drafts {
		step := &steps[number[i]]
		if net.form == CausalForm {
			d.choices = newChoicesInContext(net, step.states, d.summary(m, node), m.temperature)
		} else {
			d.choices, d.sums = newChoices(net, step.logits, step.states, m.temperature), step.sums
		}
	}
	return func() {
		for _, p := range passes {
			m.passes.Put(p)
		}
	}
}

// distinct groups the drafts by their nodes before the given one. It returns one draft of each group and the
// number of each draft's group.
func (net *network) distinct(drafts []*draft, node int) (distinct []*draft, number []int) {
	known := map[string]int{}
	number = make([]int, len(drafts))
	var key []byte
	for i, d := range drafts {
		key = net.appendPrefix(key[:0], d, node)
		s, ok := known[string(key)]
		if !ok {
			s = len(distinct)
			known[string(key)] = s
			distinct = append(distinct, d)
		}
		number[i] = s
	}
	return distinct, number
}

// predicted is what a pass computes for a draft's next node.
type predicted struct {
	states states
	// Only in the paper's form.
	logits logits
	sums   sums
}

// predict runs the network for the given node of each draft.
func (p *pass) predict(net *network, flat []float32, node int, drafts []*draft, steps []predicted) {
	u := &unrolled{}
	for _, d := range drafts {
		if net.chain {
			u.addChain(net, &d.content, node+1, false)
		} else if net.form == CausalForm {
			u.addCausal(net, &d.content, node, node, node+1)
		} else {
			u.addStep(net, d.edges, node, u.addRows(d.edges, node, net.part.MaxNodes))
		}
	}
	p.begin(net, flat, u, false)
	if net.form == CausalForm {
		p.propagate()
		p.multiplyPairInputs()
	} else {
		p.sums = u.settleDrafts(net, node, drafts)
		p.run()
	}
	size := node * net.hidden
	for s := range steps {
		steps[s].states = p.statesOf(s, node)
		if net.form == PaperForm {
			steps[s].logits, steps[s].sums = stepLogits(net, p.logits, s, node), sums{node, p.sums[s*size : (s+1)*size]}
		}
	}
}

// appendPrefix appends what the network reads of a draft's nodes before the given one.
func (net *network) appendPrefix(key []byte, d *draft, node int) []byte {
	for _, label := range d.edges[:triangle(node)] {
		key = append(key, byte(label), byte(label>>8))
	}
	if net.form == PaperForm {
		return key
	}
	if net.nodeLabels > 0 {
		for _, op := range d.labels[:node] {
			key = append(key, byte(op), byte(op>>8))
		}
	}
	for _, v := range d.nodeFields.values[:node*d.nodeFields.fields] {
		key = append(key, byte(v), byte(v>>8))
	}
	for _, v := range d.edgeFields.values[:triangle(node)*d.edgeFields.fields] {
		key = append(key, byte(v), byte(v>>8))
	}
	return key
}
