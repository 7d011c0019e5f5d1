package draw

import (
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/internal/vision"
)

func TestColorsInColorBlindnessAndGrayscale(t *testing.T) {
	for i, a := range palette {
		for k, b := range palette[:i] {
			for name, simulation := range vision.Simulations {
				assert.Greater(t, simulation.Distance(a, b), 25.0, "%s: colors %d and %d", name, i, k)
			}
			assert.Greater(t, math.Abs(vision.Lightness(a)-vision.Lightness(b)), 8.0, "lightness of colors %d and %d", i, k)
		}
	}
}

func TestTextIsLegibleOnEveryColor(t *testing.T) {
	for _, fill := range append([]color.RGBA{light.neutral, dark.neutral}, palette...) {
		assert.GreaterOrEqual(t, vision.Contrast(inkOn(fill), fill), 4.5, "%v", fill)
	}
}

func TestLinesStandOut(t *testing.T) {
	for _, theme := range []theme{light, dark} {
		for _, ground := range []color.RGBA{theme.background, theme.panel} {
			assert.GreaterOrEqual(t, vision.Contrast(theme.edge, ground), 3.0)
			for _, c := range palette {
				assert.GreaterOrEqual(t, vision.Contrast(legible(c, ground, theme.ink), ground), 3.0)
			}
		}
	}
}
