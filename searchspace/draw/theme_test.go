package draw

import (
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// simulations map linear colors to what people without one kind of cone see (Machado, Oliveira and
// Fernandes 2009, severity 1). The first is normal vision.
var simulations = map[string][3][3]float64{
	"normal":       {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// lab returns a color in CIELAB as seen in a simulation.
func lab(c color.RGBA, simulation [3][3]float64) [3]float64 {
	in := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	var rgb [3]float64
	for i, row := range simulation {
		for k := range row {
			rgb[i] += row[k] * in[k]
		}
		rgb[i] = min(max(rgb[i], 0), 1)
	}
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return t*841/108 + 4.0/29
	}
	x := f((0.4124*rgb[0] + 0.3576*rgb[1] + 0.1805*rgb[2]) / 0.9505)
	y := f(0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2])
	z := f((0.0193*rgb[0] + 0.1192*rgb[1] + 0.9505*rgb[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func TestColoursSurviveColourBlindnessAndGreyscale(t *testing.T) {
	for name, simulation := range simulations {
		for i := range palette {
			for k := range i {
				a, b := lab(palette[i], simulation), lab(palette[k], simulation)
				distance := math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
				assert.Greater(t, distance, 25.0, "%s: colours %d and %d", name, i, k)
				if name == "normal" {
					assert.Greater(t, math.Abs(a[0]-b[0]), 8.0, "lightness of colours %d and %d", i, k)
				}
			}
		}
	}
}

func TestEveryColourCarriesText(t *testing.T) {
	for _, fill := range append([]color.RGBA{light.neutral, dark.neutral}, palette...) {
		assert.GreaterOrEqual(t, contrast(inkOn(fill), fill), 4.5, "%v", fill)
	}
}

func TestLinesStandOut(t *testing.T) {
	for _, theme := range []theme{light, dark} {
		for _, ground := range []color.RGBA{theme.background, theme.panel} {
			assert.GreaterOrEqual(t, contrast(theme.edge, ground), 3.0)
			for _, c := range palette {
				assert.GreaterOrEqual(t, contrast(legible(c, ground, theme.ink), ground), 3.0)
			}
		}
	}
}
