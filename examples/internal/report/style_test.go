package report

import (
	"fmt"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
)

// look is what can be compared of a style.
func look(s Style) string { return fmt.Sprintf("%v %v %#v", s.Color, s.Dashes, s.Glyph) }

func TestEveryMethodHasAStyleOfItsOwn(t *testing.T) {
	colors, glyphs := map[color.RGBA]bool{}, map[string]bool{}
	for _, m := range methods.All {
		s, ok := styles[m.Name]
		assert.True(t, ok, m.Name)
		colors[s.Color], glyphs[fmt.Sprintf("%#v", s.Glyph)] = true, true
		for _, own := range ownColors {
			assert.NotEqual(t, own, s.Color)
		}
	}
	assert.Len(t, styles, len(methods.All))
	assert.Len(t, colors, len(methods.All))
	assert.Len(t, glyphs, len(methods.All))
}

func TestAMethodLooksTheSameInEveryPlot(t *testing.T) {
	all := append(methods.Names(methods.All), "mine") // an added method
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[string]).Draw(t, "some")
		for name, s := range StylesOf(some) {
			assert.Equal(t, look(StylesOf([]string{name})[name]), look(s), name)
		}
	})
}

func TestAddedMethodsLookDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		added := rapid.SliceOfNDistinct(rapid.StringMatching("[A-Z]{1,8}"), 1, ownStyles, rapid.ID[string]).Draw(t, "added")
		drawn := StylesOf(append(methods.Names(methods.All), added...))
		looks, colors := map[string]bool{}, map[color.RGBA]bool{}
		for _, s := range drawn {
			looks[look(s)], colors[s.Color] = true, true
		}
		assert.Len(t, looks, len(drawn))
		assert.Len(t, colors, len(methods.All)+min(len(added), len(ownColors)), "colors repeat only when there are no more")
		shuffled := rapid.Permutation(added).Draw(t, "shuffled")
		for name, s := range StylesOf(shuffled) {
			assert.Equal(t, look(drawn[name]), look(s), name)
		}
	})
}

func TestMoreAddedMethodsThanStyles(t *testing.T) {
	var added []string
	for i := range 2 * ownStyles {
		added = append(added, fmt.Sprint("method", i))
	}
	assert.Len(t, StylesOf(added), 2*ownStyles)
}
