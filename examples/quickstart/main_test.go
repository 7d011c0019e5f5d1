package main

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// short is a preset for a search that takes a second.
func short(m generator.Model) (rl.Reinforce, rl.Config) {
	method, config := preset.Ranked(m)
	config.Evaluations = 24
	method.Learner = rl.Replay{Epochs: 3}
	return method, config
}

func TestSearchExplainsWhatItDoes(t *testing.T) {
	var first, again strings.Builder
	require.NoError(t, run(t.Context(), progress.New(io.Discard), &first, short))
	text := first.String()
	for _, words := range []string{
		"There are\n15625 such cells", "The search may train 24 of them",
		"It begins with random cells", "Now a graph neural network learns",
		"The best cell, after 24 of 15625 trainings, of which 0 failed", "─▶ output\n",
		"What the generator has learned to prefer, in 1000 draws",
	} {
		assert.Contains(t, text, words)
	}
	assert.Regexp(t, regexp.MustCompile(`cell   1: [\d.]+ % of the validation images right, number \d+ of 15625\n`), text)
	assert.Regexp(t, regexp.MustCompile(`on average, a random cell [\d.]+ %\.\n$`), text)

	require.NoError(t, run(t.Context(), progress.New(io.Discard), &again, short))
	assert.Equal(t, text, again.String())
}

func TestSearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, run(ctx, progress.New(io.Discard), new(strings.Builder), short), context.Canceled)
}

// stopping ends a context when a text is written.
type stopping struct {
	strings.Builder
	text string
	stop func()
}

func (s *stopping) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(s.text)) {
		s.stop()
	}
	return s.Builder.Write(p)
}

func TestASearchThatIsStoppedShowsItsBest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &stopping{text: "Now a graph neural network learns", stop: cancel}
	require.ErrorIs(t, run(ctx, progress.New(io.Discard), out, short), context.Canceled)
	assert.Regexp(t, `The best cell, after 2\d of 15625 trainings`, out.String())
	assert.NotContains(t, out.String(), "What the generator has learned")
}

func TestDrawing(t *testing.T) {
	a, err := searchspace.NASBench201{}.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
	require.NoError(t, err)
	assert.Equal(t, ""+
		"    input  ─┬─ conv 3×3 ─▶ node 1\n"+
		"            └─ skip ─────▶ output\n"+
		"    node 1 ─── conv 1×1 ─▶ node 2\n"+
		"    node 2 ─── pool 3×3 ─▶ output\n"+
		"    output\n", drawing(a))
}
