package main

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
)

// tiny are the options of searches that take seconds.
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
	assert.Contains(t, text, "(means ± standard deviations of 6 and 6 architectures)")
	assert.Regexp(t, `interval [+-]\d+\.\d\d to [+-]\d+\.\d\d\n0 of 16 evaluations failed\n$`, text)
	require.NoError(t, run(t.Context(), tiny(), &again))
	seconds := regexp.MustCompile(`, \d+ s\n`)
	assert.Equal(t, seconds.ReplaceAllString(text, ""), seconds.ReplaceAllString(again.String(), ""), "a seed fixes the search")
}

func TestBadOptions(t *testing.T) {
	for message, change := range map[string]func(*options){
		"got -5":            func(o *options) { o.train = -5 },
		"unknown images":    func(o *options) { o.data = "mnist" },
		"no/such/folder":    func(o *options) { o.data, o.dir = "fashion-mnist", "no/such/folder" },
		"-seeds and -round": func(o *options) { o.seeds = 0 },
		"nodes":             func(o *options) { o.nodes = 2; o.degree = 4 },
		"-1":                func(o *options) { o.epochs = -1 },
	} {
		o := tiny()
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard), message)
	}
}

func TestFailuresAreLeftOut(t *testing.T) {
	h := &rl.History{}
	for i := range 6 {
		e := rl.Evaluation{Result: evaluator.Result{Value: float64(i)}}
		if i%2 == 1 {
			e = rl.Evaluation{Err: errors.New("out of memory")}
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	values, err := last(h, 2)
	require.NoError(t, err)
	assert.Equal(t, []float64{2, 4}, values)
	_, err = last(h, 4)
	assert.ErrorContains(t, err, "3 evaluations succeeded, fewer than -compared 4; 3 of 6 evaluations failed; the first error: out of memory")
}
