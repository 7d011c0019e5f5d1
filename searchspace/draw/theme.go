package draw

import (
	"image/color"
	"math"

	"github.com/graphpnas/graphpnas/internal/vision"
)

// theme has the colors of a light or dark drawing that do not depend on operations.
type theme struct {
	background, panel, frame, ink, edge, neutral color.RGBA
}

var (
	light = theme{
		background: rgb(0xffffff), panel: rgb(0xf6f8fa), frame: rgb(0xd0d7de),
		ink: rgb(0x1b1f24), edge: rgb(0x57606a), neutral: rgb(0xe4e8ec),
	}
	dark = theme{
		background: rgb(0x0d1117), panel: rgb(0x161b22), frame: rgb(0x30363d),
		ink: rgb(0xe6edf3), edge: rgb(0x9aa4af), neutral: rgb(0x373e47),
	}
)

// palette lists the colors of kinds. They differ in lightness, so that they can be distinguished in
// grayscale and with each kind of color blindness.
var palette = []color.RGBA{
	rgb(0x6be2f1), rgb(0xe6ae72), rgb(0x907fc2), rgb(0xc6f7cf), rgb(0x72ac96), rgb(0x896f1e), rgb(0x18654e), rgb(0x48357f),
}

// dashes distinguish the kinds of edges without labels, in addition to their colors.
var dashes = [][]float64{nil, {8, 3}, {2, 2}, {8, 3, 2, 3}, {14, 4}}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

// inks are the colors of text on a box.
var inks = []color.RGBA{rgb(0x111418), rgb(0xffffff)}

// inkOn returns the color of text on a box of the given color.
func inkOn(fill color.RGBA) color.RGBA {
	if vision.Contrast(inks[0], fill) >= vision.Contrast(inks[1], fill) {
		return inks[0]
	}
	return inks[1]
}

// border returns the color of the border of a box.
func (t theme) border(fill color.RGBA) color.RGBA { return mix(fill, t.ink, 0.45) }

// legible mixes a color with ink until its contrast to the background is sufficient for lines (WCAG
// 2.1, 1.4.11).
func legible(c, ground, ink color.RGBA) color.RGBA {
	for share := 0.0; ; share += 0.1 {
		if m := mix(c, ink, share); vision.Contrast(m, ground) >= 3 || share >= 1 {
			return m
		}
	}
}

// mix returns a color between a, at share 0, and b, at share 1.
func mix(a, b color.RGBA, share float64) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return color.RGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 255}
}
