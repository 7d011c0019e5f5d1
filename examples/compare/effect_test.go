package main

import (
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
)

// runsWith makes searches with the given best values.
func runsWith(method string, values ...float64) []record {
	var all []record
	for _, v := range values {
		all = append(all, record{Method: method, Valid: v, Better: runs.Points{{Evals: 1, Value: v}}})
	}
	return all
}

// comparisonWith compares three methods with random: one that is clearly better, one like it, and one with too few seeds.
func comparisonWith(baseline string) comparison {
	b := &bench{options: options{baseline: baseline, valid: "valid", test: "test", evals: 1, reach: 9}, best: 9}
	var all []record
	for _, m := range []struct {
		name   string
		values []float64
	}{
		{"random", []float64{1, 2, 3, 4, 5}}, {"better", []float64{6, 7, 8, 9, 9.5}}, {"like", []float64{1.5, 2.5, 3.5, 4.5, 0.5}},
		{"few", []float64{7}},
	} {
		b.methods = append(b.methods, methods.Contender{Named: tool.Named[methods.New]{Name: m.name}, Seeds: len(m.values)})
		all = append(all, runsWith(m.name, m.values...)...)
	}
	return comparisonOf(b, all)
}

func TestTheBaselineIsChosen(t *testing.T) {
	c := comparisonWith("random")
	require.Nil(t, c.totals[0].against)
	better, like, few := c.totals[1].against, c.totals[2].against, c.totals[3].against
	assert.InDelta(t, 2.0/252, float64(better.P), 1e-9)
	assert.InDelta(t, 4.0/252, float64(better.Corrected), 1e-9, "two tests were made")
	assert.Equal(t, like.P, like.Corrected, "the larger of two is not multiplied")
	assert.False(t, few.P.Known())
	assert.False(t, few.Corrected.Known())

	c = comparisonWith("better")
	require.Nil(t, c.totals[1].against)
	assert.InDelta(t, -better.Difference.Value, c.totals[0].against.Difference.Value, 1e-12)
	assert.InDelta(t, 4.0/252, float64(c.totals[0].against.Corrected), 1e-9)
}

func TestTheTableOfEffects(t *testing.T) {
	var text strings.Builder
	require.NoError(t, comparisonWith("random").markdown(&text))
	assert.Contains(t, text.String(), "| few | 1 | 7.000 (one seed) | – |")
	assert.Contains(t, text.String(), "| against random | difference of means | beats it | p | p, corrected |\n")
	// The standard error is √(0.5 + 0.41), and t with 7.9 degrees of freedom 2.31.
	assert.Contains(t, text.String(), "| better | +4.900 (+2.696 to +7.104) | 1.00 (0.64 to 1.00) | 0.0079 | 0.016 |\n")
	assert.Contains(t, text.String(), "| few | +4.000 (no interval) | 1.00 (no interval) | – | – |\n")
	assert.Contains(t, text.String(), "needs at least 5 seeds of both methods.")
	assert.Contains(t, text.String(), "corrects for all 2 (Holm's method)")
	assert.NotContains(t, text.String(), "NaN")

	text.Reset()
	require.NoError(t, comparisonWith("random").csv(&text))
	assert.Contains(t, text.String(), "\nfew,1,7,,,0,,,0,0,2,,,1,2,,,1,random,4,,,1,,,,,0,,,,,,,,,,,,,,\n")
	assert.NotContains(t, text.String(), "NaN")
}
