package gran

import (
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/searchspace"
)

// choices is the distribution over one node's decisions, given the nodes before it: the network's logits, and the posterior
// weight of each component of the mixture given the edges decided so far.
type choices struct {
	net         *network
	z           logits // of the node's own pairs and step
	states      states
	posterior   []float64 // log-weights of the components, not normalised
	temperature float64
}

// stepLogits returns the logits of step s of a pass over several steps, all of them of node t.
func stepLogits(net *network, z logits, s, t int) logits {
	row, k := s*(t+1), net.components
	part := func(x []float32, width int) []float32 { return x[row*width : (row+t+1)*width] }
	var cut logits
	if !net.chain {
		cut.theta, cut.alpha = part(z.theta, k), part(z.alpha, k)
	}
	if net.edgeLabels > 0 {
		cut.psi = part(z.psi, net.edgeLabels)
	}
	if net.nodeLabels > 0 {
		cut.phi = z.phi[s*net.nodeLabels : (s+1)*net.nodeLabels]
	}
	return cut
}

func newChoices(net *network, z logits, x states, temperature float64) *choices {
	c := &choices{net: net, z: z, states: x, temperature: temperature}
	if !net.chain {
		c.posterior = make([]float64, net.components)
		mixtureWeights(c.posterior, z.alpha, temperature)
	}
	return c
}

func (c *choices) clone() *choices {
	copied := *c
	copied.posterior = slices.Clone(c.posterior)
	return &copied
}

// check returns an error if a Builder offers a decision that a network of this part cannot make.
func (net *network) check(d searchspace.Decision) error {
	if net.chain && d.Kind == searchspace.EdgePresence && len(d.Allowed) > 1 {
		return fmt.Errorf("%v: %w: the nodes of a chain read the one before them and no other", d, searchspace.ErrInvalid)
	}
	return decode.CheckDecision(&net.part, d)
}

// logProbs appends the log-probability of each allowed value, given what has been decided.
func (c *choices) logProbs(dst []float64, d searchspace.Decision, sofar *content) []float64 {
	if len(d.Allowed) == 1 {
		return append(dst, 0)
	}
	switch d.Kind {
	case searchspace.NodeOp:
		return likelihood.LogSoftmax(dst, c.z.phi, d.Allowed, c.temperature)
	case searchspace.EdgeOp:
		n := c.net.edgeLabels
		return likelihood.LogSoftmax(dst, c.z.psi[d.From*n:(d.From+1)*n], d.Allowed, c.temperature)
	case searchspace.NodeField:
		z := c.states.nodeField(c.net.nodeFields, d.Field, sofar.op(d.Node), sofar.nodeFields.row(d.Node))
		return likelihood.LogSoftmax(dst, z, d.Allowed, c.temperature)
	case searchspace.EdgeField:
		pair := triangle(d.Node) + d.From
		z := c.states.edgeField(c.net.edgeFields, d.From, d.Field, int(sofar.edges[pair]), sofar.edgeFields.row(pair))
		return likelihood.LogSoftmax(dst, z, d.Allowed, c.temperature)
	}
	before := likelihood.LogSumExp(c.posterior)
	with := make([]float64, len(c.posterior))
	for _, v := range d.Allowed {
		for k, b := range c.posterior {
			with[k] = b + c.edgeLogProb(d.From, k, v)
		}
		dst = append(dst, likelihood.LogSumExp(with)-before)
	}
	return dst
}

// edgeLogProb is the log-probability of an edge's presence or absence inside component k.
func (c *choices) edgeLogProb(from, k, value int) float64 {
	x := float64(c.z.theta[from*c.net.components+k]) / c.temperature
	if value == 1 {
		return -softplus(-x)
	}
	return -softplus(x)
}

// take records a decision.
func (c *choices) take(d searchspace.Decision, value int) {
	if d.Kind != searchspace.EdgePresence || len(d.Allowed) == 1 {
		return
	}
	for k := range c.posterior {
		c.posterior[k] += c.edgeLogProb(d.From, k, value)
	}
}
