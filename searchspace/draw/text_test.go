package draw_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func parsed(t *testing.T, space searchspace.Space, text string) searchspace.Arch {
	a, err := searchspace.Parse(space, text)
	require.NoError(t, err)
	return a
}

func TestTextOfOperationsOnNodes(t *testing.T) {
	space := newSpace(t, "cell", searchspace.Part{
		Name: "cell", MaxNodes: 4, NodeOps: []string{"input", "conv", "output"},
		NodeFields: []searchspace.Field{searchspace.Ordered("kernel", 3, 5).When("op", "conv")},
	})
	a := parsed(t, space, "input; conv{kernel=3}<0; conv{kernel=5}; output<0,1")
	assert.Equal(t, ""+
		"0 input         ─▶ 1, 3\n"+
		"1 conv kernel=3 ─▶ 3\n"+
		"2 conv kernel=5\n"+
		"3 output\n", draw.Text(a, draw.Options{}))
}

func TestTextOfOperationsOnEdges(t *testing.T) {
	a := parsed(t, searchspace.NASBench201{}, "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
	assert.Equal(t, ""+
		"0 ─┬─ nor_conv_3x3 ─▶ 1\n"+
		"   └─ skip_connect ─▶ 3\n"+
		"1 ─── nor_conv_1x1 ─▶ 2\n"+
		"2 ─── avg_pool_3x3 ─▶ 3\n"+
		"3\n", draw.Text(a, draw.Options{}))
	assert.Equal(t, ""+
		"node 0 ─┬─ conv ─▶ node 1\n"+
		"        └─ skip ─▶ node 3\n"+
		"node 1 ─── conv ─▶ node 2\n"+
		"node 2 ─── pool ─▶ node 3\n"+
		"node 3\n", draw.Text(a, draw.Options{
		Node: func(_ searchspace.DAG, i int) string { return fmt.Sprint("node ", i) },
		Op: func(name string) string {
			return map[string]string{"nor_conv_3x3": "conv", "nor_conv_1x1": "conv", "skip_connect": "skip", "avg_pool_3x3": "pool"}[name]
		},
	}))
}

func TestTextOfSeveralParts(t *testing.T) {
	space := newSpace(t, "network", searchspace.Part{Name: "cell", MaxNodes: 2}, searchspace.Params("training", searchspace.Ordered("rate", 0.1)))
	a := parsed(t, space, "cell = ; <0 / training = {rate=0.1}")
	assert.Equal(t, "The best\n\ncell:\n0 ─▶ 1\n1\n\ntraining:\n0 rate=0.1\n", draw.Text(a, draw.Options{Title: "The best"}))
}

func TestTextBreaksLongLists(t *testing.T) {
	a := member(t, randWire(t, 60), 1, 1)
	lines := strings.Split(draw.Text(a, draw.Options{}), "\n")
	assert.Regexp(t, `^0  ─▶ 1, 2, .*,$`, lines[0])
	assert.Regexp(t, `^      \d+, `, lines[1])
}

// Drawings do not depend on the user's locale, in which some characters may be two columns wide.
func TestDrawingsAreTheSameInEveryLocale(t *testing.T) {
	space := newSpace(t, "cell", searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"α", "βγ", "convolution"}})
	a := parsed(t, space, "α; βγ<0; convolution<0,1")
	text := draw.Text(a, draw.Options{})
	locale := *runewidth.DefaultCondition
	t.Cleanup(func() { *runewidth.DefaultCondition = locale })
	runewidth.DefaultCondition.EastAsianWidth = true
	assert.Equal(t, text, draw.Text(a, draw.Options{}))
	wide := draw.Width("\u2460", 12, false) // neither this character nor the next is in the font
	runewidth.DefaultCondition.EastAsianWidth = false
	assert.Equal(t, draw.Width("\u2461", 12, false), wide)
}

func TestTextIsSafeOnATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, a := anyArch(t)
		text := draw.Text(a, draw.Options{})
		nodes, arrows := 0, 0
		for i := range a.NumParts() {
			nodes += a.Part(i).Len()
			arrows += a.Part(i).NumEdges()
		}
		assert.GreaterOrEqual(t, strings.Count(text, "\n"), nodes)
		assert.LessOrEqual(t, strings.Count(text, "▶ "), arrows)
		for _, line := range strings.Split(text, "\n") {
			assert.NotContains(t, line, "\x1b")
			assert.NotContains(t, line, "\r")
			if !strings.Contains(line, "─▶ ") || strings.Contains(text, ":") {
				continue
			}
			if targets := line[strings.LastIndex(line, "─▶ "):]; strings.Contains(targets, ", ") {
				assert.LessOrEqual(t, new(runewidth.Condition).StringWidth(targets), 100)
			}
		}
	})
}
