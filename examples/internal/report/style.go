package report

import (
	"hash/fnv"
	"image/color"
	"math"
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

// styles are those of the methods of package methods. Eight colors are those of Okabe & Ito, with gray for yellow, which people
// with color blindness can tell apart. The variants of ranked have three more. Where colors are hard to tell apart, glyphs and
// dashes still differ.
var styles = map[string]Style{
	"ranked":        {color.RGBA{213, 94, 0, 255}, nil, draw.CircleGlyph{}},
	"ranked-causal": {color.RGBA{130, 60, 200, 255}, []vg.Length{4, 1}, star{4, 0.35}},
	"ranked-lstm":   {color.RGBA{200, 30, 60, 255}, []vg.Length{4, 1, 1, 1}, star{5, 0.4}},
	"ranked-nogen":  {color.RGBA{150, 90, 40, 255}, []vg.Length{1, 2}, star{4, 0.71}},
	"graphpnas":     {color.RGBA{0, 114, 178, 255}, nil, draw.SquareGlyph{}},
	"causal":        {color.RGBA{86, 180, 233, 255}, nil, draw.BoxGlyph{}},
	"lstm":          {color.RGBA{204, 121, 167, 255}, nil, draw.TriangleGlyph{}},
	"process":       {color.RGBA{0, 158, 115, 255}, nil, draw.PyramidGlyph{}},
	"local":         {color.RGBA{230, 159, 0, 255}, nil, draw.CrossGlyph{}},
	"evolution":     {color.RGBA{120, 120, 120, 255}, nil, draw.PlusGlyph{}},
	"random":        {color.RGBA{0, 0, 0, 255}, nil, draw.RingGlyph{}},
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

// star is a glyph beside those of package draw: a polygon with a corner upward. It has as many outer corners as points, and
// between them corners at the given share of the radius; at 0.71, a star of four points is a square that stands on a corner.
type star struct {
	points int
	inner  float64
}

// DrawGlyph draws the star.
func (s star) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetColor(style.Color)
	var path vg.Path
	for i := range 2 * s.points {
		radius := style.Radius
		if i%2 == 1 {
			radius *= vg.Length(s.inner)
		}
		sin, cos := math.Sincos(math.Pi * float64(i) / float64(s.points))
		corner := vg.Point{X: at.X + radius*vg.Length(sin), Y: at.Y + radius*vg.Length(cos)}
		if i == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
	c.Fill(path)
}
