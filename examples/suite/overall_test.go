package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
)

// findings are searches of made-up tables: the best values by table, method and seed.
type findings struct {
	families []string // of each table
	values   [][][]float64
}

// suite returns a suite in which searches found these values. The best of each table is 10, the median 0.
func (f findings) suite(against string) (*suite, []record) {
	s := &suite{options: options{against: against, seed: 1, seeds: len(f.values[0][0])}}
	var records []record
	for i, family := range f.families {
		p := &problem{entry: entry{Name: fmt.Sprint("table", i), Family: family}, best: 10, recorded: true}
		s.problems = append(s.problems, p)
		for m, values := range f.values[i] {
			name := string(rune('a' + m))
			if i == 0 {
				s.methods = append(s.methods, methods.Contender{Named: tool.Named[methods.New]{Name: name}, Seeds: s.seeds})
			}
			for seed, v := range values {
				records = append(records, record{
					setting: s.setting(p), Method: name, Seed: 1 + uint64(seed), Value: v, Evaluated: 100, Better: runs.Points{{Evals: 7, Value: v}},
				})
			}
		}
	}
	return s, records
}

func (f findings) overall(against string) overall {
	s, records := f.suite(against)
	return overallOf(resultsOf(s, records))
}

// anyFindings draws findings with many ties.
func anyFindings(t *rapid.T) findings {
	var f findings
	tables, of := rapid.IntRange(1, 4).Draw(t, "tables"), rapid.IntRange(1, 4).Draw(t, "methods")
	seeds := rapid.IntRange(1, 3).Draw(t, "seeds")
	for range tables {
		f.families = append(f.families, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "family"))
		var table [][]float64
		for range of {
			var values []float64
			for range seeds {
				values = append(values, float64(rapid.IntRange(-2, 10).Draw(t, "value")))
			}
			table = append(table, values)
		}
		f.values = append(f.values, table)
	}
	return f
}

func TestScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFindings(t)
		o := f.overall("a")
		n := float64(len(f.values[0]))
		require.Len(t, o.scores, int(n))
		assert.Equal(t, len(f.families), o.tables)
		sum := 0.0
		for m, s := range o.scores {
			sum += s.rank.Value
			found := 0.0
			for _, table := range f.values {
				for _, v := range table[m] {
					found += (10 - v) / 10 / float64(len(table[m])*len(f.values))
				}
			}
			assert.InDelta(t, found, s.regret.Value, 1e-9)
			assert.InDelta(t, s.rank.Value-o.scores[0].rank.Value, s.rankBehind.Value, 1e-9)
			assert.InDelta(t, s.regret.Value-o.scores[0].regret.Value, s.regretBehind.Value, 1e-9)
			for _, i := range []struct{ value, low, high float64 }{
				{s.rank.Value, float64(s.rank.Low), float64(s.rank.High)}, {s.regret.Value, float64(s.regret.Low), float64(s.regret.High)},
				{s.rankBehind.Value, float64(s.rankBehind.Low), float64(s.rankBehind.High)},
			} {
				assert.LessOrEqual(t, i.low, i.value)
				assert.GreaterOrEqual(t, i.high, i.value)
			}
			assert.GreaterOrEqual(t, float64(s.rank.Low), 1.0)
			assert.LessOrEqual(t, float64(s.rank.High), n)
		}
		assert.InDelta(t, n*(n+1)/2, sum, 1e-9)
	})
}

// A method that finds the best everywhere has rank 1 and no regret, whichever families and seeds are drawn; one that finds the
// median has a regret of 1.
func TestTheBestAndTheMedian(t *testing.T) {
	o := findings{[]string{"x", "x", "y"}, [][][]float64{
		{{10, 10}, {0, 0}, {5, 6}}, {{10, 10}, {0, 0}, {4, 4}}, {{10, 10}, {0, 0}, {3, 9}},
	}}.overall("b")
	for m, want := range []struct{ rank, regret float64 }{{1, 0}, {3, 1}} {
		s := o.scores[m]
		assert.Equal(t, want.rank, s.rank.Value)
		assert.Equal(t, s.rank.Value, float64(s.rank.Low))
		assert.Equal(t, s.rank.Value, float64(s.rank.High))
		assert.Equal(t, want.regret, s.regret.Value)
		assert.Equal(t, s.regret.Value, float64(s.regret.High))
	}
	assert.Equal(t, -2.0, o.scores[0].rankBehind.Value)
	assert.Equal(t, -1.0, float64(o.scores[0].regretBehind.High))
	assert.Zero(t, o.scores[1].rankBehind.Value)
	assert.Less(t, float64(o.scores[2].regret.Low), float64(o.scores[2].regret.High), "its seeds differ")
	assert.Equal(t, 2, o.families)
}

// Families are drawn whole: with one family of two tables that contradict one another, every sample has both.
func TestFamiliesAreDrawnWhole(t *testing.T) {
	values := [][][]float64{{{10}, {0}}, {{0}, {10}}}
	together := findings{[]string{"x", "x"}, values}.overall("a").scores[0].rank
	assert.Equal(t, []float64{1.5, 1.5, 1.5}, []float64{together.Value, float64(together.Low), float64(together.High)})
	apart := findings{[]string{"x", "y"}, values}.overall("a").scores[0].rank
	assert.Equal(t, []float64{1.5, 1, 2}, []float64{apart.Value, float64(apart.Low), float64(apart.High)})
}

// A table counts only if all methods have searched it.
func TestTablesThatSomeMethodsHaveNotSearched(t *testing.T) {
	f := findings{[]string{"x", "y"}, [][][]float64{{{1, 2}, {3, 4}}, {{5, 6}, {0, 0}}}}
	s, records := f.suite("a")
	for i := range 2 { // the searches of the last table by the last method are missing
		records[len(records)-1-i].Method = "gone"
	}
	r := resultsOf(s, records)
	o := overallOf(r)
	assert.Equal(t, 1, o.tables)
	assert.Equal(t, 2.0, o.scores[0].rank.Value)
	var text strings.Builder
	require.NoError(t, r.markdown(&text, o))
	assert.Contains(t, text.String(), "Incomplete: 6 of 8 searches have finished.\n")
	assert.Contains(t, text.String(), "1 table in 1 family that all methods have searched.")
	assert.Contains(t, text.String(), "With a single family")

	r = resultsOf(s, append(records[:2:2], records[4], records[5])) // the second table only by the first method
	r.tables[0].methods[0].name = "b"
	text.Reset()
	require.NoError(t, r.markdown(&text, overallOf(r)))
	assert.Contains(t, text.String(), "No table has been searched by all methods yet.")
}
