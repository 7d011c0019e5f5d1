package draw

import (
	"image/color"

	"github.com/graphpnas/graphpnas/searchspace"
)

const (
	nameLine   = 16.0 // height of a line
	fieldLine  = 14.0
	tagPadding = 10.0 // on both sides of the text
	nodeSpace  = 12.0 // above and below the text of a node, in total
	labelSpace = 6.0  // the same for an edge's label
)

// tag is a box with text: a node, or the label of an edge.
type tag struct {
	name          string // may be empty
	fields        []string
	width, height float64
	space         float64
	radius        float64
	fill          color.RGBA
	dashed        bool
}

// nodeTag returns the box of a node.
func (p *panel) nodeTag(node int) tag {
	l := p.part.Node(node)
	t := tag{name: shown(p.scene.options.node(p.part, node)), fields: fieldLines(l), space: nodeSpace, radius: 6}
	if p.part.Len() == 1 && l.Op == "" && len(t.fields) > 0 {
		t.name = "" // a single node does not need a number
	}
	t.fill, t.dashed = p.nodeFill(node)
	t.measure()
	if l.Op == "" && len(t.fields) == 0 {
		t.width, t.radius = max(t.width, t.height), t.height/2
	}
	return t
}

// nodeFill returns the color of a node: by its operation, or, in a graph without operations, by
// whether it is a first or last node.
func (p *panel) nodeFill(node int) (color.RGBA, bool) {
	if op := p.part.NodeOp(node); op != "" && !neutral[op] {
		k := p.scene.kinds.of(op)
		return palette[k.color], k.second
	}
	if p.plain() {
		if k, ok := p.role(node); ok {
			return palette[k.color], k.second
		}
	}
	return p.scene.theme.neutral, false
}

// plain reports whether the part is a graph of more than two nodes without any operations or
// fields.
func (p *panel) plain() bool {
	if len(p.edges) == 0 || p.edges[0].Op != "" {
		return false
	}
	for i := range p.part.Len() {
		if p.part.Node(i).String() != "" {
			return false
		}
	}
	return p.part.Len() > 2
}

// role returns the kind of a node that has no inputs or no outputs, but not of one that has
// neither.
func (p *panel) role(node int) (kind, bool) {
	in, out := 0, 0
	for _, e := range p.edges {
		switch node {
		case e.To:
			in++
		case e.From:
			out++
		}
	}
	switch {
	case in == 0 && out > 0:
		return p.scene.kinds.ofRole("no inputs"), true
	case out == 0 && in > 0:
		return p.scene.kinds.ofRole("no outputs"), true
	}
	return kind{}, false
}

// edgeTag returns the label of an edge. It has no height if the edge has no operation and no
// fields.
func (p *panel) edgeTag(e searchspace.Edge) tag {
	t := tag{
		name:   shown(p.scene.options.op(e.Op)),
		fields: fieldLines(p.part.EdgeLabel(e.From, e.To)),
		space:  labelSpace,
		fill:   p.scene.theme.neutral,
	}
	if t.name == "" && len(t.fields) == 0 {
		return tag{}
	}
	if e.Op != "" {
		k := p.scene.kinds.of(e.Op)
		t.fill, t.dashed = palette[k.color], k.second
	}
	t.measure()
	t.radius = min(t.height/2, 11)
	return t
}

// fieldLines returns the fields as shown in a drawing.
func fieldLines(l searchspace.Label) []string {
	var lines []string
	for name, value := range l.Fields() {
		lines = append(lines, shown(name)+" = "+shown(value))
	}
	return lines
}

// measure computes the tag's size.
func (t *tag) measure() {
	t.height = t.space + fieldLine*float64(len(t.fields))
	if t.name != "" {
		t.height += nameLine
		t.width = nameStyle.width(t.name)
	}
	for _, line := range t.fields {
		t.width = max(t.width, fieldStyle.width(line))
	}
	t.width += 2 * tagPadding
}

// draw draws the tag around a point.
func (t tag) draw(out *picture, at point, theme theme) {
	ink := inkOn(t.fill)
	out.add(box{
		x: at.x - t.width/2, y: at.y - t.height/2, width: t.width, height: t.height, radius: t.radius,
		fill: t.fill, stroke: theme.border(t.fill), dashed: t.dashed,
	})
	y := at.y - t.height/2 + t.space/2
	if t.name != "" {
		out.add(label{at: point{at.x, y + 12}, text: t.name, centered: true, font: nameStyle, fill: ink})
		y += nameLine
	}
	for _, line := range t.fields {
		out.add(label{at: point{at.x, y + 10.5}, text: line, centered: true, font: fieldStyle, fill: ink})
		y += fieldLine
	}
}
