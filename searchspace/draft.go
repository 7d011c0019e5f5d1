package searchspace

import "slices"

// Draft is an architecture in the making, as a Rule sees it: operations by their index in the Part, −1 where a
// node carries or has none yet; edges of the node under decision are there as soon as they are decided.
type Draft struct {
	parts []draftPart
}

type draftPart struct {
	nodes int
	ops   []int16 // of each node, −1: none
	edges []int16 // lower triangle, row by row: 0 none, −1 there with its operation undecided or without one
}

const edgeWithoutOp = -1

func newDraft(parts []Part) Draft {
	d := Draft{parts: make([]draftPart, len(parts))}
	for i, p := range parts {
		d.parts[i].ops = make([]int16, p.MaxNodes)
		d.parts[i].edges = make([]int16, triangle(p.MaxNodes))
	}
	return d
}

// Nodes returns how many nodes of the part have been begun.
func (d *Draft) Nodes(part int) int { return d.parts[part].nodes }

// NodeOp returns the operation of a node that has been begun, −1 if it has none.
func (d *Draft) NodeOp(part, node int) int { return int(d.parts[part].ops[node]) }

// HasEdge tells whether from feeds to, from < to, as far as decided.
func (d *Draft) HasEdge(part, from, to int) bool { return d.parts[part].edges[triangle(to)+from] != 0 }

// EdgeOp returns the operation on the edge from→to, 0 if there is no edge, −1 if it is undecided or edges carry none.
func (d *Draft) EdgeOp(part, from, to int) int { return int(d.parts[part].edges[triangle(to)+from]) }

func (d *Draft) begin(part, node int) {
	d.parts[part].nodes = node + 1
	d.parts[part].ops[node] = -1
}

func (d *Draft) set(dec Decision, value int) {
	p := &d.parts[dec.Part]
	switch dec.Kind {
	case NodeOp:
		p.ops[dec.Node] = int16(value)
	case EdgePresence:
		p.edges[triangle(dec.Node)+dec.From] = int16(value) * edgeWithoutOp
	case EdgeOp:
		p.edges[triangle(dec.Node)+dec.From] = int16(value)
	}
}

func (d *Draft) clone() Draft {
	c := Draft{parts: slices.Clone(d.parts)}
	for i, p := range c.parts {
		c.parts[i].ops = slices.Clone(p.ops)
		c.parts[i].edges = slices.Clone(p.edges)
	}
	return c
}

// arch turns the finished draft into an architecture.
func (d *Draft) arch(parts []Part) Arch {
	dags := make([]DAG, len(parts))
	for i, p := range d.parts {
		g := DAG{name: parts[i].Name, n: p.nodes, present: make([]bool, triangle(p.nodes))}
		if parts[i].NodeOps != nil {
			g.nodeOps = make([]string, p.nodes)
			for v := range g.nodeOps {
				g.nodeOps[v] = parts[i].NodeOps[p.ops[v]]
			}
		}
		for e := range g.present {
			label := p.edges[e]
			g.present[e] = label != 0
			if label > 0 {
				if g.edgeOps == nil {
					g.edgeOps = make([]string, len(g.present))
				}
				g.edgeOps[e] = parts[i].EdgeOps[label]
			}
		}
		dags[i] = g
	}
	return Arch{parts: dags}
}
