package gran

import (
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/searchspace"
)

// choices is the distribution over one node's decisions given the nodes before it: the network's
// logits, and the posterior weight of each component of the mixture given the edges decided so far.
type choices struct {
	net         *network
	z           logits // logits of the node's pairs and step
	states      states
	posterior   []float64 // unnormalized log-weights of the components
	temperature float64
	// In the causal form, logits depend on earlier decisions about the node, so they are computed on
	// demand: those of the next decision of a value head, and z and posterior at the first free
	// edge.
	context     []float32 // context of the next decision
	edgeContext []float32 // context of the first decision about an edge; nil before it
	values      []float32 // logits of the next decision; nil if not computed yet
}

// stepLogits returns the logits of step s of a pass over several steps of the paper's form, all for
// node t.
func stepLogits(net *network, z logits, s, t int) logits {
	row, k := s*(t+1), net.components
	part := func(x []float32, width int) []float32 { return x[row*width : (row+t+1)*width] }
	cut := logits{theta: part(z.theta, k), alpha: part(z.alpha, k)}
	if net.edgeLabels > 0 {
		cut.psi = part(z.psi, net.edgeLabels)
	}
	if net.nodeLabels > 0 {
		cut.phi = z.phi[s*net.nodeLabels : (s+1)*net.nodeLabels]
	}
	return cut
}

// newChoices returns the choices of the paper's form.
func newChoices(net *network, z logits, x states, temperature float64) *choices {
	c := &choices{net: net, states: x, temperature: temperature}
	c.setPairs(z)
	return c
}

// newChoicesInContext returns the choices of the causal form. summary describes the decisions
// before the node and may be nil.
func newChoicesInContext(net *network, x states, summary []float32, temperature float64) *choices {
	c := &choices{net: net, states: x, temperature: temperature, context: make([]float32, net.hidden)}
	copy(c.context, summary)
	return c
}

// setPairs sets the logits, and the posterior before any edge is decided.
func (c *choices) setPairs(z logits) {
	c.z, c.posterior = z, make([]float64, c.net.components)
	mixtureWeights(c.posterior, z.alpha, c.temperature)
}

func (c *choices) clone() *choices {
	copied := *c
	copied.posterior, copied.context = slices.Clone(c.posterior), slices.Clone(c.context)
	return &copied
}

// check returns an error if a Builder offers a decision that the network of this part cannot make.
func (net *network) check(d searchspace.Decision) error {
	if net.chain && d.Kind == searchspace.EdgePresence && len(d.Allowed) > 1 {
		return fmt.Errorf("%v: %w: in a chain, a node may only read the previous one", d, searchspace.ErrInvalid)
	}
	return decode.CheckDecision(&net.part, d)
}

// ready reports whether the logits of a decision are available or not needed.
func (c *choices) ready(d searchspace.Decision) bool {
	if c.net.form == PaperForm || len(d.Allowed) == 1 {
		return true
	}
	if d.Kind == searchspace.EdgePresence {
		return c.posterior != nil
	}
	return c.values != nil
}

// logProbs appends the log-probability of each allowed value given the decisions so far. If an edge
// is a free choice, both values are allowed.
func (c *choices) logProbs(dst []float64, d searchspace.Decision, sofar *content) []float64 {
	if len(d.Allowed) == 1 {
		return append(dst, 0)
	}
	if d.Kind != searchspace.EdgePresence {
		return likelihood.LogSoftmax(dst, c.logits(d, sofar), d.Allowed, c.temperature)
	}
	before := likelihood.LogSumExp(c.posterior)
	var buffer [32]float64
	absent, present := buffer[:0:16], buffer[16:16]
	for k, b := range c.posterior {
		without, with := c.edgeLogProbs(d.From, k)
		absent, present = append(absent, b+without), append(present, b+with)
	}
	return append(dst, likelihood.LogSumExp(absent)-before, likelihood.LogSumExp(present)-before)
}

// logits returns the logits of a decision about an operation or a field.
func (c *choices) logits(d searchspace.Decision, sofar *content) []float32 {
	head := c.net.headOf(d.Kind)
	if c.net.form == CausalForm {
		return head.of(c.values, 0, d)
	}
	switch d.Kind {
	case searchspace.NodeOp:
		return c.z.phi
	case searchspace.EdgeOp:
		n := c.net.edgeLabels
		return c.z.psi[d.From*n : (d.From+1)*n]
	case searchspace.NodeField:
		return head.of(c.states.nodeField(head, sofar.op(d.Node), sofar.nodeFields.row(d.Node)), 0, d)
	}
	pair := triangle(d.Node) + d.From
	return head.of(c.states.edgeField(head, d.From, int(sofar.edges[pair]), sofar.edgeFields.row(pair)), 0, d)
}

// headOf returns the value head that makes decisions of a kind.
func (net *network) headOf(kind searchspace.Kind) *valueHead {
	if kind == searchspace.NodeOp || kind == searchspace.NodeField {
		return net.nodeValues
	}
	return net.edgeValues
}

// edgeLogProbs returns the log-probabilities of an edge's absence and presence inside component k.
func (c *choices) edgeLogProbs(from, k int) (absent, present float64) {
	x := float64(c.z.theta[from*c.net.components+k]) / c.temperature
	both := math.Log1p(math.Exp(-math.Abs(x)))
	return -(max(x, 0) + both), -(max(-x, 0) + both)
}

// take records a decision.
func (c *choices) take(d searchspace.Decision, value int) {
	if d.Kind == searchspace.EdgePresence && len(d.Allowed) > 1 {
		for k := range c.posterior {
			absent, present := c.edgeLogProbs(d.From, k)
			if value == 0 {
				present = absent
			}
			c.posterior[k] += present
		}
	}
	if c.net.form == CausalForm {
		c.extendContext(d, value)
	}
}

// extendContext adds a decision to the context.
func (c *choices) extendContext(d searchspace.Decision, value int) {
	if d.Kind == searchspace.EdgePresence && c.edgeContext == nil {
		c.edgeContext = slices.Clone(c.context)
	}
	c.values = nil
	var buffer [1]int32
	for _, row := range c.net.decided.appendRow(buffer[:0], d, value) {
		f32.Add(c.context, c.context, c.net.embedding(c.states.flat, row))
	}
}
