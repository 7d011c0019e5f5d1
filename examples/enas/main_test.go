package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tiny are the options of a search that takes seconds.
func tiny() options {
	return options{
		data: "digits", train: 200, valid: 64, layers: 3, channels: 4, epochs: 2, batch: 32, rate: 0.05, warmup: 0.5, turn: 3, draws: 4,
		learningRate: 1e-3, measured: 6, scratchChannels: 4, scratchEpochs: 1, seed: 1, seeds: 2,
	}
}

func TestTwoSeedsOnDigits(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &out))
	text := out.String()
	assert.Equal(t, 2, strings.Count(text, "step   12 of 12"), text)
	assert.Equal(t, 6, strings.Count(text, "%, the generator's: "), text)
	assert.Equal(t, 6, strings.Count(text, "%, uniform: "), text)
	assert.Regexp(t, `best three from scratch: [+-]\d+\.\d\d points \([+-]\d+\.\d\d to [+-]\d+\.\d\d\)\n$`, text)
	var again strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &again))
	withoutTimes := func(s string) (kept []string) {
		for line := range strings.Lines(s) {
			if !strings.Contains(line, "took") {
				kept = append(kept, line)
			}
		}
		return kept
	}
	assert.Equal(t, withoutTimes(text), withoutTimes(again.String()), "a seed fixes the search")
}

func TestBadOptions(t *testing.T) {
	for message, change := range map[string]func(*options){
		"got -5":                              func(o *options) { o.train = -5 },
		"-entropy not negative":               func(o *options) { o.entropy = -1 },
		"-learning-rate positive":             func(o *options) { o.learningRate = 0 },
		"-warmup must be from 0 to 1":         func(o *options) { o.warmup = 5 },
		"unknown images":                      func(o *options) { o.data = "mnist" },
		"no/such/folder":                      func(o *options) { o.data, o.dir = "cifar10", "no/such/folder" },
		"0 layers":                            func(o *options) { o.layers = 0 },
		"-seeds and -turn must be at least 1": func(o *options) { o.seeds = 0 },
		"-measured at least 3":                func(o *options) { o.measured = 2 },
		"-1 epochs":                           func(o *options) { o.epochs = -1 },
	} {
		o := tiny()
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard), message)
	}
}
