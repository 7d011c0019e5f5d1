package rl_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func stringReader(s string) io.Reader { return strings.NewReader(s) }

func TestTopBreaksTiesByTheFirstEvaluated(t *testing.T) {
	h := rl.History{}
	for i, v := range []float64{2, 5, 1, 5, math.Inf(-1)} {
		e := rl.Evaluation{Trial: rl.Trial{ID: i}, Result: evaluator.Result{Value: v}}
		if i == 4 {
			e.Err = errors.New("failed")
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	assert.Equal(t, []int{1, 3, 0, 2}, trialIDs(h.Top(10)))
	assert.Equal(t, []int{1, 3}, trialIDs(h.Top(2)))
	assert.Empty(t, h.Top(0))
	assert.Empty(t, h.Top(-1))
	best, ok := h.Best()
	assert.True(t, ok)
	assert.Equal(t, 1, best.ID)
	_, ok = (&rl.History{}).Best()
	assert.False(t, ok)
	assert.Equal(t, []int{4}, trialIDs(h.Failures()))
	assert.Equal(t, upTo(5), trialIDs(slices.Collect(h.All())))
}

func TestTopEqualsAStableSort(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var h rl.History
		for i, v := range rapid.SliceOfN(rapid.IntRange(-4, 4), 0, 30).Draw(rt, "values") {
			e := rl.Evaluation{Trial: rl.Trial{ID: i}, Result: evaluator.Result{Value: float64(v)}}
			if v == -4 {
				e = rl.Evaluation{Trial: rl.Trial{ID: i}, Err: errMemory}
			}
			h.Evaluations = append(h.Evaluations, e)
		}
		n := rapid.IntRange(0, 40).Draw(rt, "n")
		want := slices.DeleteFunc(slices.Clone(h.Evaluations), func(e rl.Evaluation) bool { return !e.OK() })
		slices.SortStableFunc(want, func(a, b rl.Evaluation) int { return int(b.Result.Value - a.Result.Value) })
		want = want[:min(n, len(want))]
		assert.Equal(rt, trialIDs(want), trialIDs(h.Top(n)))
	})
}

func TestHistoryAsCSV(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
	require.NoError(t, err)
	h := rl.History{Evaluations: []rl.Evaluation{
		{Trial: rl.Trial{ID: 0, Arch: a}, Result: evaluator.Result{Value: -2.5, Metrics: map[string]float64{"params": 1}, Cost: 1500 * time.Millisecond}},
		{Trial: rl.Trial{ID: 1, Group: 1, Arch: a, LogProb: -1.5}, Err: errors.New(`went "wrong", badly`)},
		{Trial: rl.Trial{ID: 4, Group: 1, Arch: a}, Err: evaluator.ErrTemporary},
		{Trial: rl.Trial{ID: 2, Group: 2, Source: rl.SourceExplorer, Arch: a}, Result: evaluator.Result{Value: -3}},
		{Trial: rl.Trial{ID: 3, Group: 3, Arch: a}, Result: evaluator.Result{Value: -9, Failure: "out of memory"}},
	}}
	var text bytes.Buffer
	require.NoError(t, h.WriteCSV(&text, space))
	rows, err := csv.NewReader(&text).ReadAll()
	require.NoError(t, err)
	key := space.Key(a)
	assert.Equal(t, [][]string{
		{"trial", "group", "source", "log_prob", "value", "best", "cost_seconds", "params", "arch", "error", "temporary"},
		{"0", "0", "", "", "-2.5", "-2.5", "1.5", "1", key, "", ""},
		{"1", "1", "", "-1.5", "", "-2.5", "0", "", key, `went "wrong", badly`, ""},
		{"4", "1", "", "", "", "-2.5", "0", "", key, evaluator.ErrTemporary.Error(), "true"},
		{"2", "2", "explorer", "", "-3", "-2.5", "0", "", key, "", ""},
		{"3", "3", "", "", "-9", "-2.5", "0", "", key, "out of memory", ""},
	}, rows)
	assert.Error(t, h.WriteCSV(full{}, space))
	assert.Error(t, h.WriteJSONL(full{}))
}

// full is a writer to a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

// texts draws texts of characters that need escaping in some format.
var texts = rapid.StringOf(rapid.SampledFrom([]rune("ab,;\"'\\ \t\n<>&|{}[]:é世\u2028\x00\x01\ufeff")))

// histories draws histories with every kind of entry that searches produce.
func histories(archs []searchspace.Arch, space searchspace.Space) *rapid.Generator[*rl.History] {
	outcome := func(t *rapid.T, e *rl.Evaluation) {
		if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
			e.Err = errors.New(texts.Draw(t, "error"))
			classes := []error{nil, evaluator.ErrTemporary, evaluator.ErrUncertain, evaluator.ErrStopped}
			if class := rapid.SampledFrom(classes).Draw(t, "class"); class != nil {
				e.Err = fmt.Errorf("%w, %w", e.Err, class)
			}
			if errors.Is(e.Err, evaluator.ErrStopped) {
				e.Result.Cost = time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "cost"))
			}
			return
		}
		e.Result.Value = rapid.Float64().Draw(t, "value")
		e.Result.Cost = time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "cost"))
		if rapid.Bool().Draw(t, "stand-in") {
			e.Result.Failure = texts.Draw(t, "failure")
		}
		metrics := rapid.MapOfN(rapid.SampledFrom([]string{"params", "test accuracy", "a,b", "\"q\"", "", "é"}), rapid.OneOf(
			rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1)})), 0, 4).Draw(t, "metrics")
		if len(metrics) > 0 {
			e.Result.Metrics = metrics
		}
	}
	evaluation := func(t *rapid.T, id, group int) rl.Evaluation {
		e := rl.Evaluation{Trial: rl.Trial{ID: id, Group: group, Source: texts.Draw(t, "source")}}
		e.Arch = rapid.SampledFrom(archs).Draw(t, "arch")
		e.Key = space.Key(e.Arch)
		e.LogProb = rapid.SampledFrom([]float64{0, -1.25, -1e-300, -12.3456789}).Draw(t, "log-probability")
		outcome(t, &e)
		return e
	}
	return rapid.Custom(func(t *rapid.T) *rl.History {
		h := &rl.History{Space: space.Name(), Seed: rapid.Uint64().Draw(t, "seed")}
		h.Stop = rapid.SampledFrom([]rl.StopReason{"", rl.StopBudget, rl.StopError}).Draw(t, "stop")
		for i := range rapid.IntRange(0, 2).Draw(t, "past") {
			e := evaluation(t, i-2, -1)
			h.Past = append(h.Past, e)
		}
		id := 0
		for n := range rapid.IntRange(0, 4).Draw(t, "groups") {
			g := rl.Group{Number: n, First: id, Wanted: 3, Seen: rapid.IntRange(0, id).Draw(t, "seen")}
			if rapid.Bool().Draw(t, "diagnosed") {
				text, err := json.Marshal(texts.Draw(t, "diagnostic"))
				if err != nil {
					panic(err)
				}
				g.Diagnostic = text
			}
			for range rapid.IntRange(1, 3).Draw(t, "trials") {
				g.Trials = append(g.Trials, id)
				e := evaluation(t, id, n)
				if e.Repeat = rapid.IntRange(0, 3).Draw(t, "repeat") == 0; e.Repeat {
					h.Repeats = append(h.Repeats, e)
				} else {
					h.Evaluations = append(h.Evaluations, e)
				}
				id++
			}
			h.Groups = append(h.Groups, g)
		}
		return h
	})
}

// assertSame compares evaluations, and their errors by text.
func assertSame(t require.TestingT, want, got rl.Evaluation) {
	if want.Err != nil || got.Err != nil {
		require.NotNil(t, want.Err)
		require.NotNil(t, got.Err)
		require.Equal(t, want.Err.Error(), got.Err.Error())
		if errors.Is(want.Err, evaluator.ErrStopped) {
			require.ErrorIs(t, got.Err, evaluator.ErrStopped)
		} else {
			require.ErrorIs(t, got.Err, rl.ErrRecorded)
			require.NotErrorIs(t, got.Err, evaluator.ErrStopped)
		}
		require.Equal(t, errors.Is(want.Err, evaluator.ErrTemporary), errors.Is(got.Err, evaluator.ErrTemporary))
		require.Equal(t, errors.Is(want.Err, evaluator.ErrUncertain), errors.Is(got.Err, evaluator.ErrUncertain))
		want.Err, got.Err = nil, nil
	}
	require.True(t, want.Arch.Equal(got.Arch))
	want.Arch, got.Arch = searchspace.Arch{}, searchspace.Arch{}
	require.Len(t, got.Result.Metrics, len(want.Result.Metrics))
	for name, v := range want.Result.Metrics {
		require.Equal(t, math.Float64bits(v), math.Float64bits(got.Result.Metrics[name]), "metric %q: %v and %v", name, v, got.Result.Metrics[name])
	}
	want.Result.Metrics, got.Result.Metrics = nil, nil
	require.Equal(t, want, got)
}

// assertAllSame compares lists of evaluations.
func assertAllSame(t require.TestingT, want, got []rl.Evaluation) {
	require.Len(t, got, len(want))
	for i := range want {
		assertSame(t, want[i], got[i])
	}
}

// spacesAndArchs returns spaces with and without a notation, and some members of each.
func spacesAndArchs(t testing.TB) map[searchspace.Space][]searchspace.Arch {
	small := smallSpace(t)
	return map[searchspace.Space][]searchspace.Arch{
		small:                     draws(t, small, 8),
		searchspace.NASBench201{}: draws(t, searchspace.NASBench201{}, 8),
		searchspace.NASBench101{}: draws(t, searchspace.NASBench101{}, 8),
	}
}

// addFigures gives every result the figures of the objectives and limits.
func addFigures(h *rl.History) {
	figures := map[string]float64{}
	for _, o := range h.Objectives {
		figures[o.Metric] = 1
	}
	for _, l := range h.Limits {
		figures[l.Metric] = 1
	}
	for _, list := range [][]rl.Evaluation{h.Evaluations, h.Repeats, h.Past} {
		for i, e := range list {
			if e.OK() {
				metrics := map[string]float64{}
				maps.Copy(metrics, e.Result.Metrics)
				maps.Copy(metrics, figures)
				list[i].Result.Metrics = metrics
			}
		}
	}
}

func TestJSONLReadsBack(t *testing.T) {
	for space, archs := range spacesAndArchs(t) {
		generate := histories(archs, space)
		rapid.Check(t, func(rt *rapid.T) {
			h := generate.Draw(rt, "history")
			h.Objectives, h.Limits = anyGoals(rt)
			addFigures(h)
			text := jsonl(rt, h)
			back, err := rl.ReadJSONL(strings.NewReader(text), space)
			require.NoError(rt, err)
			assertAllSame(rt, h.Evaluations, back.Evaluations)
			assertAllSame(rt, h.Repeats, back.Repeats)
			assertAllSame(rt, h.Past, back.Past)
			require.Equal(rt, h.Groups, back.Groups)
			require.Equal(rt, []any{h.Objectives, h.Limits}, []any{back.Objectives, back.Limits})
			require.Equal(rt, []any{h.Space, h.Seed, h.Stop}, []any{back.Space, back.Seed, back.Stop})
			require.Equal(rt, text, jsonl(rt, back))

			// A truncated file still has the complete lines.
			cut := rapid.IntRange(0, len(text)-1).Draw(rt, "length")
			part, err := rl.ReadJSONL(strings.NewReader(text[:cut]), space)
			whole := strings.Count(text[:cut], "\n")
			if text[:cut] == "" || text[cut-1] == '\n' {
				require.NoError(rt, err)
			} else {
				require.ErrorContains(rt, err, fmt.Sprintf("line %d", whole+1))
			}
			lines := strings.SplitAfter(text, "\n")[:whole]
			n := 0
			for _, line := range lines {
				if strings.HasPrefix(line, `{"evaluation"`) && !strings.Contains(line, `"repeat":true`) {
					n++
				}
			}
			assertAllSame(rt, h.Evaluations[:n], part.Evaluations)
		})
	}
}

func TestCSVReadsBack(t *testing.T) {
	for space, archs := range spacesAndArchs(t) {
		generate := histories(archs, space)
		rapid.Check(t, func(rt *rapid.T) {
			h := generate.Draw(rt, "history")
			var whole, live bytes.Buffer
			require.NoError(rt, h.WriteCSV(&whole, space))
			text := whole.String()
			back, err := rl.ReadCSV(&whole, space)
			require.NoError(rt, err)
			require.Equal(rt, space.Name(), back.Space)
			assertAllSame(rt, h.Evaluations, back.Evaluations)
			var again bytes.Buffer
			require.NoError(rt, back.WriteCSV(&again, space))
			require.Equal(rt, text, again.String())

			w := rl.NewCSVWriter(&live, space, "params", "missing")
			for _, e := range h.Evaluations {
				require.NoError(rt, w.Write(e))
			}
			if len(h.Evaluations) > 0 {
				back, err = rl.ReadCSV(&live, space)
				require.NoError(rt, err)
				assertAllSame(rt, h.Evaluations, back.Evaluations)
			}
		})
	}
}

// The column "best" follows a single objective and the limits.
func TestCSVHasTheBestOfTheObjective(t *testing.T) {
	space := smallSpace(t)
	for want, c := range map[string]rl.Config{
		"3,4,4,4": {},
		"3,3,2,1": {Objectives: []rl.Objective{rl.Minimize("")}},
		",,2,2":   {Limits: []rl.Limit{rl.AtMost("", 2)}},
		"5,6,6,8": {Objectives: []rl.Objective{rl.Maximize("size")}},
		",,,":     {Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("size")}},
	} {
		h := &rl.History{Objectives: c.Objectives, Limits: c.Limits}
		for i, a := range draws(t, space, 4) {
			value, size := []float64{3, 4, 2, 1}[i], []float64{5, 6, 4, 8}[i]
			h.Evaluations = append(h.Evaluations, rl.Evaluation{
				Trial: rl.Trial{ID: i, Group: i, Arch: a}, Result: evaluator.Result{Value: value, Metrics: map[string]float64{"size": size}},
			})
		}
		var table bytes.Buffer
		require.NoError(t, h.WriteCSV(&table, space))
		rows, err := csv.NewReader(&table).ReadAll()
		require.NoError(t, err)
		var best []string
		for _, row := range rows[1:] {
			best = append(best, row[slices.Index(rows[0], "best")])
		}
		assert.Equal(t, want, strings.Join(best, ","))
	}
}

// A cost of any size is read back with the precision of a float and the same sign.
func TestCSVCosts(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 1)[0]
	for _, cost := range []time.Duration{0, 1, 999, 1234567891234567, 9e9 * time.Second, math.MaxInt64} {
		h := rl.History{Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: a, Key: space.Key(a)}, Result: evaluator.Result{Cost: cost}}}}
		var text bytes.Buffer
		require.NoError(t, h.WriteCSV(&text, space))
		back, err := rl.ReadCSV(&text, space)
		require.NoError(t, err)
		assert.InEpsilon(t, float64(cost)+1, float64(back.Evaluations[0].Result.Cost)+1, 1e-12, "%v", cost)
	}
	for _, seconds := range []string{"1e300", "-1e300", "NaN", "+Inf", "much"} {
		text := "trial,group,source,log_prob,value,best,cost_seconds,arch,error\n0,0,,,1,1," + seconds + ",\"" +
			strings.ReplaceAll(archJSON(t, a), `"`, `""`) + "\",\n"
		_, err := rl.ReadCSV(strings.NewReader(text), space)
		assert.ErrorContains(t, err, "cost_seconds", seconds)
		assert.ErrorContains(t, err, "line 2", seconds)
	}
}

func archJSON(t testing.TB, a searchspace.Arch) string {
	text, err := a.MarshalJSON()
	require.NoError(t, err)
	return string(text)
}

// A value that is not finite is an error in a file, as it is in a search.
func TestCSVRejectsValuesThatAreNotFinite(t *testing.T) {
	space := smallSpace(t)
	a := archJSON(t, draws(t, space, 1)[0])
	for _, value := range []string{"NaN", "Inf", "-Inf", "1e999"} {
		text := "trial,group,source,log_prob,value,best,cost_seconds,arch,error\n0,0,,," + value + ",,0,\"" +
			strings.ReplaceAll(a, `"`, `""`) + "\",\n"
		_, err := rl.ReadCSV(strings.NewReader(text), space)
		assert.ErrorContains(t, err, "value", value)
	}
}

// A metric may have the name of a column.
func TestCSVMetricsWithTheNameOfAColumn(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 1)[0]
	for _, name := range []string{"trial", "value", "best", "error", "arch", "source", "temporary", "more_metrics"} {
		h := rl.History{Evaluations: []rl.Evaluation{{
			Trial: rl.Trial{Arch: a, Key: space.Key(a)}, Result: evaluator.Result{Value: 3, Metrics: map[string]float64{name: 17}},
		}}}
		var text bytes.Buffer
		if h.WriteCSV(&text, space) != nil {
			continue // an error would be acceptable too
		}
		back, err := rl.ReadCSV(&text, space)
		if assert.NoError(t, err, name) {
			assert.Equal(t, h.Evaluations[0].Result, back.Evaluations[0].Result, name)
		}
	}
}

// readCSV is rl.ReadCSV, with panics turned into errors.
func readCSV(r io.Reader, space searchspace.Space) (h *rl.History, err error) {
	defer func() {
		if v := recover(); v != nil {
			h, err = &rl.History{}, fmt.Errorf("ReadCSV panicked: %v", v)
		}
	}()
	return rl.ReadCSV(r, space)
}

func TestInvalidCSV(t *testing.T) {
	space := searchspace.NASBench201{}
	h, err := mustRun(t, space, baseline.RandomSearch{}, rugged, rl.Config{Evaluations: 6})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, h.WriteCSV(&out, space))
	lines := strings.SplitAfter(out.String(), "\n")
	for name, test := range map[string]struct{ line, says string }{
		"trial":         {"x" + lines[3], "trial"},
		"too few cells": {"1,2,3\n", ""},
		"architecture":  {strings.Replace(lines[3], "|+|", "|-|", 1), "arch"},
		"bare quote":    {"\"" + lines[3], ""},
		"lone quote":    {"\"", ""},
	} {
		text := strings.Join(slices.Replace(slices.Clone(lines), 3, 4, test.line), "")
		back, err := readCSV(strings.NewReader(text), space)
		assert.ErrorContains(t, err, test.says, name)
		assert.ErrorContains(t, err, "line", name)
		assert.Len(t, back.Evaluations, 2, "%s: what comes before is read", name)
	}
	_, err = readCSV(strings.NewReader(""), space)
	assert.Error(t, err)
	_, err = readCSV(strings.NewReader("trial,group\n"), space)
	assert.ErrorContains(t, err, "source")
	// Half a row, as after a crash.
	back, err := readCSV(strings.NewReader(out.String()[:out.Len()-20]), space)
	assert.Error(t, err)
	assert.Len(t, back.Evaluations, 5)
}

func TestInvalidJSONL(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, rl.Config{Evaluations: 4})
	require.NoError(t, err)
	lines := strings.SplitAfter(jsonl(t, h), "\n")
	for _, bad := range []string{"{\n", "{}\n", "[]\n", "\n", "null\n", `{"evaluation":{"trial":1,"arch":{"parts":[]},"value":1}}` + "\n", `{"evaluation":{"trial":1,"value":1}}` + "\n"} {
		text := strings.Join(slices.Replace(slices.Clone(lines), 4, 5, bad), "")
		back, err := rl.ReadJSONL(strings.NewReader(text), space)
		assert.ErrorContains(t, err, "line 5", "%q", bad)
		assert.Len(t, back.Evaluations, 1, bad)
	}
	_, err = rl.ReadJSONL(strings.NewReader(strings.Join(lines, "")+lines[0]), space)
	assert.ErrorContains(t, err, "the search must come before its evaluations")
	_, err = rl.ReadJSONL(strings.NewReader(lines[0]), searchspace.NASBench101{})
	assert.ErrorContains(t, err, "small")
	empty, err := rl.ReadJSONL(strings.NewReader(""), space)
	require.NoError(t, err)
	assert.Empty(t, empty.Evaluations)
}

// The objectives and limits must be valid, and results must have their figures, as in a search.
func TestJSONLChecksTheGoals(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 1)[0]
	for want, h := range map[string]*rl.History{
		`line 2: trial 7: the result lacks a figure: it must have "latency"`: {Objectives: []rl.Objective{rl.Minimize("latency")}},
		`line 2: trial 7: the result lacks a figure: it must have "size"`:    {Limits: []rl.Limit{rl.AtMost("size", 5)}},
		"line 2: trial 7: the objective is not a finite number: loss is NaN": {Objectives: []rl.Objective{rl.Minimize("loss")}},
		"line 1: Objectives: loss is listed twice":                           {Objectives: []rl.Objective{rl.Minimize("loss"), rl.Maximize("loss")}},
		"line 1: Limits: no figure can be both":                              {Limits: []rl.Limit{rl.AtMost("loss", 1), rl.AtLeast("loss", 2)}},
	} {
		h.Space = space.Name()
		failed := rl.Evaluation{Trial: rl.Trial{ID: 3, Arch: a}, Err: errMemory}
		e := rl.Evaluation{Trial: rl.Trial{ID: 7, Arch: a}, Result: evaluator.Result{Metrics: map[string]float64{"loss": math.NaN()}}}
		for _, list := range []*[]rl.Evaluation{&h.Evaluations, &h.Past} {
			*list = []rl.Evaluation{e}
			_, err := rl.ReadJSONL(strings.NewReader(jsonl(t, h)), space)
			assert.ErrorContains(t, err, want)
			*list = []rl.Evaluation{failed}
		}
	}
}

// A file written while the search runs equals the one written at its end.
func TestLiveFilesEqualFinalFiles(t *testing.T) {
	space := smallSpace(t)
	past := []rl.Past{{Results: outcomes(t, rugged, draws(t, space, 3))}}
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		if rapid.Bool().Draw(rt, "arrival") {
			c.Arrival, c.Lag, c.Workers = true, 0, 3
		}
		c.Past = past
		stopAt := rapid.IntRange(0, 30).Draw(rt, "stop")
		var lines, table bytes.Buffer
		var live *rl.JSONLWriter
		rows := rl.NewCSVWriter(&table, space, "nodes")
		c.OnPropose = func(g rl.Group, trials []rl.Trial) error { return live.Group(g, trials) }
		seen := 0
		c.OnResult = func(e rl.Evaluation) error {
			if err := errors.Join(live.Evaluation(e), rows.Write(e)); err != nil {
				return err
			}
			if seen++; seen == stopAt {
				return rl.ErrStop
			}
			return nil
		}
		s := mustNew(t, space, repeating(space), c)
		live = rl.NewJSONLWriter(&lines, s.History())
		h, err := askAndTell(s, rugged, rapid.Uint64().Draw(rt, "order"))
		require.NoError(rt, err)
		require.NoError(rt, live.End(h))
		require.Equal(rt, jsonl(rt, h), lines.String())
		if len(h.Evaluations) > 0 {
			back, err := rl.ReadCSV(&table, space)
			require.NoError(rt, err)
			require.Len(rt, back.Evaluations, len(h.Evaluations))
			for i, e := range h.Evaluations {
				require.Equal(rt, e.Result, back.Evaluations[i].Result)
			}
		}
	})
}

func TestWritersReportErrors(t *testing.T) {
	space := smallSpace(t)
	e := rl.Evaluation{Trial: rl.Trial{Arch: draws(t, space, 1)[0]}}
	assert.Error(t, rl.NewCSVWriter(full{}, space).Write(e))
	w := rl.NewJSONLWriter(full{}, &rl.History{})
	assert.Error(t, w.Group(rl.Group{}, nil))
	assert.Error(t, w.Evaluation(e))
	assert.Error(t, w.End(&rl.History{Stop: rl.StopBudget}))
}

// A History is a copy.
func TestAHistoryIsACopy(t *testing.T) {
	space := smallSpace(t)
	s := mustNew(t, space, repeating(space), rl.Config{Evaluations: 12, Lag: 4})
	l := loop{search: s, evaluator: rugged, rng: newRNG(4)}
	for range 12 {
		l.step()
	}
	h := s.History()
	assert.Empty(t, h.Stop)
	before := jsonl(t, h)
	for l.step() {
	}
	_, err := s.Finish(context.Background())
	require.NoError(t, err)
	assert.Equal(t, before, jsonl(t, h))
}

func FuzzReadJSONL(f *testing.F) {
	space := smallSpace(f)
	h, err := mustRun(f, space, repeating(space), rugged, rl.Config{Evaluations: 2, Past: []rl.Past{{Results: outcomes(f, rugged, draws(f, space, 1))}}})
	require.NoError(f, err)
	f.Add(jsonl(f, h))
	f.Add("")
	f.Add("{}\n")
	f.Add(`{"group":{"number":3,"first":1,"wanted":1,"trials":[1],"seen":0,"diagnostic":{"a" : "<"}}}` + "\n")
	f.Add(`{"evaluation":{"trial":1,"arch":{"parts":[]},"value":1,"metrics":{"a":"NaN"}}}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := rl.ReadJSONL(strings.NewReader(text), space)
		require.NotNil(t, h)
		if err != nil {
			require.ErrorContains(t, err, "line ")
		}
		for _, e := range slices.Concat(h.Evaluations, h.Past, h.Repeats) {
			require.NoError(t, space.Validate(e.Arch))
			require.False(t, math.IsNaN(e.Result.Value))
		}
		again := jsonl(t, h)
		back, err := rl.ReadJSONL(strings.NewReader(again), space)
		require.NoError(t, err)
		require.Equal(t, again, jsonl(t, back))
		require.Len(t, back.Evaluations, len(h.Evaluations))
		require.Len(t, back.Repeats, len(h.Repeats))
		require.Len(t, back.Groups, len(h.Groups))
	})
}

// A trial can have one evaluation only.
func TestTrialsListedTwiceAreRejected(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, rl.Config{Evaluations: 2})
	require.NoError(t, err)
	lines := strings.SplitAfter(jsonl(t, h), "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"evaluation"`) })
	back, err := rl.ReadJSONL(strings.NewReader(strings.Join(lines, "")+lines[first]), space)
	require.EqualError(t, err, fmt.Sprintf("reading a history: line %d: trial 0 is listed twice", len(lines)))
	assertAllSame(t, h.Evaluations, back.Evaluations)

	var table bytes.Buffer
	require.NoError(t, h.WriteCSV(&table, space))
	rows := strings.SplitAfter(table.String(), "\n")
	back, err = rl.ReadCSV(strings.NewReader(table.String()+rows[1]), space)
	require.EqualError(t, err, "reading a history: line 4: trial 0 is listed twice")
	assertAllSame(t, h.Evaluations, back.Evaluations)
}

// Groups in the wrong order are rejected, or are still there when the history is written again.
func TestGroupsOutOfOrderAreNotLost(t *testing.T) {
	space := smallSpace(t)
	text := `{"search":{"space":"small","seed":1}}
{"group":{"number":5,"first":0,"wanted":1,"trials":[0],"seen":0}}
{"group":{"number":2,"first":1,"wanted":1,"trials":[1],"seen":0}}
`
	h, err := rl.ReadJSONL(strings.NewReader(text), space)
	if err != nil {
		assert.ErrorContains(t, err, "line 3")
		return
	}
	assert.Equal(t, text, jsonl(t, h))
}

func FuzzReadCSV(f *testing.F) {
	space := searchspace.NASBench201{}
	h, err := mustRun(f, space, repeating(space), rugged, rl.Config{Evaluations: 2})
	require.NoError(f, err)
	var out bytes.Buffer
	require.NoError(f, h.WriteCSV(&out, space))
	f.Add(out.String())
	f.Add("")
	f.Add("trial,group,source,log_prob,value,best,cost_seconds,more_metrics,arch,error\n0,0,,,,,,{},,\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := rl.ReadCSV(strings.NewReader(text), space)
		require.NotNil(t, h)
		if err != nil {
			require.ErrorContains(t, err, "reading a history")
		}
		for _, e := range h.Evaluations {
			require.NoError(t, space.Validate(e.Arch))
		}
		_ = h.Top(3)
		_ = h.Cost()
	})
}

// A History that is read back equals that of the search in every field.
func TestAHistoryReadBackEqualsThatOfTheSearch(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, methods["ranked"](t, space), rugged, rl.Config{Evaluations: 15, Batch: 3, Lag: 4})
	require.NoError(t, err)
	back, err := rl.ReadJSONL(strings.NewReader(jsonl(t, h)), space)
	require.NoError(t, err)
	assertAllSame(t, h.Evaluations, back.Evaluations)
	for i, g := range back.Groups {
		assert.True(t, reflect.DeepEqual(h.Groups[i], g))
		var d rl.Diagnostic
		require.NoError(t, json.Unmarshal(g.Diagnostic, &d))
		if g.First >= 6 {
			assert.Zero(t, d.Explored)
			assert.NotNil(t, d.Fit)
			assert.NotNil(t, d.Marginals)
			assert.Positive(t, d.Candidates)
		}
	}
}
