package searchspace

import "slices"

// Draft is an unfinished architecture, as a Rule sees it. Operations are given by their index in the Part. The edges of the
// current node are part of it as soon as they are decided.
type Draft struct {
	parts []draftPart
}

type draftPart struct {
	nodes int
	ops   []int16 // of each node, −1 if it has none
	edges []int16 // lower triangle, row by row: 0 for no edge, −1 for one whose operation is undecided or that has none
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

// Nodes returns the number of nodes of the part so far, including the current one.
func (d *Draft) Nodes(part int) int { return d.parts[part].nodes }

// NodeOp returns the operation of one of these nodes, or −1 if it is undecided or nodes carry none.
func (d *Draft) NodeOp(part, node int) int { return int(d.parts[part].ops[node]) }

// HasEdge reports whether the edge from→to, from < to, is decided to be there.
func (d *Draft) HasEdge(part, from, to int) bool { return d.parts[part].edges[triangle(to)+from] != 0 }

// EdgeOp returns the operation on the edge from→to, 0 if there is no edge, or −1 if it is undecided or edges carry none.
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

// arch returns the architecture of a complete draft.
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
