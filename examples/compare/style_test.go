package main

import (
	"fmt"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// look is what can be compared of a style.
func look(s style) string { return fmt.Sprintf("%v %v %T", s.color, s.dashes, s.glyph) }

func TestEveryMethodHasAStyleOfItsOwn(t *testing.T) {
	colors, glyphs := map[color.RGBA]bool{}, map[string]bool{}
	for _, m := range methods {
		s, ok := styles[m.name]
		assert.True(t, ok, m.name)
		colors[s.color], glyphs[fmt.Sprintf("%T", s.glyph)] = true, true
		for _, own := range ownColors {
			assert.NotEqual(t, own, s.color)
		}
	}
	assert.Len(t, styles, len(methods))
	assert.Len(t, colors, len(methods))
	assert.Len(t, glyphs, len(methods))
}

func TestAMethodLooksTheSameInEveryPlot(t *testing.T) {
	all := append(names(methods), "mine") // an added method
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[string]).Draw(t, "some")
		for name, s := range stylesOf(some) {
			assert.Equal(t, look(stylesOf([]string{name})[name]), look(s), name)
		}
	})
}

func TestAddedMethodsLookDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		added := rapid.SliceOfNDistinct(rapid.StringMatching("[A-Z]{1,8}"), 1, ownStyles, rapid.ID[string]).Draw(t, "added")
		drawn := stylesOf(append(names(methods), added...))
		looks, colors := map[string]bool{}, map[color.RGBA]bool{}
		for _, s := range drawn {
			looks[look(s)], colors[s.color] = true, true
		}
		assert.Len(t, looks, len(drawn))
		assert.Len(t, colors, len(methods)+min(len(added), len(ownColors)), "colors repeat only when there are no more")
		shuffled := rapid.Permutation(added).Draw(t, "shuffled")
		for name, s := range stylesOf(shuffled) {
			assert.Equal(t, look(drawn[name]), look(s), name)
		}
	})
}

func TestMoreAddedMethodsThanStyles(t *testing.T) {
	var added []string
	for i := range 2 * ownStyles {
		added = append(added, fmt.Sprint("method", i))
	}
	assert.Len(t, stylesOf(added), 2*ownStyles)
}
