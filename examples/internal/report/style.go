package report

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/rl/report/plots"
)

// Styles contains the styles of the methods of package methods. Eight colors are those of Okabe & Ito, which people with color
// blindness can tell apart, with gray instead of yellow. The variants of ranked have three more. Where colors are hard to tell
// apart, glyphs and dashes still differ.
var Styles = map[string]plots.Style{
	"ranked":       {Color: color.RGBA{213, 94, 0, 255}, Glyph: draw.CircleGlyph{}},
	"ranked-paper": {Color: color.RGBA{130, 60, 200, 255}, Dashes: []vg.Length{4, 1}, Glyph: plots.Star{Points: 4, Inner: 0.35}},
	"ranked-lstm":  {Color: color.RGBA{200, 30, 60, 255}, Dashes: []vg.Length{4, 1, 1, 1}, Glyph: plots.Star{Points: 5, Inner: 0.4}},
	"ranked-nogen": {Color: color.RGBA{150, 90, 40, 255}, Dashes: []vg.Length{1, 2}, Glyph: plots.Star{Points: 4, Inner: 0.71}},
	"graphpnas":    {Color: color.RGBA{0, 114, 178, 255}, Glyph: draw.SquareGlyph{}},
	"causal":       {Color: color.RGBA{86, 180, 233, 255}, Glyph: draw.BoxGlyph{}},
	"lstm":         {Color: color.RGBA{204, 121, 167, 255}, Glyph: draw.TriangleGlyph{}},
	"process":      {Color: color.RGBA{0, 158, 115, 255}, Glyph: draw.PyramidGlyph{}},
	"local":        {Color: color.RGBA{230, 159, 0, 255}, Glyph: draw.CrossGlyph{}},
	"evolution":    {Color: color.RGBA{120, 120, 120, 255}, Glyph: draw.PlusGlyph{}},
	"random":       {Color: color.RGBA{0, 0, 0, 255}, Glyph: draw.RingGlyph{}},
}
