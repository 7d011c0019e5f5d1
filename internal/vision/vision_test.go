package vision_test

import (
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/vision"
)

var (
	black = color.RGBA{0, 0, 0, 255}
	white = color.RGBA{255, 255, 255, 255}
	red   = color.RGBA{255, 0, 0, 255}
	green = color.RGBA{0, 140, 0, 255}
)

func TestKnownColors(t *testing.T) {
	assert.InDelta(t, 21, vision.Contrast(black, white), 1e-9)
	assert.InDelta(t, 4.48, vision.Contrast(color.RGBA{119, 119, 119, 255}, white), 0.005)
	assert.InDelta(t, 53.24, vision.Lightness(red), 0.01, "CIELAB of sRGB's red is 53.24, 80.09, 67.20")
	assert.InDelta(t, 104.55, vision.Simulations["normal"].Distance(red, color.RGBA{127, 127, 127, 255}), 0.1, "gray of the same lightness lacks red's chroma")
	assert.InDelta(t, 0, vision.Lightness(black), 1e-9)
	assert.InDelta(t, 100, vision.Lightness(white), 1e-9)
}

// Some colors that differ in normal vision look alike to people without one kind of cone.
func TestConfusions(t *testing.T) {
	normal := vision.Simulations["normal"].Distance(red, green)
	assert.Greater(t, normal, 100.0)
	assert.Less(t, vision.Simulations["deuteranopia"].Distance(red, green), normal/2)
	assert.Less(t, vision.Simulations["protanopia"].Distance(red, green), normal/2)
	blue, teal := color.RGBA{0, 90, 160, 255}, color.RGBA{0, 110, 110, 255}
	assert.Less(t, vision.Simulations["tritanopia"].Distance(blue, teal), vision.Simulations["normal"].Distance(blue, teal)/2)
}

func TestDistancesAndContrasts(t *testing.T) {
	colors := rapid.Custom(func(t *rapid.T) color.RGBA {
		return color.RGBA{rapid.Byte().Draw(t, "r"), rapid.Byte().Draw(t, "g"), rapid.Byte().Draw(t, "b"), 255}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := colors.Draw(t, "a"), colors.Draw(t, "b")
		for name, s := range vision.Simulations {
			assert.InDelta(t, s.Distance(a, b), s.Distance(b, a), 1e-9, name)
			assert.Zero(t, s.Distance(a, a), name)
			gray := color.RGBA{a.R, a.R, a.R, 255}
			assert.InDelta(t, vision.Simulations["normal"].Distance(gray, white), s.Distance(gray, white), 0.1, "%s: gray stays gray", name)
		}
		assert.InDelta(t, vision.Contrast(a, b), vision.Contrast(b, a), 1e-9)
		assert.GreaterOrEqual(t, vision.Contrast(a, b), 1.0)
		assert.LessOrEqual(t, vision.Contrast(a, b), 21.0)
		assert.GreaterOrEqual(t, vision.Simulations["normal"].Distance(a, b)+1e-9, max(vision.Lightness(a)-vision.Lightness(b), 0))
	})
}
