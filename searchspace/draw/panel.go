package draw

import (
	"fmt"
	"image/color"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw/internal/layered"
)

const (
	// mostLabels is the largest number of edges of a part that are labeled. If there are more, they
	// are colored.
	mostLabels = 100
	// mostGaps is the largest number of edges of a part that interrupt the edges they cross.
	mostGaps = 600
	// rowLength and columnLength are the lengths of a row of a chain, horizontally and vertically.
	rowLength, columnLength = 1100.0, 700.0

	lineWidth = 1.4
	gapWidth  = 4.4
	headSize  = 7.0
)

// panel is the drawing of a part.
type panel struct {
	scene         *scene
	part          searchspace.DAG
	x, y          float64 // upper left corner
	width, height float64
	edges         []searchspace.Edge
	nodes, labels []tag // labels is nil if there are too many; labels of edges without operation and fields are empty
	layout        layered.Layout
}

func newPanel(s *scene, part searchspace.DAG) *panel {
	p := &panel{scene: s, part: part, edges: part.Edges()}
	for i := range part.Len() {
		p.nodes = append(p.nodes, p.nodeTag(i))
	}
	if len(p.edges) > mostLabels {
		s.kinds.colorLines(p.edges)
	} else {
		for _, e := range p.edges {
			p.labels = append(p.labels, p.edgeTag(e))
		}
	}
	p.lay()
	return p
}

// lay lays out the part and computes the panel's size.
func (p *panel) lay() {
	var g layered.Graph
	for _, t := range p.nodes {
		g.Nodes = append(g.Nodes, p.size(t))
	}
	for i, e := range p.edges {
		edge := layered.Edge{From: e.From, To: e.To}
		if p.labels != nil {
			edge.Label = p.size(p.labels[i])
		} else if e.Op != "" {
			edge.Lane = p.scene.kinds.number(e.Op) // edges of different colors do not share lanes
		}
		g.Edges = append(g.Edges, edge)
	}
	length := rowLength
	if p.scene.options.Direction == TopToBottom {
		length = columnLength
	}
	p.layout = layered.New(g, length)
	p.width, p.height = p.layout.Size.Main, p.layout.Size.Cross
	if p.scene.options.Direction == TopToBottom {
		p.width, p.height = p.height, p.width
	}
	if p.framed() {
		p.width = max(p.width, panelStyle.width(shown(p.part.Name()))) + 2*panelPadding
		p.height += 2*panelPadding + panelHeading
	}
}

// framed reports whether the panel has a frame and a heading, which it has if there are several
// panels.
func (p *panel) framed() bool { return p.scene.arch.NumParts() > 1 }

func (p *panel) size(t tag) layered.Size {
	if p.scene.options.Direction == TopToBottom {
		return layered.Size{Main: t.height, Cross: t.width}
	}
	return layered.Size{Main: t.width, Cross: t.height}
}

// at converts a point of the layout to the picture.
func (p *panel) at(l layered.Point) point {
	at := point{p.x, p.y}
	if p.framed() {
		at.x += panelPadding
		at.y += panelPadding + panelHeading
	}
	if p.scene.options.Direction == TopToBottom {
		return point{at.x + l.Cross, at.y + l.Main}
	}
	return point{at.x + l.Main, at.y + l.Cross}
}

// draw adds the panel to a picture: the frame, the edges and the nodes.
func (p *panel) draw(out *picture) {
	out.add(group{class: "part", title: p.part.Name()})
	if theme := p.scene.theme; p.framed() {
		out.add(box{x: p.x, y: p.y, width: p.width, height: p.height, radius: 8, fill: theme.panel, stroke: theme.frame},
			label{at: point{p.x + panelPadding, p.y + panelPadding + 8}, text: shown(p.part.Name()), font: panelStyle, fill: theme.ink})
	}
	for from := range p.part.Len() {
		p.drawEdges(out, from)
	}
	for i, t := range p.nodes {
		out.add(group{class: "node", title: p.describe(i)})
		t.draw(out, p.at(p.layout.Nodes[i]), p.scene.theme)
		out.add(groupEnd{})
	}
	out.add(groupEnd{})
}

// ground returns the color behind the part.
func (p *panel) ground() color.RGBA {
	if p.framed() {
		return p.scene.theme.panel
	}
	return p.scene.theme.background
}

// drawEdges draws the edges that leave a node. They interrupt the edges drawn before, so that one
// can see which line continues where two cross.
func (p *panel) drawEdges(out *picture, from int) {
	if len(p.edges) <= mostGaps {
		for i, e := range p.edges {
			if e.From == from {
				if gap := p.line(p.layout.Routes[i]).shortened(); len(gap.steps) > 0 {
					gap.stroke, gap.width = p.ground(), gapWidth
					out.add(gap)
				}
			}
		}
	}
	for i, e := range p.edges {
		if e.From != from {
			continue
		}
		out.add(group{class: "edge", title: p.describeEdge(e)})
		l := p.line(p.layout.Routes[i])
		l.stroke, l.dash = p.edgeStyle(e)
		out.add(l, p.arrow(l))
		if p.labels != nil && p.labels[i].height > 0 {
			p.labels[i].draw(out, p.at(p.layout.Labels[i]), p.scene.theme)
		}
		out.add(groupEnd{})
	}
}

// edgeStyle returns the color and the dashes of an edge, which depend on its operation if edges are
// not labeled.
func (p *panel) edgeStyle(e searchspace.Edge) (color.RGBA, []float64) {
	if p.labels != nil || e.Op == "" {
		return p.scene.theme.edge, nil
	}
	k := p.scene.kinds.of(e.Op)
	return k.line(p.ground(), p.scene.theme)
}

// line converts a route to the picture. The line ends where the arrowhead is wide enough to cover
// it.
func (p *panel) line(r layered.Route) line {
	l := line{start: p.at(r.Start), width: lineWidth}
	for i, s := range r.Steps {
		if i == len(r.Steps)-1 {
			s.To.Main -= headSize - 1
			s.Control2.Main -= headSize - 1
		}
		l.steps = append(l.steps, step{s.Curved, p.at(s.Control), p.at(s.Control2), p.at(s.To)})
	}
	return l
}

// arrow returns the head of a line.
func (p *panel) arrow(l line) arrow {
	base := l.steps[len(l.steps)-1].to
	const half = headSize * 0.45
	if p.scene.options.Direction == TopToBottom {
		base.y--
		return arrow{[3]point{{base.x, base.y + headSize}, {base.x - half, base.y}, {base.x + half, base.y}}, l.stroke}
	}
	base.x--
	return arrow{[3]point{{base.x + headSize, base.y}, {base.x, base.y - half}, {base.x, base.y + half}}, l.stroke}
}

func (p *panel) describe(node int) string {
	text := fmt.Sprint("node ", node)
	if l := p.part.Node(node).String(); l != "" {
		text += ": " + l
	}
	return text
}

func (p *panel) describeEdge(e searchspace.Edge) string {
	text := fmt.Sprintf("%d → %d", e.From, e.To)
	if l := p.part.EdgeLabel(e.From, e.To).String(); l != "" {
		text += ": " + l
	}
	return text
}
