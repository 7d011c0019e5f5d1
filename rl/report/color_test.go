package report_test

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/vision"
	"github.com/graphpnas/graphpnas/rl/report"
)

var (
	grounds = regexp.MustCompile(`--ground: (#[0-9a-f]{3,6});[^}]*`)
	series  = regexp.MustCompile(`--s[0-9]: (#[0-9a-f]{6});`)
)

// The colors of series are distinguishable with each kind of color blindness and in grayscale, and
// contrast with the page. Shapes and dashes differ too; see checkShapes.
func TestColorsSurviveColorBlindnessAndGrayscale(t *testing.T) {
	themes := grounds.FindAllStringSubmatch(report.Style, -1)
	require.Len(t, themes, 3, "light, dark by choice, and dark by the system")
	assert.Equal(t, series.FindAllString(themes[1][0], -1), series.FindAllString(themes[2][0], -1), "both dark themes have the same colors")
	for _, theme := range themes[:2] {
		ground := hexColor(t, theme[1])
		var colors []color.RGBA
		for _, match := range series.FindAllStringSubmatch(theme[0], -1) {
			colors = append(colors, hexColor(t, match[1]))
		}
		require.Len(t, colors, 7)
		for i, a := range colors {
			for k, b := range colors[:i] {
				for name, simulation := range vision.Simulations {
					assert.Greater(t, simulation.Distance(a, b), 20.0, "%s on %s: s%d and s%d", name, theme[1], k, i)
				}
				assert.Greater(t, math.Abs(vision.Lightness(a)-vision.Lightness(b)), 6.0, "lightness on %s: s%d and s%d", theme[1], k, i)
			}
			assert.GreaterOrEqual(t, vision.Contrast(a, ground), 3.0, "s%d on %s", i, theme[1])
		}
	}
}

// hexColor reads a color such as #fff or #0d1117.
func hexColor(t *testing.T, text string) color.RGBA {
	digits := text[1:]
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	require.NoError(t, err, text)
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}
