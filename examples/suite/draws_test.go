package main

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/searchspace"
)

// drawingsOf compares draws of trained generators, and returns the drawings and the printed report.
func drawingsOf(t *testing.T, o options) ([]drawing, string) {
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	all, err := runs.Read(filepath.Join(o.out, "draws.jsonl"), func() drawing { return drawing{} })
	require.NoError(t, err)
	return all, stdout.String()
}

// drawingOptions are the options of a comparison of draws.
func drawingOptions(t *testing.T) options {
	o := small(t)
	o.methods, o.only, o.evals, o.draws = "causal,lstm", "recorded", 12, 300
	return o
}

func TestGeneratorsAreComparedAtEqualEntropy(t *testing.T) {
	o := drawingOptions(t)
	all, text := drawingsOf(t, o)
	require.Len(t, all, 2)
	for _, d := range all {
		require.Len(t, d.Levels, 2)
		for i, l := range d.Levels {
			for k := range l.Entropies {
				assert.InDelta(t, l.Entropy, l.Entropies[k], 0.5, "300 draws have a standard error of up to 0.2")
				assert.True(t, l.Top[k] >= 0 && l.Top[k] <= 1, l.Top[k])
			}
			assert.InDelta(t, 1, l.Temperatures[i], 0.2, "its own entropy needs no other temperature")
		}
	}
	report, err := os.ReadFile(filepath.Join(o.out, "draws.md"))
	require.NoError(t, err)
	assert.Equal(t, text, string(report))
	assert.Equal(t, 2, strings.Count(text, "\n| recorded | 2 | `"), text)
	assert.Contains(t, text, "| `causal` | `lstm` | difference of `lstm` |\n")

	again, same := drawingsOf(t, o)
	assert.Equal(t, all, again, "nothing is searched twice")
	assert.Equal(t, text, same)
}

// listed draws architectures of a list in turn.
type listed []searchspace.Arch

func (l listed) Sample(_ context.Context, _ *rand.Rand, n int) (archs []searchspace.Arch, err error) {
	for i := range n {
		archs = append(archs, l[i%len(l)])
	}
	return archs, nil
}

func (listed) Space() searchspace.Space { return searchspace.NASBench201{} }

// The share counts every draw whose recorded value is among the best 1 % of the recorded values.
func TestTheShareOfTheTop(t *testing.T) {
	entries, err := readList(writeTables(t))
	require.NoError(t, err)
	l := loader{data: filepath.Dir(writeTables(t)), files: map[[2]string]file{}}
	p, err := l.load(t.Context(), entries[0])
	require.NoError(t, err)
	space := searchspace.NASBench201{}
	all := slices.Collect(space.All())[:4000]
	rapid.Check(t, func(t *rapid.T) {
		archs := rapid.SliceOfN(rapid.SampledFrom(all), 1, 20).Draw(t, "archs")
		good := 0
		for _, a := range archs {
			if r, err := p.evaluator.Evaluate(context.Background(), a); err == nil && r.Value >= p.top {
				good++
			}
		}
		share, err := p.share(context.Background(), listed(archs), nil, len(archs))
		require.NoError(t, err)
		assert.InDelta(t, float64(good)/float64(len(archs)), share, 1e-12)
	})
	count := 0
	for _, a := range all {
		if r, err := p.evaluator.Evaluate(t.Context(), a); err == nil && r.Value >= p.top {
			count++
		}
	}
	assert.GreaterOrEqual(t, count, 8, "1 % of 800, and those that equal the last of them")
}

func TestPercentiles(t *testing.T) {
	for n, want := range map[int]float64{1: 0, 99: 98, 100: 99, 250: 248, 1000: 990} {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(i)
		}
		assert.Equal(t, want, percentile(values), n)
	}
}

func TestDrawsNeedGenerators(t *testing.T) {
	for message, list := range map[string]string{
		"recorded, seed 3: random: -draws needs methods that train a generator":                              "causal,random",
		"recorded, seed 3: ranked-nogen: entropy: random draws instead of a generator have no probabilities": "ranked-nogen",
	} {
		o := drawingOptions(t)
		o.methods, o.only, o.seeds = list, "recorded", 1
		err := run(t.Context(), o, io.Discard, os.Stderr)
		assert.ErrorContains(t, err, message)
	}
}
