package generator

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// draft is an architecture in the making.
type draft struct {
	path
	part    int
	edges   prefix   // of the part, as far as its nodes are decided
	ops     []int    // of the part's nodes; of no meaning where they carry none
	choices *choices // of the node under decision
}

func newDraft(space searchspace.Space) *draft { return &draft{path: path{builder: space.Start()}} }

// atNode tells whether the next decision is about the given node, and names it.
func (d *draft) atNode(part, node int) (searchspace.Decision, bool) {
	dec, ok := d.builder.Next()
	return dec, ok && dec.Part == part && dec.Node == node
}

// enter makes room for a node.
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

// take decides.
func (d *draft) take(dec searchspace.Decision, value int, logProb float64) error {
	if err := d.builder.Take(value); err != nil {
		return err
	}
	d.logProb += logProb
	d.choices.take(dec, value)
	if dec.Kind == searchspace.NodeOp {
		d.ops[dec.Node] = value
	} else {
		d.edges[triangle(dec.Node)+dec.From] = int16(value)
	}
	return nil
}

// eachNode calls visit for every part and node in order, with those of the drafts whose next decision is about the node,
// their choices ready. The drafts may be others at each call; current returns them.
func (g *GRAN) eachNode(ctx context.Context, current func() []*draft, look looker, visit func(part, node int, drafts []*draft) error) error {
	for part, net := range g.nets {
		for node := range net.part.MaxNodes {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			var active []*draft
			for _, d := range current() {
				if dec, ok := d.atNode(part, node); ok {
					d.enter(dec.Part, node)
					active = append(active, d)
				}
			}
			if len(active) == 0 {
				continue
			}
			release := look(part, node, active)
			err := visit(part, node, active)
			release()
			if err != nil {
				return fmt.Errorf("%s: %w", g.space.Name(), err)
			}
		}
	}
	for _, d := range current() {
		if dec, ok := d.builder.Next(); ok {
			return fmt.Errorf("%s: %w: the builder offers %v out of order", g.space.Name(), searchspace.ErrInvalid, dec)
		}
	}
	return nil
}

// looker runs the network for a node of every draft and sets their choices, which live until release is called.
type looker func(part, node int, drafts []*draft) (release func())

// lookPieces is into how many passes the drafts of a node are split, to use several processors.
const lookPieces = 8

// look runs the network over the nodes up to the given one. Drafts with the same nodes before it share a pass.
func (g *GRAN) look(part, node int, drafts []*draft) (release func()) {
	net, flat := g.nets[part], g.params[part]
	number := map[string]int{}
	var distinct []*draft
	step := make([]int, len(drafts))
	var key []byte
	for i, d := range drafts {
		key = net.appendPrefix(key[:0], d, node)
		s, ok := number[string(key)]
		if !ok {
			s = len(distinct)
			number[string(key)] = s
			distinct = append(distinct, d)
		}
		step[i] = s
	}
	pieces := min(len(distinct), lookPieces)
	passes, steps := make([]*pass, pieces), make([]logits, len(distinct))
	parallel.Do(pieces, func(i int) {
		passes[i] = g.passes.get()
		lo, hi := i*len(distinct)/pieces, (i+1)*len(distinct)/pieces
		var u unrolled
		for _, d := range distinct[lo:hi] {
			if net.form == CausalForm {
				u.addCausal(net, d.edges, d.ops, node, node, node+1)
			} else {
				u.addStep(net, d.edges, node, u.addRows(d.edges, node, net.part.MaxNodes))
			}
		}
		z := passes[i].forward(net, flat, &u)
		for s := lo; s < hi; s++ {
			steps[s] = stepLogits(net, z, s-lo, node)
		}
	})
	for i, d := range drafts {
		d.choices = newChoices(net, steps[step[i]], g.temperature)
	}
	return func() {
		for _, p := range passes {
			g.passes.put(p)
		}
	}
}

// appendPrefix writes out what the network reads of a draft's nodes before the given one.
func (net *network) appendPrefix(key []byte, d *draft, node int) []byte {
	for _, label := range d.edges[:triangle(node)] {
		key = append(key, byte(label), byte(label>>8))
	}
	if net.nodeOps {
		for _, op := range d.ops[:node] {
			key = append(key, byte(op), byte(op>>8))
		}
	}
	return key
}
