package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// written writes the page of a search.
func written(t *testing.T, space searchspace.Space, h *rl.History, o report.Options) string {
	var text strings.Builder
	require.NoError(t, report.Write(&text, space, h, o))
	return text.String()
}

// dataOf returns the data of the first search on a page.
func dataOf(t *testing.T, page string) map[string]any { return searchOf(t, page, 0) }

// searchOf returns the data of the search with the given number.
func searchOf(t *testing.T, page string, number int) map[string]any {
	_, rest, ok := strings.Cut(page, `id="data">`)
	require.True(t, ok)
	text, _, ok := strings.Cut(rest, "</script>")
	require.True(t, ok)
	var data struct{ Searches []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(text), &data))
	return data.Searches[number]
}

func TestAPageIsDeterministicAndNeedsNoOtherFile(t *testing.T) {
	space := searchspace.NASBench201{}
	h, timeline := learned(t, space)
	o := report.Options{Timeline: timeline}
	page := written(t, space, h, o)
	assert.Equal(t, page, written(t, space, h, o))
	for _, loads := range []string{"src=\"http", "href=\"http", "@import", "url(", "fetch("} {
		assert.NotContains(t, page, loads)
	}
	assert.Contains(t, page, "connect-src &#39;none&#39;")
	data := dataOf(t, page)
	assert.Len(t, data["rows"], 50)
	assert.Len(t, data["drawings"], 12)
	assert.Len(t, data["spans"], 50)
	assert.Equal(t, "budget", data["stop"])
}

func TestDataOfAPage(t *testing.T) {
	space := searchspace.NASBench201{}
	cells := func(yield func(int, searchspace.Arch) bool) {
		n := 0
		for a := range space.All() {
			if n++; !yield(n-1, a) {
				return
			}
		}
	}
	h := &rl.History{Space: space.Name(), Seed: 1 << 63}
	for i, a := range cells {
		e := rl.Evaluation{Trial: rl.Trial{ID: i, Arch: a, Source: "mine"}}
		switch i {
		case 0:
			e.Err = fmt.Errorf("evaluating [%s]: %w", space.Format(a), errors.New("no memory"))
		case 1:
			e.Err = fmt.Errorf("no worker: %w", evaluator.ErrTemporary)
		case 2:
			e.Result = evaluator.Result{Failure: "diverged"}
		case 3:
			e.Result = evaluator.Result{Value: 1, Metrics: map[string]float64{"nan": math.NaN(), "inf": math.Inf(1), "x": 2}, Cost: time.Minute}
		case 4:
			e.Repeat, e.Result.Value = true, 0.25
			h.Repeats = append(h.Repeats, e)
			continue
		case 5:
			e.ID, e.Result.Value = -1, 3
			h.Past = append(h.Past, e)
		}
		if i == 5 {
			break
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	data := dataOf(t, written(t, space, h, report.Options{Name: "mine", Objective: "accuracy", Drawings: 2}))
	assert.Equal(t, []any{"mine", "accuracy", "9223372036854775808", ""}, []any{data["name"], data["objective"], data["seed"], data["stop"]})
	assert.Len(t, data["drawings"], 2)
	rows := data["rows"].([]any)
	at := func(i int, name string) any { return rows[i].(map[string]any)[name] }
	assert.Equal(t, "no memory", at(0, "error"), "without the architecture, which the row shows")
	assert.Equal(t, []any{"no worker: temporary", true}, []any{strings.Split(at(1, "error").(string), " failure")[0], at(1, "temporary")})
	assert.Equal(t, []any{"diverged", 0.0}, []any{at(2, "error"), at(2, "value")})
	assert.Equal(t, map[string]any{"nan": nil, "inf": nil, "x": 2.0}, at(3, "metrics"))
	assert.Equal(t, []any{1.0, 60.0}, []any{at(3, "value"), at(3, "cost")})
	assert.Equal(t, []any{4.0, true}, []any{at(4, "trial"), at(4, "repeat")})
	assert.Equal(t, []any{-1.0, 3.0}, []any{at(5, "trial"), at(5, "value")})
}

// The summary of budgets is computed from the evaluations.
func TestSummaryOfBudgets(t *testing.T) {
	space := searchspace.NASBench201{}
	h := &rl.History{Space: space.Name()}
	at := func(budget float64, key string, value float64, err error) {
		e := rl.Evaluation{Trial: rl.Trial{ID: len(h.Evaluations), Key: key, Budget: budget, Arch: anyCell(t)}, Err: err}
		if e.Result.Cost = time.Minute; err == nil {
			e.Result.Value = value
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	at(1, "a", 1, nil)
	at(1, "b", 2, nil)
	at(1, "c", 3, nil)
	at(1, "d", 4, nil)
	at(1, "e", 0, errors.New("no memory"))
	at(3, "b", 20, nil)
	at(3, "c", 30, nil)
	at(3, "d", 25, nil)
	at(0, "c", 5, nil)
	at(0, "d", 0, fmt.Errorf("trial 9: %w at epoch 2", evaluator.ErrStopped))
	var curve evaluator.Curve
	for i := range 1000 {
		curve = append(curve, evaluator.Point{Epoch: float64(i), Value: 1})
	}
	h.Evaluations[9].Result.Curve = curve
	data := dataOf(t, written(t, space, h, report.Options{Unit: "epochs"}))
	assert.Equal(t, "epochs", data["unit"])
	text, err := json.Marshal(data["budgets"])
	require.NoError(t, err)
	assert.JSONEq(t, `[
		{"budget": 1, "evaluations": 5, "failed": 1, "stopped": 0, "cost": 300, "promoted": 3,
			"ranks": [{"budget": 3, "n": 3, "spearman": 0.5}, {"budget": 0, "n": 1, "spearman": null}]},
		{"budget": 3, "evaluations": 3, "failed": 0, "stopped": 0, "cost": 180, "promoted": 2, "ranks": [{"budget": 0, "n": 1, "spearman": null}]},
		{"budget": 0, "evaluations": 2, "failed": 0, "stopped": 1, "cost": 120, "promoted": 0, "ranks": []}
	]`, string(text))
	rows := data["rows"].([]any)
	at5, at9 := rows[5].(map[string]any), rows[9].(map[string]any)
	assert.Equal(t, []any{1.0, 3.0}, []any{at5["same"], at5["budget"]})
	assert.Nil(t, rows[0].(map[string]any)["same"])
	assert.Equal(t, []any{true, 3.0, 60.0}, []any{at9["stopped"], at9["same"], at9["cost"]})
	points := at9["curve"].([]any)
	assert.Less(t, len(points), 100)
	assert.Equal(t, []any{[]any{0.0, 1.0}, []any{999.0, 1.0}}, []any{points[0], points[len(points)-1]}, "from the first to the last")

	h.Evaluations = h.Evaluations[:4]
	assert.Nil(t, dataOf(t, written(t, space, h, report.Options{}))["budgets"], "there is only one budget")
}

// The hypervolumes of all searches on a page are relative to the same reference, in a file and live.
func TestHypervolumesCanBeCompared(t *testing.T) {
	space := searchspace.NASBench201{}
	search := func(figures ...[2]float64) *rl.History {
		h := &rl.History{Space: space.Name(), Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("size")}}
		for i, f := range figures {
			h.Evaluations = append(h.Evaluations, rl.Evaluation{
				Trial: rl.Trial{ID: i, Arch: anyCell(t)}, Result: evaluator.Result{Value: f[0], Metrics: map[string]float64{"size": f[1]}},
			})
		}
		return h
	}
	a, b := search([2]float64{2, 1}, [2]float64{1, 3}), search([2]float64{4, 9}, [2]float64{3, 4})
	volumes := func(histories ...*rl.History) (all []any) {
		var searches []report.Search
		handler := &report.Handler{}
		for _, h := range histories {
			searches = append(searches, report.Search{Space: space, History: h})
			m := report.NewMonitor(space, report.Options{})
			m.Finish(h)
			handler.Add(m)
		}
		var text strings.Builder
		require.NoError(t, report.WriteAll(&text, "", searches...))
		_, live := get(t, handler, "/")
		for i := range histories {
			volume := searchOf(t, text.String(), i)["hypervolume"]
			assert.Equal(t, volume, searchOf(t, live, i)["hypervolume"])
			all = append(all, volume)
		}
		return all
	}
	assert.Equal(t, []any{[]any{2.0, 2.0}}, volumes(a), "from (1, 3)")
	assert.Equal(t, []any{[]any{8.0, 8.0}, []any{0.0, 10.0}}, volumes(a, b), "from (1, 9)")
	assert.Equal(t, []any{[]any{0.0, 10.0}, []any{8.0, 8.0}}, volumes(b, a), "the order does not matter")
	other := search([2]float64{4, 9})
	other.Objectives = []rl.Objective{rl.Minimize("size"), rl.Maximize("")}
	assert.Equal(t, []any{2.0, 2.0}, volumes(a, other)[0], "they cannot be compared")
}

// anyCell returns an architecture.
func anyCell(t *testing.T) searchspace.Arch {
	for a := range (searchspace.NASBench201{}).All() {
		return a
	}
	t.Fatal("no cell found")
	return searchspace.Arch{}
}

// A page shows the diagnostics of rl.Reinforce and leaves out those of other methods.
func TestDiagnostics(t *testing.T) {
	space := searchspace.NASBench201{}
	part := space.Parts()[0]
	said, err := json.Marshal(rl.Diagnostic{Samples: 7, Entropy: 1.5, Fit: &generator.FitReport{Steps: 2, FirstLoss: 3, LastLoss: 2},
		Marginals: &generator.Marginals{Samples: 3, Parts: []generator.PartMarginals{{
			Part: part, Nodes: []float64{1, 1}, Edges: [][]float64{{}, {1.0 / 3}}, EdgeOps: [][][]float64{{}, {{2.0 / 3, 0, 0, 0, 1}}},
		}}}})
	require.NoError(t, err)
	h := &rl.History{Space: space.Name(), Groups: []rl.Group{
		{Number: 0, Diagnostic: said}, {Number: 1, Diagnostic: json.RawMessage(`"words"`)}, {Number: 2, Diagnostic: json.RawMessage(`[1]`)}, {Number: 3},
	}}
	groups := dataOf(t, written(t, space, h, report.Options{}))["groups"].([]any)
	require.Len(t, groups, 4)
	text, err := json.Marshal(groups[0])
	require.NoError(t, err)
	assert.JSONEq(t, `{"number": 0, "seen": 0, "samples": 7, "fit": {"steps": 2, "firstLoss": 3, "lastLoss": 2, "entropy": 1.5},
		"marginals": [{"nodes": [1, 1], "edges": [[], [0.333]], "edgeOps": [[], [[0.667, 0, 0, 0, 1]]]}]}`, string(text))
	assert.Equal(t, map[string]any{"number": 1.0, "seen": 0.0}, groups[1])
}

// A page leaves out some training runs of a large generator, so that its size is bounded.
func TestManyTrainingsAreThinnedOut(t *testing.T) {
	space, err := searchspace.NewRandWire(64)
	require.NoError(t, err)
	m := generator.PartMarginals{Part: space.Parts()[0], Nodes: make([]float64, 64)}
	for i := range 64 {
		m.Edges = append(m.Edges, make([]float64, i))
	}
	said, err := json.Marshal(rl.Diagnostic{Marginals: &generator.Marginals{Parts: []generator.PartMarginals{m}}})
	require.NoError(t, err)
	h := &rl.History{Space: space.Name()}
	for i := range 2000 {
		h.Groups = append(h.Groups, rl.Group{Number: i, Diagnostic: said})
	}
	page := written(t, space, h, report.Options{})
	assert.Less(t, len(page), 5_000_000)
	groups := dataOf(t, page)["groups"].([]any)
	kept := 0
	for _, g := range groups {
		if g.(map[string]any)["marginals"] != nil {
			kept++
		}
	}
	assert.Greater(t, kept, 300)
	assert.NotNil(t, groups[1999].(map[string]any)["marginals"], "the last one is kept")
}

func TestInvalidSearches(t *testing.T) {
	space := searchspace.NASBench201{}
	h := &rl.History{Space: space.Name()}
	var text bytes.Buffer
	assert.ErrorContains(t, report.WriteAll(&text, ""), "there must be at least one search")
	assert.ErrorContains(t, report.Write(&text, space, nil, report.Options{}), "the Space and the History must be set")
	assert.ErrorContains(t, report.Write(&text, nil, h, report.Options{}), "the Space and the History must be set")
	assert.ErrorContains(t, report.WriteAll(&text, "", report.Search{Space: space, History: h}, report.Search{Space: searchspace.NASBench101{}, History: h}),
		`search 1: the history belongs to the space "nasbench201", not to "nasbench101"`)
	assert.Zero(t, text.Len())
	full := errors.New("the disk is full")
	assert.ErrorIs(t, report.Write(failing{full}, space, h, report.Options{}), full)
}

// failing is a writer that fails.
type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }
