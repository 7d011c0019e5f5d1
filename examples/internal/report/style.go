package report

import (
	"hash/fnv"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Style is how a method is drawn. It belongs to the method, so a method looks the same in every plot, whichever others are
// in it and in whatever order.
type Style struct {
	Color  color.RGBA
	Dashes []vg.Length // nil: a solid line
	Glyph  draw.GlyphDrawer
}

// styles are those of the methods of package methods. The colors are those of Okabe & Ito, with gray for yellow and brown as a ninth, which
// people with color blindness can tell apart; so that they need not, the marks differ too.
var styles = map[string]Style{
	"ranked":       {color.RGBA{213, 94, 0, 255}, nil, draw.CircleGlyph{}},
	"ranked-nogen": {color.RGBA{150, 90, 40, 255}, []vg.Length{1, 2}, diamond{}},
	"graphpnas":    {color.RGBA{0, 114, 178, 255}, nil, draw.SquareGlyph{}},
	"causal":       {color.RGBA{86, 180, 233, 255}, nil, draw.BoxGlyph{}},
	"lstm":         {color.RGBA{204, 121, 167, 255}, nil, draw.TriangleGlyph{}},
	"process":      {color.RGBA{0, 158, 115, 255}, nil, draw.PyramidGlyph{}},
	"local":        {color.RGBA{230, 159, 0, 255}, nil, draw.CrossGlyph{}},
	"evolution":    {color.RGBA{120, 120, 120, 255}, nil, draw.PlusGlyph{}},
	"random":       {color.RGBA{0, 0, 0, 255}, nil, draw.RingGlyph{}},
}

// Methods that are added get one of ownColors, which are Tol's muted ones as far as styles has none like them, and one of
// ownDashes, which no method of package methods has.
var (
	ownColors = []color.RGBA{
		{51, 34, 136, 255}, {136, 34, 85, 255}, {17, 119, 51, 255}, {153, 153, 51, 255}, {170, 68, 153, 255}, {102, 17, 0, 255},
	}
	ownDashes = [][]vg.Length{{6, 2}, {2, 2}, {8, 2, 2, 2}}
	ownGlyphs = []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, draw.RingGlyph{},
	}
)

// ownStyles is how many styles there are for methods that are added.
var ownStyles = len(ownColors) * len(ownDashes)

func ownStyle(number int) Style {
	i, j := number%len(ownColors), number/len(ownColors)
	return Style{ownColors[i], ownDashes[j], ownGlyphs[(i+j)%len(ownGlyphs)]}
}

// StylesOf returns the styles of the methods in a plot. That of an added method follows from its name. If another one in the
// plot has the same color, the one whose name is later in the alphabet gets the next color that is free, or else the next
// style.
func StylesOf(names []string) map[string]Style {
	all := map[string]Style{}
	var taken []int
	for _, name := range slices.Sorted(slices.Values(names)) {
		if s, ok := styles[name]; ok {
			all[name] = s
			continue
		}
		number := freeStyle(preferred(name), taken)
		taken = append(taken, number)
		all[name] = ownStyle(number)
	}
	return all
}

// freeStyle returns the first style from a preferred one on whose color is not taken, or that is not taken itself, or else
// the preferred one.
func freeStyle(preferred int, taken []int) int {
	for _, kinds := range []int{len(ownColors), ownStyles} {
		for i := range ownStyles {
			number := (preferred + i) % ownStyles
			if !slices.ContainsFunc(taken, func(other int) bool { return other%kinds == number%kinds }) {
				return number
			}
		}
	}
	return preferred
}

// preferred returns the number of the style that a name prefers.
func preferred(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return int(h.Sum32() % uint32(ownStyles))
}

// diamond is a glyph beside those of package draw.
type diamond struct{}

// DrawGlyph draws a square that stands on a corner.
func (diamond) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetColor(style.Color)
	var path vg.Path
	path.Move(vg.Point{X: at.X, Y: at.Y + style.Radius})
	path.Line(vg.Point{X: at.X + style.Radius, Y: at.Y})
	path.Line(vg.Point{X: at.X, Y: at.Y - style.Radius})
	path.Line(vg.Point{X: at.X - style.Radius, Y: at.Y})
	path.Close()
	c.Fill(path)
}
