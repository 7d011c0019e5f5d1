package report

import (
	"fmt"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
)

func TestEveryMethodHasAStyleOfItsOwn(t *testing.T) {
	colors, glyphs := map[color.RGBA]bool{}, map[string]bool{}
	for _, m := range methods.All {
		s, ok := Styles[m.Name]
		assert.True(t, ok, m.Name)
		colors[s.Color], glyphs[fmt.Sprintf("%#v", s.Glyph)] = true, true
	}
	assert.Len(t, Styles, len(methods.All))
	assert.Len(t, colors, len(methods.All))
	assert.Len(t, glyphs, len(methods.All))
}
