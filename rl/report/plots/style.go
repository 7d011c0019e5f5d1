package plots

import (
	"hash/fnv"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Style is how a method is drawn.
type Style struct {
	Color  color.RGBA
	Dashes []vg.Length // nil: a solid line
	Glyph  draw.GlyphDrawer
}

// The styles of methods that have none of their own combine a colour with dashes and a mark. Colours differ in lightness, and in what
// remains of their hue with each kind of colour blindness. Dashes and mark together are those of one style only, so that no colour is
// needed.
var (
	colors = []color.RGBA{
		{0, 7, 212, 255}, {216, 58, 161, 255}, {59, 165, 100, 255}, {96, 109, 0, 255}, {143, 0, 163, 255}, {92, 11, 3, 255},
	}
	dashes = [][]vg.Length{{6, 2}, {2, 2}, {8, 2, 2, 2}}
	glyphs = []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, draw.RingGlyph{},
	}
)

// numberOfStyles is how many styles there are.
var numberOfStyles = len(colors) * len(dashes)

func style(number int) Style {
	i, j := number%len(colors), number/len(colors)
	return Style{colors[i], dashes[j], glyphs[(i+j)%len(glyphs)]}
}

// Styles returns the styles of the methods in a figure: those given, if any, and for other methods one that follows from the
// name, so that a method looks the same in every figure. If another method in the figure has the same colour, the one whose
// name is later in the alphabet gets the next colour that is free, or else the next style.
func Styles(names []string, given map[string]Style) map[string]Style {
	all := map[string]Style{}
	var taken []int
	for _, name := range slices.Sorted(slices.Values(names)) {
		if s, ok := given[name]; ok {
			all[name] = s
			continue
		}
		number := freeStyle(preferred(name), taken)
		taken = append(taken, number)
		all[name] = style(number)
	}
	return all
}

// freeStyle returns the first style from a preferred one on whose colour is not taken, or that is not taken itself, or else
// the preferred one.
func freeStyle(preferred int, taken []int) int {
	for _, kinds := range []int{len(colors), numberOfStyles} {
		for i := range numberOfStyles {
			number := (preferred + i) % numberOfStyles
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
	return int(h.Sum32() % uint32(numberOfStyles))
}

// Star is a mark beside those of package draw: a polygon with a corner upward. It has as many outer corners as Points, and
// between them corners at the share Inner of the radius. At 0.71, a star of four points is a square that stands on a corner.
type Star struct {
	Points int
	Inner  float64
}

// DrawGlyph draws the star.
func (s Star) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetColor(style.Color)
	var path vg.Path
	for i := range 2 * s.Points {
		radius := style.Radius
		if i%2 == 1 {
			radius *= vg.Length(s.Inner)
		}
		sin, cos := math.Sincos(math.Pi * float64(i) / float64(s.Points))
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
