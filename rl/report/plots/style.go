package plots

import (
	"hash/fnv"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Style is the appearance of a method in figures.
type Style struct {
	Color  color.RGBA
	Dashes []vg.Length // nil means a solid line
	Glyph  draw.GlyphDrawer
}

// A default style combines a color with dashes and a marker. The colors differ in lightness, and also in hue
// with each kind of color blindness. No two styles have both the same dashes and the same marker, so styles
// differ even without color.
var (
	colors = []color.RGBA{
		{0, 7, 212, 255}, {216, 58, 161, 255}, {59, 165, 100, 255}, {96, 109, 0, 255}, {143, 0, 163, 255}, {92, 11, 3, 255},
	}
	dashes = [][]vg.Length{{6, 2}, {2, 2}, {8, 2, 2, 2}}
	glyphs = []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, draw.RingGlyph{},
	}
)

// numberOfStyles is the number of default styles.
var numberOfStyles = len(colors) * len(dashes)

func style(number int) Style {
	i, j := number%len(colors), number/len(colors)
	return Style{colors[i], dashes[j], glyphs[(i+j)%len(glyphs)]}
}

// Styles returns the styles of the methods in a figure. A method in given has that style. The style
// of any other method depends on its name, so a method looks the same in all figures. If two of
// these methods in a figure would have the same color, the one whose name sorts later gets the next
// free color or, if all colors are taken, the next free style.
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

// freeStyle returns the first style, starting with the preferred one, whose color is not taken. If
// all colors are taken, it returns the first style that is not taken, and if all styles are taken,
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

// preferred returns the number of the preferred style of a name.
func preferred(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return int(h.Sum32() % uint32(numberOfStyles))
}

// Star is a star-shaped marker, one of whose corners points upward. It has Points outer corners. Between them, it has
// inner corners at the fraction Inner of the radius. With four points and Inner 0.71, it is a square that stands on a
// corner.
type Star struct {
	Points int
	Inner  float64
}

// DrawGlyph implements [draw.GlyphDrawer].
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
