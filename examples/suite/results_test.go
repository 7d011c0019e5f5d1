package main

import (
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/summary"
)

func TestTheResultOfAMethod(t *testing.T) {
	test := func(v float64) *float64 { return &v }
	p := &problem{entry: entry{Name: "t", Test: "test"}, best: 4, median: 2}
	m := p.result("m", []record{
		{Value: 4, Test: test(1), Seconds: 2, setting: setting{Evals: 30}, Evaluated: 20, Better: runs.Points{{Evals: 3, Value: 1}, {Evals: 7, Value: 4}},
			Failures: summary.Failures{Evaluations: 20, Failed: 1, FirstError: "no disk"}},
		{Value: 3, Test: test(2), Seconds: 4, setting: setting{Evals: 30}, Evaluated: 20, Better: runs.Points{{Evals: 1, Value: 3}}},
		{Value: 2, Test: test(3), Seconds: 6, setting: setting{Evals: 30}, Evaluated: 30, Better: runs.Points{{Evals: 1, Value: 2}}},
	})
	assert.InDelta(t, 3, m.value.Mean, 1e-12)
	assert.InDelta(t, 1/math.Sqrt(3), float64(m.value.StdErr), 1e-12)
	assert.InDelta(t, 2, m.test.Mean, 1e-12)
	assert.True(t, math.IsInf(m.until, 1))
	assert.InDelta(t, (7+31+31)/3.0, m.needed.Mean, 1e-12)
	assert.Equal(t, 2.0, m.worst)
	assert.True(t, m.fifth >= 2 && m.fifth < 3, m.fifth)
	assert.InDelta(t, 1.0/3, m.found, 1e-12)
	assert.InDelta(t, 4, m.seconds, 1e-12)
	assert.Equal(t, 1, m.failures.Failed)
	assert.Equal(t, 0.5, p.regret(3))

	found := p.result("m", []record{{Value: 4, Better: runs.Points{{Evals: 9, Value: 4}}}, {Value: 4, Better: runs.Points{{Evals: 5, Value: 4}}}, {Value: 3}})
	assert.Equal(t, 9.0, found.until)
	assert.Zero(t, found.test.N)
}

func TestTheReport(t *testing.T) {
	f := findings{[]string{"x"}, [][][]float64{{{9, 9, 9, 9, 9}, {1, 2, 3, 4, 5}, {10, 10, 11, 10, 10}}}}
	s, records := f.suite("a")
	r := resultsOf(s, records)
	r.tables[0].recorded = false
	o := overallOf(r)
	var text strings.Builder
	require.NoError(t, r.markdown(&text, o))
	assert.Contains(t, text.String(), "| a | 2.00 (2.00 to 2.00) | 0.100 (0.100 to 0.100) | – | – |\n")
	assert.Contains(t, text.String(), "| c | 1.00 (1.00 to 1.00) | -0.020 (")
	assert.Contains(t, text.String(), "The space cannot be listed; the best value found so far is 10.000, the median 0.000.")
	assert.Contains(t, text.String(), "A search has found a better value than the best")
	assert.Contains(t, text.String(), "| b | 5 | 3.000 ± 0.707 | 1.000 | 1.000 | 0 % | > 100 | 0.700 | -6.000 (-7.963 to -4.037) | ")
	assert.Contains(t, text.String(), "| c | 5 | 10.200 ± 0.200 | 10.000 | 10.000 | 100 % | 7 | ")
	assert.Less(t, strings.Index(text.String(), "| c | 1.00"), strings.Index(text.String(), "| a | 2.00"), "the best is first")
	assert.NotContains(t, text.String(), "NaN")
	assert.NotContains(t, text.String(), "Incomplete")

	text.Reset()
	require.NoError(t, r.csv(&text, o))
	rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 7)
	cell := func(row int, column string) string {
		for i, name := range rows[0] {
			if name == column {
				return rows[row][i]
			}
		}
		t.Fatalf("no column %s", column)
		return ""
	}
	assert.Equal(t, []string{"table0", "b", "3", "3", "0.7", "", "a", "-6"}, []string{
		cell(2, "table"), cell(2, "method"), cell(2, "value_mean"), cell(2, "rank"), cell(2, "regret"), cell(2, "rank_low"),
		cell(2, "against"), cell(2, "difference"),
	})
	assert.Equal(t, []string{"", "a", "2", "2", "0.1", ""}, []string{
		cell(4, "table"), cell(4, "method"), cell(4, "rank"), cell(4, "rank_high"), cell(4, "regret"), cell(4, "rank_behind"),
	})
	assert.Equal(t, []string{"b", "1", "a"}, []string{cell(5, "method"), cell(5, "rank_behind"), cell(5, "against")})
	assert.NotContains(t, text.String(), "NaN")
}

// Digits show less than a thousandth of what there is to gain.
func TestDigits(t *testing.T) {
	for _, c := range []struct {
		best, median float64
		digits       int
	}{{85, 72.4, 3}, {95, 94, 4}, {0.95, 0.9, 5}, {100, 0, 2}, {2e6, 1e6, 0}, {1, 1 - 1e-14, 8}} {
		assert.Equal(t, c.digits, tableResult{problem: &problem{best: c.best, median: c.median}}.digits(), "%+v", c)
	}
}
