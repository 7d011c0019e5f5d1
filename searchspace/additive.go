package searchspace

import (
	"fmt"
	"math"
	"slices"
)

// Cost is an additive property of an architecture, such as its number of parameters or its latency from a
// lookup table: the sum of the costs of its nodes and edges.
type Cost struct {
	// Node returns the cost of a node with a label. If nil, nodes cost nothing. It is also called for
	// the node that ends a [Chain], whose operation is [End]. Label.Int and Label.Float return 0 for a
	// field that the label does not have.
	Node func(part string, node int, l Label) float64
	// Edge returns the cost of an edge that is present. If nil, edges cost nothing.
	Edge func(part string, from, to int, l Label) float64
}

// Of returns the cost of an architecture.
func (c Cost) Of(a Arch) float64 {
	sum := 0.0
	for _, g := range a.parts {
		if c.Node != nil {
			for v := range g.n {
				sum += c.Node(g.name, v, g.Node(v))
			}
		}
		if c.Edge != nil {
			for _, e := range g.Edges() {
				sum += c.Edge(g.name, e.From, e.To, g.EdgeLabel(e.From, e.To))
			}
		}
	}
	return sum
}

// AtMost returns a rule that limits an additive cost. It allows a value if the cost so far, plus
// the value's, plus the cheapest completion, is within the limit. The completion considers all
// operations and field values of the part, and omits edges unless they have a negative cost. If
// other rules forbid the cheapest completion, there may be dead ends. The text describes the rule
// in error messages: "at most 1e6 parameters". Among the Rules of a [Part], it limits the cost of
// that part; as a rule of the space, it limits the cost of all parts together.
//
// [New] calls the functions of the cost once with each node or edge and each label that it can have. It
// returns an error if a cost is not finite, or if a node or edge has more than 100,000 combinations
// of operation and fields.
func AtMost(text string, limit float64, c Cost) Rule {
	return additive{text: text, sign: 1, limit: limit, cost: c}
}

// AtLeast returns a rule that requires an additive cost of at least limit. It works like AtMost,
// but considers the most expensive completion.
func AtLeast(text string, limit float64, c Cost) Rule {
	negated := Cost{}
	if c.Node != nil {
		negated.Node = func(part string, node int, l Label) float64 { return -c.Node(part, node, l) }
	}
	if c.Edge != nil {
		negated.Edge = func(part string, from, to int, l Label) float64 { return -c.Edge(part, from, to, l) }
	}
	return additive{text: text, sign: -1, limit: -limit, cost: negated}
}

// additive is a rule that limits a cost from above.
type additive struct {
	text  string
	sign  float64 // −1 if limit and cost are negated
	limit float64
	cost  Cost
	parts []partCosts // set by Bind
}

func (r additive) String() string { return r.text }

func (r additive) narrows() kindSet {
	if r.cost.Edge == nil {
		return nodeKinds
	}
	return allKinds
}

// partCosts holds the costs in one part.
type partCosts struct {
	nodes []labelCosts // for each node; nil if nodes cost nothing
	edges []labelCosts // for each pair of the lower triangle; nil if edges cost nothing
	rest  []float64    // for each node, the cost of the cheapest completion of the part from there on
}

// Bind computes the costs of all labels in the part, or in all parts if part is −1.
func (r additive) Bind(parts []Part, part int) (Rule, error) {
	if math.IsNaN(r.limit) {
		return nil, fmt.Errorf("the limit must be a number, got %v", r.limit)
	}
	r.parts = make([]partCosts, len(parts))
	cheapest := 0.0
	for i, p := range parts {
		if part < 0 || part == i {
			var err error
			if r.parts[i], err = r.cost.in(p); err != nil {
				return nil, err
			}
		}
		r.parts[i].complete(p)
		cheapest += r.parts[i].rest[0]
	}
	if r.exceeded(cheapest) {
		beyond, bound := "more than", "at least"
		if r.sign < 0 {
			beyond, bound = "less than", "at most"
		}
		return nil, fmt.Errorf("%w: every architecture has %s %v: %s %v", ErrDeadEnd, beyond, r.sign*r.limit, bound, r.sign*cheapest)
	}
	return r, nil
}

// in returns the costs of all labels in a part.
func (c Cost) in(p Part) (partCosts, error) {
	var costs partCosts
	if c.Node != nil {
		alphabet, err := newAlphabet(p.NodeOps, p.NodeFields, 0)
		if err != nil {
			return partCosts{}, fmt.Errorf("nodes of part %q: %w", p.Name, err)
		}
		for v := range p.MaxNodes {
			one, err := alphabet.costs(func(l Label) float64 { return c.Node(p.Name, v, l) })
			if err != nil {
				return partCosts{}, fmt.Errorf("node %d of part %q: %w", v, p.Name, err)
			}
			costs.nodes = append(costs.nodes, one)
		}
	}
	if c.Edge != nil {
		alphabet, err := newAlphabet(p.EdgeOps, p.EdgeFields, 1)
		if err != nil {
			return partCosts{}, fmt.Errorf("edges of part %q: %w", p.Name, err)
		}
		for to := range p.MaxNodes {
			for from := range to {
				one, err := alphabet.costs(func(l Label) float64 { return c.Edge(p.Name, from, to, l) })
				if err != nil {
					return partCosts{}, fmt.Errorf("edge %d→%d of part %q: %w", from, to, p.Name, err)
				}
				costs.edges = append(costs.edges, one)
			}
		}
	}
	return costs, nil
}

// exceeded reports whether a cost is beyond the limit by more than a rounding error.
func (r additive) exceeded(cost float64) bool { return !(cost <= r.limit+1e-9*math.Abs(r.limit)) }

// complete computes rest.
func (c *partCosts) complete(p Part) {
	c.rest = make([]float64, p.MaxNodes+1)
	last := -1
	if p.Last != "" {
		last = slices.Index(p.NodeOps, p.Last)
	}
	for v := p.MaxNodes - 1; v >= 0; v-- {
		edges := c.cheapestEdges(v, 0)
		if last < 0 {
			c.rest[v] = edges + c.cheapestNode(v) + c.rest[v+1]
			continue
		}
		end, goOn := math.Inf(1), math.Inf(1)
		if v >= p.MinNodes-1 {
			end = c.nodeWith(v, last)
		}
		for op := range p.NodeOps {
			if op != last && v < p.MaxNodes-1 {
				goOn = min(goOn, c.nodeWith(v, op)+c.rest[v+1])
			}
		}
		c.rest[v] = edges + min(end, goOn)
	}
}

func (c *partCosts) cheapestNode(v int) float64 {
	if c.nodes == nil {
		return 0
	}
	return c.nodes[v].cheapest(0)
}

func (c *partCosts) nodeWith(v, op int) float64 {
	if c.nodes == nil {
		return 0
	}
	return c.nodes[v].with(int16(op), nil)
}

// edgeAsDecided returns the cost of an existing edge whose label is decided.
func (c *partCosts) edgeAsDecided(p *draftPart, from, to int) float64 {
	i := triangle(to) + from
	return c.edges[i].with(p.edges[i], p.fieldsOfEdge(from, to))
}

// cheapestEdges returns the cost of the cheapest choice of edges into a node from the given node
// and later ones.
func (c *partCosts) cheapestEdges(to, from int) float64 {
	sum := 0.0
	if c.edges != nil {
		for ; from < to; from++ {
			sum += min(0, c.edges[triangle(to)+from].cheapest(0))
		}
	}
	return sum
}

// Allow removes the values whose cheapest completion is beyond the limit.
func (r additive) Allow(sofar *Draft, d Decision) []int {
	costs, part := &r.parts[d.Part], &sofar.parts[d.Part]
	// The cost of what is decided, and of what is left after this decision.
	sum := r.before(sofar, d)
	for i := d.Part + 1; i < len(r.parts); i++ {
		sum += r.parts[i].rest[0]
	}
	var of func(value int) float64
	if d.Kind == NodeOp || d.Kind == NodeField {
		sum += costs.cheapestEdges(d.Node, 0)
		of = r.nodeCost(sofar, d)
	} else {
		if costs.edges == nil {
			return d.Allowed
		}
		if costs.nodes != nil {
			sum += costs.nodes[d.Node].with(part.ops[d.Node], part.fieldsOfNode(d.Node))
		}
		sum += r.restAfter(sofar, d, 0)
		of = r.edgeCost(sofar, d)
	}
	beyond := func(v int) bool { return r.exceeded(sum + of(v)) }
	if !slices.ContainsFunc(d.Allowed, beyond) {
		return d.Allowed
	}
	return slices.DeleteFunc(slices.Clone(d.Allowed), beyond)
}

// before returns the cost of the nodes before the decision's and of the edges into them.
func (r additive) before(sofar *Draft, d Decision) float64 {
	sum := 0.0
	for i := range d.Part + 1 {
		costs, part := &r.parts[i], &sofar.parts[i]
		nodes := part.nodes
		if i == d.Part {
			nodes = d.Node
		}
		for v := range nodes {
			if costs.nodes != nil {
				sum += costs.nodes[v].with(part.ops[v], part.fieldsOfNode(v))
			}
			if costs.edges != nil {
				for from := range v {
					if part.edges[triangle(v)+from] != 0 {
						sum += costs.edgeAsDecided(part, from, v)
					}
				}
			}
		}
	}
	return sum
}

// restAfter returns the cost of the cheapest completion of the part after the decision's node. If
// the decision is about the node's operation, value is the operation.
func (r additive) restAfter(sofar *Draft, d Decision, value int) float64 {
	p, op := sofar.of[d.Part], int(sofar.parts[d.Part].ops[d.Node])
	if d.Kind == NodeOp {
		op = value
	}
	if p.Last != "" && p.NodeOps[op] == p.Last {
		return 0
	}
	return r.parts[d.Part].rest[d.Node+1]
}

// nodeCost returns a function that computes the cost of the node, plus the cheapest completion of
// the part after it, for a value of the decision.
func (r additive) nodeCost(sofar *Draft, d Decision) func(value int) float64 {
	costs := r.parts[d.Part].nodes
	if costs == nil {
		return func(v int) float64 { return r.restAfter(sofar, d, v) }
	}
	node, decided := &costs[d.Node], int32(0)
	if d.Kind == NodeField {
		part := &sofar.parts[d.Part]
		decided = node.of.beginning(part.ops[d.Node], part.fieldsOfNode(d.Node)[:d.Field])
	}
	return func(v int) float64 {
		return r.restAfter(sofar, d, v) + node.cheapest(node.of.then(decided, int16(v)))
	}
}

// edgeCost returns a function that computes the cost of the node's edges for a value of the
// decision.
func (r additive) edgeCost(sofar *Draft, d Decision) func(value int) float64 {
	all, part := &r.parts[d.Part], &sofar.parts[d.Part]
	costs := all.edges[triangle(d.Node):]
	others := 0.0
	for from := range d.Node {
		present := part.edges[triangle(d.Node)+from] != 0
		switch {
		case from == d.From:
		case d.Kind == EdgePresence && from > d.From:
			others += min(0, costs[from].cheapest(0))
		case present && (d.Kind == EdgePresence || from > d.From): // the label is not decided yet
			others += costs[from].cheapest(0)
		case present:
			others += all.edgeAsDecided(part, from, d.Node)
		}
	}
	edge, decided := &costs[d.From], int32(0)
	if d.Kind == EdgePresence {
		return func(v int) float64 {
			if v == 0 {
				return others
			}
			return others + edge.cheapest(0)
		}
	}
	if d.Kind == EdgeField {
		op := part.edges[triangle(d.Node)+d.From]
		decided = edge.of.beginning(op, part.fieldsOfEdge(d.From, d.Node)[:d.Field])
	}
	return func(v int) float64 { return others + edge.cheapest(edge.of.then(decided, int16(v))) }
}
