package draw

import (
	"image/color"
	"slices"
)

// picture is a drawing as a list of shapes from back to front, from which every format is written.
// The origin is the upper left corner, and a unit is one SVG pixel.
type picture struct {
	width, height float64
	background    color.RGBA
	title         string
	description   string
	shapes        []any // group, groupEnd, box, line, arrow or label
}

func (p *picture) add(shapes ...any) { p.shapes = append(p.shapes, shapes...) }

// group begins a group of shapes that belong together. In SVG, groups have the class and the title.
// Groups may be nested.
type group struct{ class, title string }

// groupEnd ends the innermost group.
type groupEnd struct{}

// point is a position in the picture.
type point struct{ x, y float64 }

// box is a rectangle with round corners, given by its upper left corner.
type box struct {
	x, y, width, height, radius float64
	fill, stroke                color.RGBA // not drawn if transparent
	dashed                      bool
}

// line is a path of straight lines and cubic Bézier curves.
type line struct {
	start  point
	steps  []step
	stroke color.RGBA
	width  float64
	dash   []float64 // nil for a solid line
}

// step continues a line to a point, with two control points if it is curved.
type step struct {
	curved            bool
	control, control2 point
	to                point
}

// arrow is a filled triangle.
type arrow struct {
	corners [3]point
	fill    color.RGBA
}

// label is a line of text.
type label struct {
	at       point // left end or middle of the baseline
	text     string
	centered bool
	font     style
	fill     color.RGBA
}

// shortened returns the line without the end of its last curve, where lines to the same node come
// together.
func (l line) shortened() line {
	last := len(l.steps) - 1
	for last >= 0 && !l.steps[last].curved {
		last--
	}
	l.steps = slices.Clone(l.steps[:last+1])
	if last < 0 {
		return l
	}
	start := l.start
	if last > 0 {
		start = l.steps[last-1].to
	}
	l.steps[last] = l.steps[last].upTo(0.5, start)
	return l
}

// upTo returns the first part of a curve that starts at the given point (de Casteljau's algorithm).
func (s step) upTo(share float64, start point) step {
	a, b, c := start.towards(s.control, share), s.control.towards(s.control2, share), s.control2.towards(s.to, share)
	d, e := a.towards(b, share), b.towards(c, share)
	return step{true, a, d, d.towards(e, share)}
}

// towards returns a point between p, at share 0, and q, at share 1.
func (p point) towards(q point, share float64) point {
	return point{p.x + share*(q.x-p.x), p.y + share*(q.y-p.y)}
}
