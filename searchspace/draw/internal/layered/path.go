package layered

// corner is the corner radius of an edge that leads to the next row.
const corner = 8.0

// isPath reports whether each node except the first reads exactly the previous one.
func isPath(g Graph) bool {
	if len(g.Edges) != len(g.Nodes)-1 {
		return false
	}
	for i, e := range g.Edges {
		if e.From != i || e.To != i+1 || (e.Label != Size{}) {
			return false
		}
	}
	return true
}

// rows lays out a path in rows of about the given length, like text.
func rows(g Graph, wrap float64) Layout {
	l := Layout{Nodes: make([]Point, len(g.Nodes)), Labels: make([]Point, len(g.Edges)), Routes: make([]Route, len(g.Edges))}
	column, height := 0.0, 0.0
	for _, size := range g.Nodes {
		column, height = max(column, size.Main), max(height, size.Cross)
	}
	columns := len(g.Nodes)
	if total := float64(columns)*(column+layerGap) - layerGap; total > wrap {
		columns = max(1, int((wrap+layerGap)/(column+layerGap)))
	}
	columns = balanced(len(g.Nodes), columns)
	inset := 0.0 // space for the edges that lead to the next row
	if columns < len(g.Nodes) {
		inset = layerGap / 2
	}
	for i := range g.Nodes {
		l.Nodes[i] = Point{
			inset + float64(i%columns)*(column+layerGap) + column/2,
			float64(i/columns)*(height+layerGap) + height/2,
		}
		l.Size.Main = max(l.Size.Main, l.Nodes[i].Main+column/2+inset)
		l.Size.Cross = l.Nodes[i].Cross + height/2
	}
	for i := range g.Edges {
		from, to := l.Nodes[i], l.Nodes[i+1]
		l.Routes[i].Start = Point{from.Main + g.Nodes[i].Main/2, from.Cross}
		end := Point{to.Main - g.Nodes[i+1].Main/2, to.Cross}
		if (i+1)%columns == 0 {
			l.Routes[i].turn(l.Size.Main, from.Cross+(height+layerGap)/2, end)
		}
		l.Routes[i].line(end)
	}
	return l
}

// balanced returns the smallest number of columns that needs no more rows than the given number, so
// that the last row is full.
func balanced(nodes, columns int) int {
	lines := (nodes + columns - 1) / columns
	return (nodes + lines - 1) / lines
}

// turn leads from the end of a row to the beginning of the next one: to the margin, down, back
// between the two rows, and down again, with round corners. It stops before the final straight
// line.
func (r *Route) turn(margin, between float64, end Point) {
	y := r.Start.Cross
	r.line(Point{margin - corner, y})
	r.round(Point{margin, y}, Point{margin, y + corner})
	r.line(Point{margin, between - corner})
	r.round(Point{margin, between}, Point{margin - corner, between})
	r.line(Point{corner, between})
	r.round(Point{0, between}, Point{0, between + corner})
	r.line(Point{0, end.Cross - corner})
	r.round(Point{0, end.Cross}, Point{corner, end.Cross})
}

// round adds a round corner.
func (r *Route) round(corner, to Point) { r.curve(corner, corner, to) }
