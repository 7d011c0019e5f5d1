package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tiny is a search of seconds.
func tiny() options {
	return options{
		data: "digits", train: 100, valid: 100, nodes: 5, channels: 4, head: 8, halvings: 2, degree: 2, rewired: 0.75,
		epochs: 1, batch: 25, rate: 0.1, evals: 8, compared: 3, round: 4, exploring: 1, seed: 1, seeds: 2,
	}
}

func TestTwoSeedsOnDigits(t *testing.T) {
	var first, again strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &first))
	text := first.String()
	assert.Equal(t, 2, strings.Count(text, "8 of 8 trained"), text)
	assert.Contains(t, text, "(deviations of 6 architectures each)")
	assert.Regexp(t, `interval [+-]\d+\.\d\d to [+-]\d+\.\d\d\n$`, text)
	require.NoError(t, run(t.Context(), tiny(), &again))
	seconds := regexp.MustCompile(`, \d+ s\n`)
	assert.Equal(t, seconds.ReplaceAllString(text, ""), seconds.ReplaceAllString(again.String(), ""), "a seed fixes the search")
}

func TestBadOptions(t *testing.T) {
	for message, change := range map[string]func(*options){
		"-train -5":         func(o *options) { o.train = -5 },
		"unknown images":    func(o *options) { o.data = "mnist" },
		"no/such/folder":    func(o *options) { o.data, o.dir = "fashion-mnist", "no/such/folder" },
		"at least one seed": func(o *options) { o.seeds = 0 },
		"nodes":             func(o *options) { o.nodes = 2; o.degree = 4 },
		"-1":                func(o *options) { o.epochs = -1 },
	} {
		o := tiny()
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard), message)
	}
}

func TestBootstrap(t *testing.T) {
	low, high := bootstrap([]float64{3, 3}, []float64{1, 1, 1})
	assert.InDelta(t, 2, low, 1e-9)
	assert.InDelta(t, 2, high, 1e-9)
	low, high = bootstrap([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, []float64{0, 0})
	assert.InDelta(t, 2.7, low, 0.3)
	assert.InDelta(t, 6.3, high, 0.3)
}
