package plots_test

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/vision"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report/plots"
)

// history returns a history of evaluations with the given values. NaN is a failure. Each evaluation costs an hour.
func history(values ...float64) *rl.History {
	h := &rl.History{}
	for i, v := range values {
		e := rl.Evaluation{Trial: rl.Trial{ID: i}, Result: evaluator.Result{Value: v, Cost: time.Hour}}
		if math.IsNaN(v) {
			e.Result, e.Err = evaluator.Result{}, errors.New("failed")
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	return h
}

// rising returns two searches of 30 evaluations each.
func rising(name string, by float64) plots.Searches {
	var a, b []float64
	for i := range 30 {
		a, b = append(a, 90+by*math.Sqrt(float64(i))), append(b, 91+by*math.Log1p(float64(i*7%30)))
	}
	return plots.Searches{Name: name, Histories: []*rl.History{history(a...), history(b...)}}
}

// figures returns a figure of each kind.
func figures() map[string]*plots.Figure {
	timed := rising("timed", 1)
	for _, h := range timed.Histories {
		var timeline rl.Timeline
		for i := range h.Evaluations {
			timeline = append(timeline, rl.Span{Trial: i, Worker: i % 4, End: time.Duration(1+i/4) * time.Hour})
		}
		timed.Timelines = append(timed.Timelines, timeline)
	}
	cloud := func(name string, at float64) plots.Cloud {
		c := plots.Cloud{Name: name}
		for i := range 40 {
			x := float64(i*37%40) / 4
			c.All = append(c.All, [2]float64{x + 1, at + 10/(x+1) + float64(i*13%7)})
		}
		for i := range 8 {
			c.Front = append(c.Front, [2]float64{float64(i) + 1, at + 10/(float64(i)+1)})
		}
		return c
	}
	return map[string]*plots.Figure{
		"best": plots.Best("Best so far", "accuracy (%)", rising("one", 1), rising("two", 0.5), rising("three", 0.2), plots.Searches{Name: "none"}),
		"time": plots.BestOverTime("Best so far", "accuracy (%)", rising("alone", 1), timed),
		"ranks": plots.Dots(nil,
			plots.Panel{Title: "Average rank", Axis: "1 is best", Ranks: true, Dots: []plots.Dot{{"one", 1.3, 1.1, 1.5}, {"two", 2, 1.5, 2.5}, {"three", 2.7, math.NaN(), math.NaN()}}},
			plots.Panel{Title: "Regret", Axis: "0 is best", Dots: []plots.Dot{{"one", 0.1, 0, 0.2}, {"two", 0.4, 0.3, 0.5}, {"three", 0.6, 0.5, 0.7}}}),
		"budgets": budgets(),
		"front":   plots.Front(plots.Axes{Title: "Fronts", X: "latency (ms)", Y: "error (%)"}, cloud("one", 2), cloud("two", 3)),
		"lines": plots.Lines(plots.Axes{Title: "Hypervolume", X: "evaluations", Y: "share of the table's (%)", Zero: true},
			[]plots.Curve{{Name: "one", Points: []plots.Point{{0, 10, 5, 15}, {10, 80, 70, 90}}}}, plots.Level{"the table", 100}, plots.Level{"chance", 50}),
	}
}

// budgets draws a search that promotes a third of the architectures from each budget to the next.
func budgets() *plots.Figure {
	f, err := plots.Budgets("Successive halving", "accuracy (%)", "epochs", halved(27))
	if err != nil {
		panic(err)
	}
	return f
}

// halved returns a history of a search with n architectures at the smallest of three budgets.
func halved(n int) *rl.History {
	h := &rl.History{}
	for _, budget := range []float64{3, 9, 0} {
		for i := range n {
			h.Evaluations = append(h.Evaluations, rl.Evaluation{
				Trial:  rl.Trial{ID: len(h.Evaluations), Key: fmt.Sprint(i), Budget: budget},
				Result: evaluator.Result{Value: 60 + 2*math.Sqrt(cmp.Or(budget, 27)) + float64(i*5%7)*0.3 - float64(i)},
			})
		}
		n /= 3
	}
	return h
}

var save = flag.String("save", "", "`directory` for the figures")

func TestEveryFigureInEveryFormat(t *testing.T) {
	for name, f := range figures() {
		for format, begin := range map[string]string{"png": "\x89PNG", "svg": "<?xml", "pdf": "%PDF"} {
			var text bytes.Buffer
			require.NoError(t, f.Write(&text, format), name)
			assert.True(t, strings.HasPrefix(text.String(), begin), "%s %s: %.20q", name, format, text.String())
			if format == "png" {
				size, err := png.DecodeConfig(bytes.NewReader(text.Bytes()))
				require.NoError(t, err)
				assert.Greater(t, size.Width, 800)
			}
			if *save != "" {
				require.NoError(t, os.WriteFile(filepath.Join(*save, name+"."+format), text.Bytes(), 0o644))
			}
		}
	}
}

func TestSave(t *testing.T) {
	f := figures()["front"]
	dir := t.TempDir()
	require.NoError(t, f.Save(filepath.Join(dir, "front.PNG")))
	text, err := os.ReadFile(filepath.Join(dir, "front.PNG"))
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(text, []byte("\x89PNG")))
	assert.ErrorContains(t, f.Save(filepath.Join(dir, "front.gif")), `the format must be png, svg or pdf, got "gif"`)
	assert.ErrorIs(t, f.Save(filepath.Join(dir, "gone", "front.png")), os.ErrNotExist)
}

// Legends and axes are text in SVG.
func TestTextInFigures(t *testing.T) {
	for name, want := range map[string][]string{
		"best": {"Best so far", "evaluations", "accuracy (%)", "one", "two", "three"}, "time": {"time (h)", "alone", "timed"},
		"ranks": {"Average rank", "Regret", "1 is best", "three"}, "front": {"latency (ms)", "error (%)"},
		"budgets": {"budget (epochs)", "3", "9", "full", "accuracy (%)", "not promoted", "promoted", "promoted to the full budget"}, "lines": {"the table", "chance"},
	} {
		text := svg(t, figures()[name])
		for _, words := range want {
			assert.Contains(t, text, ">"+words+"<", name)
		}
	}
}

// Curves are computed from the searches.
func TestCurves(t *testing.T) {
	nan := math.NaN()
	points := plots.CurveByEvaluations(history(nan, 1, 3, nan, 2), history(2, 2, 2, 2, 6))
	require.Len(t, points, 4, "starting where both have a success")
	assert.Equal(t, plots.Point{X: 2, Y: 1.5, Low: 1, High: 2}, points[0])
	assert.Equal(t, plots.Point{X: 3, Y: 2.5, Low: 2, High: 3}, points[1])
	assert.Equal(t, plots.Point{X: 5, Y: 4.5, Low: 3, High: 6}, points[3])

	points = plots.CurveByTime(history(1, 3, 2), rl.Timeline{{Trial: 1, End: 2 * time.Hour}, {Trial: 0, End: 4 * time.Hour}, {Trial: 2, End: 3 * time.Hour}})
	assert.Equal(t, plots.Point{X: 2, Y: 3, Low: 3, High: 3}, points[0], "the second ended first")
	assert.Equal(t, plots.Point{X: 4, Y: 3, Low: 3, High: 3}, points[len(points)-1])
	less := history(5, 3, 4)
	less.Objectives, less.Limits = []rl.Objective{{Minimize: true}}, []rl.Limit{rl.AtLeast("", 3.5)}
	points = plots.CurveByEvaluations(less)
	assert.Equal(t, plots.Point{X: 3, Y: 4, Low: 4, High: 4}, points[len(points)-1], "3 is beyond the limit")
	less.Objectives = append(less.Objectives, rl.Minimize("x"))
	assert.Empty(t, plots.CurveByEvaluations(less), "two objectives have no best figure")
	assert.Empty(t, plots.CurveByEvaluations(history(nan, nan)))
	assert.Empty(t, plots.CurveByTime(history(), nil))
}

// look formats a style so that it can be compared.
func look(s plots.Style) string { return fmt.Sprintf("%v %v %#v", s.Color, s.Dashes, s.Glyph) }

func TestStylesDifferAndAreDeterministic(t *testing.T) {
	given := map[string]plots.Style{"mine": {Glyph: plots.Star{Points: 4, Inner: 0.5}}}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching("[A-Z]{1,8}"), 1, plots.NumberOfStyles, rapid.ID[string]).Draw(t, "names")
		drawn := plots.Styles(append(names, "mine"), given)
		assert.Equal(t, given["mine"], drawn["mine"])
		looks := map[string]bool{}
		for _, s := range drawn {
			looks[look(s)] = true
		}
		assert.Len(t, looks, len(drawn))
		for name, s := range plots.Styles(rapid.Permutation(names).Draw(t, "shuffled"), given) {
			assert.Equal(t, look(drawn[name]), look(s), name)
		}
		alone := plots.Styles(names[:1], given)
		assert.Len(t, alone, 1)
	})
	var many []string
	for i := range 2 * plots.NumberOfStyles {
		many = append(many, fmt.Sprint("method", i))
	}
	assert.Len(t, plots.Styles(many, nil), 2*plots.NumberOfStyles, "more than there are styles")
}

// Colors are distinguishable with each kind of color blindness and in grayscale, and contrast with white paper.
func TestColorsSurviveColorBlindnessAndGrayscale(t *testing.T) {
	for i, a := range plots.Colors {
		for k, b := range plots.Colors[:i] {
			for name, simulation := range vision.Simulations {
				assert.Greater(t, simulation.Distance(a, b), 20.0, "%s: colors %d and %d", name, k, i)
			}
			assert.Greater(t, math.Abs(vision.Lightness(a)-vision.Lightness(b)), 6.0, "lightness of colors %d and %d", k, i)
		}
		assert.GreaterOrEqual(t, vision.Contrast(a, color.RGBA{255, 255, 255, 255}), 3.0, "color %d", i)
	}
}

// If there are more methods than colors, methods share colors, so styles must also differ in dashes or marks.
func TestStylesDifferWithoutColor(t *testing.T) {
	seen := map[string]int{}
	for i := range plots.NumberOfStyles {
		s := plots.StyleOf(i)
		text := fmt.Sprintf("%v %#v", s.Dashes, s.Glyph)
		other, taken := seen[text]
		assert.False(t, taken, "styles %d and %d", other, i)
		seen[text] = i
	}
}

// Ticks are round numbers within the range, and there are not too many.
func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1e6, 1e6).Draw(t, "low")
		high := low + rapid.Float64Range(1e-3, 1e6).Draw(t, "length")
		labels := rapid.IntRange(2, 12).Draw(t, "labels")
		ticks := plots.Ticks(low, high, labels)
		assert.LessOrEqual(t, len(ticks), labels+1)
		assert.GreaterOrEqual(t, len(ticks), labels/3)
		for _, tick := range ticks {
			assert.InDelta(t, low+(high-low)/2, tick.Value, (high-low)*0.501)
			value, err := strconv.ParseFloat(tick.Label, 64)
			require.NoError(t, err)
			assert.InDelta(t, tick.Value, value, (high-low)*1e-6, "the label is the position")
		}
	})
	assert.Len(t, plots.Ticks(3, 3, 5), 1)
}

// A range of a few floating-point numbers has ticks too, and can be drawn.
func TestTicksOfNarrowRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.SampledFrom([]float64{-1, 1}).Draw(t, "sign") * rapid.Float64Range(1e-6, 1e6).Draw(t, "size")
		high := low + math.Ldexp(math.Abs(low), -rapid.IntRange(30, 54).Draw(t, "bits"))
		labels := rapid.IntRange(3, 12).Draw(t, "labels")
		ticks := plots.Ticks(low, math.Nextafter(high, math.Inf(1)), labels)
		assert.NotEmpty(t, ticks)
		assert.LessOrEqual(t, len(ticks), labels+1)
	})
	flat := plots.Curve{Name: "flat", Points: []plots.Point{{X: 1, Y: 93.2, Low: 93.2, High: 93.2}, {X: 2, Y: math.Nextafter(93.2, 100)}}}
	assert.Contains(t, svg(t, plots.Lines(plots.Axes{}, []plots.Curve{flat})), ">93.2<")
}

func TestBudgets(t *testing.T) {
	small := halved(2)
	f, err := plots.Budgets("", "", "", small)
	assert.ErrorContains(t, err, "the search must have evaluated at two or more budgets, got 1")
	assert.Nil(t, f)
	h := halved(3) // three architectures, then one, and none at the full budget
	f, err = plots.Budgets("", "", "", h)
	require.NoError(t, err)
	text := svg(t, f)
	assert.Contains(t, text, ">promoted<")
	assert.Contains(t, text, ">budget<")
	assert.NotContains(t, text, "full")
	h.Evaluations[3].Err = errors.New("failed")
	f, err = plots.Budgets("", "", "", h)
	require.NoError(t, err)
	assert.NotContains(t, svg(t, f), ">promoted<", "it failed at the larger budget")
	for i := range h.Evaluations {
		h.Evaluations[i].Err = errors.New("failed")
	}
	f, err = plots.Budgets("", "", "", h)
	require.NoError(t, err)
	assert.NotContains(t, svg(t, f), "promoted")

	best := plots.CurveByEvaluations(halved(9))
	assert.Equal(t, 13.0, best[0].X, "values at smaller budgets are not compared with those at the full one")
}

// sized returns a history of evaluations with the given values and sizes. A smaller size is better.
func sized(figures ...[2]float64) *rl.History {
	h := &rl.History{Space: "small", Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("size")}}
	for i, f := range figures {
		h.Evaluations = append(h.Evaluations, rl.Evaluation{
			Trial: rl.Trial{ID: i}, Result: evaluator.Result{Value: f[0], Metrics: map[string]float64{"size": f[1]}},
		})
	}
	return h
}

// svg writes a figure as SVG.
func svg(t *testing.T, f *plots.Figure) string {
	var text strings.Builder
	require.NoError(t, f.Write(&text, "svg"))
	return text.String()
}

// grown returns the SVG of FrontGrowth.
func grown(t *testing.T, title string, h *rl.History) string {
	f, err := plots.FrontGrowth(title, h)
	require.NoError(t, err)
	return svg(t, f)
}

func TestGrowthOfAFront(t *testing.T) {
	h := sized([2]float64{1, 1}, [2]float64{3, 4}, [2]float64{2, 5}, [2]float64{4, 9})
	text := grown(t, "", h)
	for _, part := range []string{"4 evaluations of small", "minimize size", "maximize value", "front after 1", "front after 2", "front after 4", "evaluated"} {
		assert.Contains(t, text, ">"+part+"<")
	}
	assert.NotContains(t, text, "limit")
	assert.Contains(t, grown(t, "mine", h), ">mine<")
	h.Limits = []rl.Limit{rl.AtMost("size", 4.5)}
	text = grown(t, "", h)
	assert.Contains(t, text, ">beyond a limit<")
	assert.Contains(t, text, ">within the limits<")
	h.Evaluations[0].Budget, h.Evaluations[1].Budget = 2, 2
	text = grown(t, "", h)
	assert.NotContains(t, text, ">evaluated<", "all evaluations at the full budget are beyond the limit")
	assert.NotContains(t, text, ">front after 4<")
}

func TestGrowthOfSmallFronts(t *testing.T) {
	one := sized([2]float64{1, 1})
	assert.Contains(t, grown(t, "", one), ">front after 1<", "a front of one point")
	equal := sized([2]float64{1, 1}, [2]float64{1, 1})
	equal.Limits = []rl.Limit{rl.AtMost("size", 0)}
	assert.NotContains(t, grown(t, "", equal), "front after", "nothing is within the limits")
	_, err := plots.FrontGrowth("", sized())
	assert.EqualError(t, err, "drawing the growth of a front: no evaluation has succeeded")
	one.Objectives = one.Objectives[:1]
	_, err = plots.FrontGrowth("", one)
	assert.EqualError(t, err, "drawing the growth of a front: the search must have 2 objectives, got 1")
}

func TestFiguresOfSeveralObjectives(t *testing.T) {
	h := history(5, 3, 4, 6)
	h.Objectives = []rl.Objective{rl.Maximize(""), rl.Minimize("latency")}
	for i := range h.Evaluations {
		h.Evaluations[i].Result.Metrics = map[string]float64{"latency": float64(i*3%4) + 1}
	}
	s := plots.Searches{Name: "ours", Histories: []*rl.History{h}}
	fronts, err := plots.Fronts("Fronts", s)
	require.NoError(t, err)
	volumes, err := plots.Hypervolume("Hypervolume", []float64{0, 10}, s)
	require.NoError(t, err)
	for want, f := range map[string]*plots.Figure{"minimize latency": fronts, "hypervolume of the front": volumes} {
		assert.Contains(t, svg(t, f), ">"+want+"<")
	}
	_, err = plots.Fronts("Fronts", plots.Searches{Name: "ours", Histories: []*rl.History{history(1)}})
	assert.ErrorContains(t, err, `the searches of "ours" must have at least two objectives`)
	_, err = plots.Hypervolume("", []float64{1}, s)
	assert.ErrorContains(t, err, "the reference must have a figure for each of 2 objectives")
}
