package layered

import "math"

// layout places the layers along the main axis and routes the edges through them.
func (d *diagram) layout() Layout {
	begin, end := d.columns()
	l := Layout{
		Size:   Size{Main: end[len(end)-1]},
		Nodes:  make([]Point, len(d.graph.Nodes)),
		Labels: make([]Point, len(d.graph.Edges)),
		Routes: make([]Route, len(d.graph.Edges)),
	}
	center := func(v int) Point {
		rank := d.vertices[v].rank
		return Point{(begin[rank] + end[rank]) / 2, d.vertices[v].cross}
	}
	for _, v := range d.vertices {
		l.Size.Cross = max(l.Size.Cross, v.cross+v.size.Cross/2)
	}
	for v := range l.Nodes {
		l.Nodes[v] = center(v)
	}
	for i, chain := range d.chains {
		if d.labels[i] >= 0 {
			l.Labels[i] = center(d.labels[i])
		}
		l.Routes[i] = d.route(chain, begin, end)
	}
	return l
}

// columns returns the start and end of each layer along the main axis. The gaps are wider where
// segments are steep.
func (d *diagram) columns() (begin, end []float64) {
	begin, end = make([]float64, len(d.layers)), make([]float64, len(d.layers))
	at := 0.0
	for rank, layer := range d.layers {
		size, steepest := 0.0, 0.0
		for _, v := range layer {
			size = max(size, d.vertices[v].size.Main)
			for _, s := range d.vertices[v].down {
				steepest = max(steepest, math.Abs(d.vertices[v].cross-d.vertices[d.segments[s].v].cross))
			}
		}
		begin[rank], end[rank] = at, at+size
		at = end[rank] + layerGap + min(0.16*steepest, 80)
	}
	return begin, end
}

// route routes an edge through its vertices: straight within a layer and curved between two.
func (d *diagram) route(chain []int, begin, end []float64) Route {
	first := d.vertices[chain[0]]
	middle := (begin[first.rank] + end[first.rank]) / 2
	r := Route{Start: Point{middle + first.size.Main/2, first.cross}}
	for i, id := range chain[1:] {
		before, v := d.vertices[chain[i]], d.vertices[id]
		if before.cross == v.cross {
			continue // part of one straight line
		}
		from, to := end[before.rank], begin[v.rank]
		if p := r.end(); p.Main < from {
			r.line(Point{from, p.Cross})
		}
		half := (to - from) / 2
		r.curve(Point{from + half, before.cross}, Point{to - half, v.cross}, Point{to, v.cross})
	}
	last := d.vertices[chain[len(chain)-1]]
	border := (begin[last.rank]+end[last.rank])/2 - last.size.Main/2
	if p := r.end(); p.Main < border || len(r.Steps) == 0 {
		r.line(Point{border, last.cross})
	}
	return r
}
