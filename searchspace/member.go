package searchspace

import "slices"

// compiledPart holds data about a part that a Sequential computes once.
type compiledPart struct {
	node, edge []compiledField
	wired      bool // whether every node reads exactly the previous one, by the rules of the part
}

// contains reports whether an architecture is a member. It is equivalent to follow, but does not
// give a reason and is much faster: it compares the architecture with the parts directly, and
// follows decisions only if there are rules.
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

// unruled reports whether there are no rules except those of chains, which decide all their edges.
func (s *Sequential) unruled() bool {
	return !slices.ContainsFunc(s.rules, func(r scopedRule) bool {
		return r.part < 0 || !s.compiled[r.part].wired || r.kinds != edgesOnly
	})
}

// allows follows the decisions of an architecture that fits the parts, and reports whether the
// rules allow them.
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

// fits reports whether a part of an architecture has the name, nodes, operations and fields that
// the space describes and, in a chain, the edges.
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

// wired reports whether every node except the first reads exactly the previous one.
func wired(g *DAG) bool {
	for to := range g.n {
		row := g.present[triangle(to):triangle(to+1)]
		if at := slices.Index(row, true); at != to-1 {
			return false
		}
	}
	return true
}

// rowCheck compares the labels of a part's nodes or edges with their description.
type rowCheck struct {
	fields   []Field
	compiled []compiledField
	ops      []string
	table    *fieldTable
	columns  []int   // column of each field in the table; −1 if it has none
	values   []int16 // values in the current row
}

// newRowCheck returns false if the table has a field that is not described.
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

// nodes reports whether the nodes have operations that are possible in their places and the fields
// that exist with these.
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

// edges reports whether the edges have possible operations and the fields that exist with these.
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

// row reports whether a row has exactly the fields that exist with the operation, with possible
// values.
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
