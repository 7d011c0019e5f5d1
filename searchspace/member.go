package searchspace

import "slices"

// compiledPart is what a Sequential looks up about a part when it is made.
type compiledPart struct {
	node, edge []compiledField
	wired      bool // nodes read the one before them and no other, whatever else is decided
}

// contains reports whether an architecture is a member. It decides the same as follow, but gives no reason and is much faster:
// it compares the architecture with the parts directly, and takes decisions only if rules have to be asked.
func (s *Sequential) contains(a Arch) bool {
	if len(a.parts) != len(s.parts) {
		return false
	}
	for i := range a.parts {
		if !fits(&s.parts[i], &s.compiled[i], &a.parts[i]) {
			return false
		}
	}
	return s.unruled() || s.allows(a)
}

// unruled reports whether there are no rules but those of chains, which decide all edges alone.
func (s *Sequential) unruled() bool {
	return !slices.ContainsFunc(s.rules, func(r scopedRule) bool {
		return r.part < 0 || !s.compiled[r.part].wired || r.kinds != edgesOnly
	})
}

// allows takes the decisions of an architecture that fits the parts, and reports whether the rules allow them.
func (s *Sequential) allows(a Arch) bool {
	b := newSequence(s)
	for {
		b.Skip()
		if !b.prepare() {
			return true
		}
		value := valueIn(a, s.parts, &b.next)
		if !slices.Contains(b.next.Allowed, value) {
			return false
		}
		b.take(value)
	}
}

// fits reports whether a part of an architecture has the name, nodes, operations and fields that a space describes and, in a
// chain, its edges.
func fits(p *Part, c *compiledPart, g *DAG) bool {
	if g.name != p.Name || g.n > p.MaxNodes || g.n < p.MinNodes || p.Last == "" && g.n != p.MaxNodes ||
		(g.nodeOps == nil) != (p.NodeOps == nil) || p.EdgeOps == nil && g.edgeOps != nil {
		return false
	}
	if c.wired && !wired(g) {
		return false
	}
	nodes, ok := newRowCheck(p.NodeFields, c.node, p.NodeOps, &g.nodeFields)
	if !ok || !nodes.nodes(p, g) {
		return false
	}
	edges, ok := newRowCheck(p.EdgeFields, c.edge, p.EdgeOps, &g.edgeFields)
	return ok && edges.edges(p, g)
}

// wired reports whether every node but the first reads the one before it and no other.
func wired(g *DAG) bool {
	for to := range g.n {
		row := g.present[triangle(to):triangle(to+1)]
		if at := slices.Index(row, true); at != to-1 {
			return false
		}
	}
	return true
}

// rowCheck compares the labels of a part's nodes or edges with their descriptions.
type rowCheck struct {
	fields   []Field
	compiled []compiledField
	ops      []string
	table    *fieldTable
	columns  []int   // of the table, for each field; −1 if it has none
	values   []int16 // of the row that is compared
}

// newRowCheck is not ok if the table has a field that is not described.
func newRowCheck(fields []Field, compiled []compiledField, ops []string, t *fieldTable) (c rowCheck, ok bool) {
	c = rowCheck{fields: fields, compiled: compiled, ops: ops, table: t}
	known := 0
	if len(fields) > 0 {
		c.columns, c.values = make([]int, len(fields)), make([]int16, len(fields))
		for i := range fields {
			c.columns[i] = slices.Index(t.names, fields[i].Name)
			if c.columns[i] >= 0 {
				known++
			}
		}
	}
	return c, known == len(t.names)
}

// nodes reports whether the nodes have operations that they may have in their places, and fields that exist beside them.
func (c *rowCheck) nodes(p *Part, g *DAG) bool {
	for v := range g.n {
		op := -1
		if g.nodeOps != nil {
			if op = slices.Index(c.ops, g.nodeOps[v]); op < 0 {
				return false
			}
			if p.Last != "" && (g.nodeOps[v] == p.Last) != (v == g.n-1) {
				return false
			}
		}
		if !c.row(op, v) {
			return false
		}
	}
	return true
}

// edges reports whether the edges have operations that there are, and fields that exist beside them.
func (c *rowCheck) edges(p *Part, g *DAG) bool {
	if p.EdgeOps == nil && len(c.fields) == 0 {
		return true
	}
	for i, present := range g.present {
		if !present {
			continue
		}
		op := -1
		if p.EdgeOps != nil {
			if g.edgeOps == nil {
				return false
			}
			if op = slices.Index(c.ops, g.edgeOps[i]); op < 1 {
				return false
			}
		}
		if !c.row(op, i) {
			return false
		}
	}
	return true
}

// row reports whether the values of a row exist beside the operation and are those of the fields.
func (c *rowCheck) row(op, row int) bool {
	for i := range c.fields {
		value := ""
		if c.columns[i] >= 0 {
			value = c.table.row(row)[c.columns[i]]
		}
		c.values[i] = -1
		if value != "" {
			if c.values[i] = int16(slices.Index(c.fields[i].Values, value)); c.values[i] < 0 {
				return false
			}
		}
		if c.compiled[i].exists(op, c.values) != (value != "") {
			return false
		}
	}
	return true
}
