package generator

import (
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// choices is the distribution over one node's decisions, given the nodes before it: the network's logits, and how much
// each component of the mixture is still believed after the edges that are decided.
type choices struct {
	net         *network
	z           logits    // of the node's own pairs and step
	belief      []float64 // log-weights of the components, not normalised
	temperature float64
}

// stepLogits cuts step number s, which is of node t, out of a pass over several steps of the same node.
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

func newChoices(net *network, z logits, temperature float64) *choices {
	c := &choices{net: net, z: z, belief: make([]float64, net.components), temperature: temperature}
	mixtureWeights(c.belief, z.alpha, temperature)
	return c
}

func (c *choices) clone() *choices {
	copied := *c
	copied.belief = slices.Clone(c.belief)
	return &copied
}

// check refuses a decision that a network of this part cannot make: a Builder's fault.
func (net *network) check(d searchspace.Decision) error {
	lo, hi := 0, 2
	switch d.Kind {
	case searchspace.NodeOp:
		hi = net.nodeLabels
	case searchspace.EdgeOp:
		lo, hi = 1, net.edgeLabels
	}
	return checkDecision(d, net.part.MaxNodes, lo, hi)
}

// checkDecision refuses a decision about a node or an edge that is not there, and values from below lo or from hi on.
func checkDecision(d searchspace.Decision, nodes, lo, hi int) error {
	if len(d.Allowed) == 0 {
		return fmt.Errorf("%v: %w", d, searchspace.ErrDeadEnd)
	}
	for _, v := range d.Allowed {
		if v < lo || v >= hi {
			return fmt.Errorf("%v: %w: value %d is not within %d..%d", d, searchspace.ErrInvalid, v, lo, hi-1)
		}
	}
	if d.Node < 0 || d.Node >= nodes || d.Kind != searchspace.NodeOp && (d.From < 0 || d.From >= d.Node) {
		return fmt.Errorf("%v: %w: not in topological order", d, searchspace.ErrInvalid)
	}
	return nil
}

// logProbs appends the log-probability of each allowed value.
func (c *choices) logProbs(dst []float64, d searchspace.Decision) []float64 {
	switch {
	case len(d.Allowed) == 1:
		return append(dst, 0)
	case d.Kind == searchspace.NodeOp:
		return logSoftmax(dst, c.z.phi, d.Allowed, c.temperature)
	case d.Kind == searchspace.EdgeOp:
		n := c.net.edgeLabels
		return logSoftmax(dst, c.z.psi[d.From*n:(d.From+1)*n], d.Allowed, c.temperature)
	}
	before := logSumExp(c.belief)
	with := make([]float64, len(c.belief))
	for _, v := range d.Allowed {
		for k, b := range c.belief {
			with[k] = b + c.edgeLogProb(d.From, k, v)
		}
		dst = append(dst, logSumExp(with)-before)
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
	for k := range c.belief {
		c.belief[k] += c.edgeLogProb(d.From, k, value)
	}
}

// draw picks the index of a value by its log-probability, u uniform in [0, 1).
func draw(logProbs []float64, u float64) int {
	for i, lp := range logProbs {
		u -= math.Exp(lp)
		if u < 0 {
			return i
		}
	}
	return len(logProbs) - 1
}
