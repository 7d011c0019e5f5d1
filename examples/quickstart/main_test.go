package main

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// short is a search of a second.
func short() rl.Config {
	config := rl.PresetRanked()
	config.Evaluations = 24
	config.Learner = rl.Replay{Epochs: 3}
	return config
}

func TestSearchTellsWhatItDoes(t *testing.T) {
	var first, again strings.Builder
	require.NoError(t, run(t.Context(), &first, short()))
	text := first.String()
	for _, words := range []string{
		"There are 15625 such cells", "The search may train 24 of them",
		"It begins with cells at random", "Now a graph neural network learns",
		"The best cell, after 24 of 15625", "─▶ output\n", "What the generator has learned to prefer, by 1000 draws",
	} {
		assert.Contains(t, text, words)
	}
	assert.Regexp(t, regexp.MustCompile(`1\. cell: [\d.]+ % of the validation images right, place \d+ of 15625\n`), text)
	assert.Regexp(t, regexp.MustCompile(`on average, one drawn by chance [\d.]+ %\.\n$`), text)

	require.NoError(t, run(t.Context(), &again, short()))
	assert.Equal(t, text, again.String())
}

func TestSearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, run(ctx, new(strings.Builder), short()), context.Canceled)
}

func TestDrawing(t *testing.T) {
	a, err := searchspace.NASBench201{}.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
	require.NoError(t, err)
	assert.Equal(t, ""+
		"     input ─┬─ conv 3×3 ─▶ node 1\n"+
		"            └─ skip ─────▶ output\n"+
		"    node 1 ─── conv 1×1 ─▶ node 2\n"+
		"    node 2 ─── pool 3×3 ─▶ output\n", drawing(a.Part(0)))
}
