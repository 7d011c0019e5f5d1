package searchspace

import (
	"cmp"
	"slices"
)

// canonical renumbers a part's nodes so that isomorphic parts become Equal and others do not. The
// first inputs nodes keep their numbers.
//
// Nodes are distinguished by colors, which are refined by the colors of their neighbors until
// nothing changes (Weisfeiler & Leman 1968). If nodes still have the same color, each of them in
// turn gets its own color, and the smallest resulting numbering is used (McKay & Piperno 2014,
// arXiv 1301.1493). Two optimizations keep this fast: groups of nodes whose connections to nodes
// outside the group are determined by their colors are numbered separately, and a node is skipped
// if a known symmetry maps it to one that was tried.
func canonical(g DAG, inputs int) DAG {
	c := canonizer{joined: joinedBy(g)}
	nodes := make([]int, g.n)
	for v := range nodes {
		nodes[v] = v
	}
	number := make([]int, g.n) // from old to new numbers
	for i, v := range c.order(nodes, firstColors(g, inputs)) {
		number[v] = i
	}
	return renumbered(g, number)
}

// renumbered returns the part in which node v has the number number[v].
func renumbered(g DAG, number []int) DAG {
	h := DAG{name: g.name, n: g.n, present: make([]bool, len(g.present)), nodeFields: g.nodeFields, edgeFields: g.edgeFields}
	h.nodeFields.values, h.edgeFields.values = slices.Clone(h.nodeFields.values), slices.Clone(h.edgeFields.values)
	if g.nodeOps != nil {
		h.nodeOps = make([]string, g.n)
	}
	if g.edgeOps != nil {
		h.edgeOps = make([]string, len(g.edgeOps))
	}
	clear(h.edgeFields.values)
	for to := range g.n {
		if g.nodeOps != nil {
			h.nodeOps[number[to]] = g.nodeOps[to]
		}
		copy(h.nodeFields.row(number[to]), g.nodeFields.row(to))
		for from := range to {
			if !g.HasEdge(from, to) {
				continue
			}
			i, old := triangle(number[to])+number[from], triangle(to)+from
			h.present[i] = true
			if g.edgeOps != nil {
				h.edgeOps[i] = g.edgeOps[old]
			}
			copy(h.edgeFields.row(i), g.edgeFields.row(old))
		}
	}
	return h
}

// firstColors returns initial colors: the numbers of the inputs and, above them, colors by the
// depth and label of a node. The canonical order follows them, so it is topological, and nodes of
// one color are not connected.
func firstColors(g DAG, inputs int) []int {
	colors := depths(g, inputs)
	if g.nodeOps == nil && g.nodeFields.names == nil {
		return colors
	}
	type color struct {
		depth int
		label string
	}
	all := make([]color, g.n)
	for v := range all {
		all[v] = color{colors[v], g.Node(v).String()}
	}
	order := func(a, b color) int { return cmp.Or(cmp.Compare(a.depth, b.depth), cmp.Compare(a.label, b.label)) }
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, order)
	for v := inputs; v < g.n; v++ {
		at, _ := slices.BinarySearchFunc(sorted, all[v], order)
		colors[v] = inputs + at
	}
	return colors
}

// depths returns a different number for each input, and for other nodes the length of the longest
// path that ends there.
func depths(g DAG, inputs int) []int {
	depth := make([]int, g.n)
	for v := range depth {
		if v < inputs {
			depth[v] = v
			continue
		}
		depth[v] = inputs
		for u := range v {
			if g.HasEdge(u, v) {
				depth[v] = max(depth[v], depth[u]+1)
			}
		}
	}
	return depth
}

// joinedBy returns how any two nodes are connected: 0 if they are not, and otherwise the number of
// the edge's label among those of the part, negated against the direction of the edge.
func joinedBy(g DAG) [][]int {
	text := func(from, to int) string { return g.edgeOps[triangle(to)+from] }
	switch {
	case g.edgeFields.names != nil:
		text = func(from, to int) string { return g.EdgeLabel(from, to).String() }
	case g.edgeOps == nil:
		text = func(int, int) string { return "" }
	}
	labels := []string{""} // the absent edge; the numbers of labels start at 1
	for to := range g.n {
		for from := range to {
			if g.HasEdge(from, to) {
				labels = append(labels, text(from, to))
			}
		}
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	joined := make([][]int, g.n)
	for v := range joined {
		joined[v] = make([]int, g.n)
	}
	for to := range g.n {
		for from := range to {
			if g.HasEdge(from, to) {
				label, _ := slices.BinarySearch(labels, text(from, to))
				joined[from][to], joined[to][from] = 1+label, -1-label
			}
		}
	}
	return joined
}

// canonizer orders the nodes of one graph.
type canonizer struct {
	joined [][]int
}

// order returns some nodes in canonical order, by color first. Apart from their colors, the nodes
// differ only in how they are connected.
func (c *canonizer) order(nodes, colors []int) []int {
	colors, classes := c.refined(nodes, colors)
	if classes == len(nodes) {
		return byColor(slices.Clone(nodes), colors)
	}
	groups := c.groups(nodes, colors)
	if len(groups) == 1 {
		return c.orderAlike(nodes, colors)
	}
	orders := make([][]int, len(groups))
	for i, group := range groups {
		orders[i] = c.order(group, colors)
	}
	slices.SortStableFunc(orders, func(a, b []int) int { return c.compare(a, b, colors) })
	return byColor(slices.Concat(orders...), colors)
}

// byColor sorts nodes by color, stably, and returns them.
func byColor(nodes, colors []int) []int {
	slices.SortStableFunc(nodes, func(v, w int) int { return colors[v] - colors[w] })
	return nodes
}

// orderAlike orders a group that cannot be divided and in which some nodes have the same color.
func (c *canonizer) orderAlike(nodes, colors []int) []int {
	var least []int
	symmetry := make([]int, len(c.joined)) // equal for nodes that a symmetry maps to each other
	for v := range symmetry {
		symmetry[v] = v
	}
	var tried []int
	for _, v := range smallestClass(nodes, colors) {
		if slices.ContainsFunc(tried, func(w int) bool { return symmetry[v] == symmetry[w] }) {
			continue
		}
		tried = append(tried, v)
		// The other nodes of v's color come after it. Colors are positions, so the next color is
		// free.
		apart := slices.Clone(colors)
		for _, w := range nodes {
			if w != v && colors[w] == colors[v] {
				apart[w]++
			}
		}
		found := c.order(nodes, apart)
		switch order := c.compare(found, least, colors); {
		case least == nil || order < 0:
			least = found
		case order == 0:
			for i := range found {
				merge(symmetry, found[i], least[i])
			}
		}
	}
	return least
}

// merge merges the classes of two nodes.
func merge(symmetry []int, v, w int) {
	from, to := symmetry[v], symmetry[w]
	for i, s := range symmetry {
		if s == from {
			symmetry[i] = to
		}
	}
}

// smallestClass returns the nodes of the least frequent color that at least two nodes have, the
// first such color if there are several.
func smallestClass(nodes, colors []int) []int {
	classes := map[int][]int{}
	for _, v := range nodes {
		classes[colors[v]] = append(classes[colors[v]], v)
	}
	var best []int
	for _, class := range classes {
		if len(class) < 2 {
			continue
		}
		if best == nil || cmp.Or(len(class)-len(best), colors[class[0]]-colors[best[0]]) < 0 {
			best = class
		}
	}
	return best
}

// compare compares two orders by length, then by the colors of their nodes, and then by how the
// nodes are connected.
func (c *canonizer) compare(a, b, colors []int) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	for i := range a {
		if d := colors[a[i]] - colors[b[i]]; d != 0 {
			return d
		}
	}
	for i := range a {
		for j := range i {
			if d := c.joined[a[i]][a[j]] - c.joined[b[i]][b[j]]; d != 0 {
				return d
			}
		}
	}
	return 0
}

// refined returns colors that also distinguish nodes by the colors of their neighbors and how they are
// connected to them, and the number of colors. The new color of a node is the position of the first node of its
// class.
func (c *canonizer) refined(nodes, old []int) (colors []int, classes int) {
	colors = slices.Clone(old)
	sorted := slices.Clone(nodes)
	seen := make([][]int, len(c.joined))
	for {
		for _, v := range nodes {
			seen[v] = c.appendSeen(seen[v][:0], v, nodes, colors)
		}
		slices.SortFunc(sorted, func(v, w int) int { return slices.Compare(seen[v], seen[w]) })
		found := 0
		for i, v := range sorted {
			if i == 0 || slices.Compare(seen[v], seen[sorted[i-1]]) != 0 {
				colors[v] = i
				found++
			} else {
				colors[v] = colors[sorted[i-1]]
			}
		}
		if found == classes {
			return colors, classes
		}
		classes = found
	}
}

// appendSeen appends a node's own color and then, sorted, the colors of its neighbors and how they
// are connected.
func (c *canonizer) appendSeen(seen []int, v int, nodes, colors []int) []int {
	seen = append(seen, colors[v])
	span := 2*len(c.joined)*len(c.joined) + 1 // greater than the number of ways to be connected
	for _, w := range nodes {
		if how := c.joined[v][w]; how != 0 {
			seen = append(seen, colors[w]*span+how)
		}
	}
	slices.Sort(seen[1:])
	return seen
}

// groups divides nodes into groups such that nodes of different groups are connected in the usual
// way for their colors.
func (c *canonizer) groups(nodes, colors []int) [][]int {
	usual := c.usual(nodes, colors)
	in := map[int]bool{}
	var groups [][]int
	for _, first := range nodes {
		if in[first] {
			continue
		}
		in[first] = true
		group := []int{first}
		for i := 0; i < len(group); i++ {
			v := group[i]
			for _, w := range nodes {
				if !in[w] && c.joined[v][w] != usual[[2]int{colors[v], colors[w]}] {
					in[w] = true
					group = append(group, w)
				}
			}
		}
		groups = append(groups, group)
	}
	return groups
}

// usual returns the most frequent way in which nodes of two colors are connected or not. Ties are
// broken by a choice that depends only on the colors.
func (c *canonizer) usual(nodes, colors []int) map[[2]int]int {
	counts := map[[3]int]int{}
	for _, v := range nodes {
		for _, w := range nodes {
			counts[[3]int{colors[v], colors[w], c.joined[v][w]}]++
		}
	}
	usual := map[[2]int]int{}
	most := map[[2]int]int{}
	for at, count := range counts {
		pair, how := [2]int{at[0], at[1]}, at[2]
		if count > most[pair] || count == most[pair] && abs(how) < abs(usual[pair]) {
			most[pair], usual[pair] = count, how
		}
	}
	return usual
}

func abs(x int) int { return max(x, -x) }
