package draw

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Distances in units of the drawing.
const (
	margin       = 16.0 // around the drawing
	panelGap     = 16.0 // between panels
	panelPadding = 16.0 // within a panel
	panelHeading = 24.0
	headingSpace = 30.0
	legendRow    = 22.0
	legendGap    = 16.0 // between entries
	swatch       = 14.0
	least        = 240.0 // width of the content
)

// scene arranges a drawing: a heading, a panel for each part, and the legend.
type scene struct {
	space   searchspace.Space
	arch    searchspace.Arch
	options Options
	theme   theme
	kinds   *kinds
	panels  []*panel
}

func newScene(space searchspace.Space, a searchspace.Arch, o Options) *scene {
	s := &scene{space: space, arch: a, options: o, theme: light, kinds: newKinds(space)}
	if o.Dark {
		s.theme = dark
	}
	for i := range a.NumParts() {
		s.panels = append(s.panels, newPanel(s, a.Part(i)))
	}
	return s
}

// draw draws everything.
func (s *scene) draw() *picture {
	p := &picture{background: s.theme.background, title: s.title(), description: s.description()}
	top := margin
	if s.options.Title != "" {
		top += headingSpace
	}
	width, bottom := s.arrange(top)
	legend, height := s.legend(width, bottom+panelGap)
	if len(legend) > 0 {
		bottom += panelGap + height
	}
	heading := label{at: point{margin, margin + 17}, text: shown(s.options.Title), font: headingStyle, fill: s.theme.ink}
	if s.options.Title != "" {
		width = max(width, headingStyle.width(heading.text))
		p.add(heading)
	}
	for _, panel := range s.panels {
		panel.draw(p)
	}
	p.add(legend...)
	p.width, p.height = math.Ceil(width+2*margin), math.Ceil(bottom+margin)
	return p
}

// arrange places the panels beside each other, in rows if they would be much wider than high. It
// returns the width and the bottom of the content.
func (s *scene) arrange(top float64) (width, bottom float64) {
	area, widest := 0.0, 0.0
	for _, p := range s.panels {
		area += p.width * p.height
		widest = max(widest, p.width)
	}
	limit := max(widest, 1.6*math.Sqrt(area), 1400)
	x, y, row := 0.0, top, 0.0
	for _, p := range s.panels {
		if x > 0 && x+p.width > limit {
			x, y, row = 0, y+row+panelGap, 0
		}
		p.x, p.y = margin+x, y
		x += p.width
		width, row = max(width, x), max(row, p.height)
		x += panelGap
	}
	return max(width, least), y + row
}

// legend returns the legend in rows of the given width, and its height.
func (s *scene) legend(width, top float64) (shapes []any, height float64) {
	x, y := margin, top
	shapes = append(shapes, group{class: "legend"})
	for _, k := range s.kinds.used {
		text := shown(s.options.op(k.name))
		if k.role {
			text = k.name
		}
		sample := s.sample(k)
		entry := sample.width + 6 + nameStyle.width(text)
		if x > margin && x+entry > margin+width {
			x, y = margin, y+legendRow
		}
		shapes = append(shapes, sample.at(x, y)...)
		shapes = append(shapes,
			label{at: point{x + sample.width + 6, y + 13.5}, text: text, font: nameStyle, fill: s.theme.ink})
		x += entry + legendGap
	}
	if len(shapes) == 1 {
		return nil, 0
	}
	return append(shapes, groupEnd{}), y + legendRow - top
}

// sample shows a color in the legend.
type sample struct {
	width float64
	at    func(x, y float64) []any
}

// sample returns a small box, or a line if the kind colors lines.
func (s *scene) sample(k kind) sample {
	if s.kinds.lines[k.name] && !k.role {
		stroke, dash := k.line(s.theme.background, s.theme)
		return sample{2 * swatch, func(x, y float64) []any {
			return []any{line{point{x, y + 9}, []step{{to: point{x + 2*swatch, y + 9}}}, stroke, 2, dash}}
		}}
	}
	fill := palette[k.color]
	return sample{swatch, func(x, y float64) []any {
		return []any{box{x, y + 2, swatch, swatch, 4, fill, s.theme.border(fill), k.second}}
	}}
}

// title returns the title of the drawing for screen readers.
func (s *scene) title() string {
	if s.options.Title != "" {
		return s.options.Title
	}
	return "An architecture of " + s.space.Name()
}

// longestDescription is the maximum length of the description in bytes.
const longestDescription = 2000

// description describes the drawing for screen readers.
func (s *scene) description() string {
	nodes, edges := 0, 0
	for i := range s.arch.NumParts() {
		nodes, edges = nodes+s.arch.Part(i).Len(), edges+s.arch.Part(i).NumEdges()
	}
	text := fmt.Sprintf("A graph with %d nodes and %d edges in %d parts. ", nodes, edges, s.arch.NumParts())
	text += searchspace.Text(s.space, s.arch)
	if len(text) <= longestDescription {
		return text
	}
	end := longestDescription - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
