package report_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// pages writes pages of different kinds and returns their addresses.
func pages(t *testing.T) map[string]string {
	space := hostileSpace(t)
	h, timeline := learned(t, space)
	one, _ := file(t, func(w *bytes.Buffer) error {
		return report.Write(w, space, h, report.Options{Objective: "validation accuracy (%)", Timeline: timeline})
	})
	cells := searchspace.NASBench101{}
	r, _ := random(t, cells, 300)
	several, _ := file(t, func(w *bytes.Buffer) error {
		return report.WriteAll(w, "Two searches", report.Search{Space: space, History: h}, report.Search{Space: cells, History: r})
	})
	f, timeline := traded(t, searchspace.NASBench201{})
	front, _ := file(t, func(w *bytes.Buffer) error {
		return report.Write(w, searchspace.NASBench201{}, f, report.Options{Objective: "accuracy (%)", Timeline: timeline})
	})
	a, timeline := promoting(t, searchspace.NASBench201{})
	budgets, _ := file(t, func(w *bytes.Buffer) error {
		return report.Write(w, searchspace.NASBench201{}, a, report.Options{Objective: "accuracy (%)", Timeline: timeline, Unit: "epochs"})
	})
	return map[string]string{"one": one, "several": several, "front": front, "budgets": budgets}
}

// TestPageInABrowser opens all pages in the same browser, because starting a browser takes long.
func TestPageInABrowser(t *testing.T) {
	b := openBrowser(t)
	all := pages(t)
	b.do(t, chromedp.EmulateViewport(1280, 900))
	for _, c := range []struct {
		name, page string
		check      func(*testing.T, *browser)
	}{
		{"pictures", "one", checkPictures}, {"table", "one", checkTable}, {"text", "one", checkText}, {"keyboard", "one", checkKeyboard},
		{"contrast", "one", checkContrast}, {"shapes", "one", checkShapes}, {"training", "one", checkTraining}, {"several", "several", checkSeveral},
		{"front", "front", checkFront}, {"budgets", "budgets", checkBudgets},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.do(t, chromedp.Navigate(all[c.page]))
			c.check(t, b)
			b.quiet(t)
		})
	}
	t.Run("drawings", func(t *testing.T) { checkDrawings(t, b) })
	t.Run("large", func(t *testing.T) { checkLarge(t, b) })
	t.Run("live", func(t *testing.T) { checkLive(t, b) })
	t.Run("live budgets", func(t *testing.T) { checkLiveBudgets(t, b) })
}

// Every picture is loaded and has a text that describes it.
func checkPictures(t *testing.T, b *browser) {
	b.until(t, `[...document.images].every((i) => i.loading !== "lazy" || (i.scrollIntoView(), i.complete && i.naturalWidth > 0))`)
	assert.Equal(t, 12, eval[int](t, b, `document.images.length`))
	assert.Zero(t, eval[int](t, b, `[...document.images].filter((i) => !i.alt.startsWith("Architecture of trial")).length`))
	assert.Zero(t, eval[int](t, b, `document.querySelectorAll('main svg:not([aria-hidden]):not([aria-label])').length`))
	assert.GreaterOrEqual(t, eval[int](t, b, `document.querySelectorAll('main svg[role="img"]').length`), 5)
	assert.Equal(t, eval[string](t, b, `getComputedStyle(document.body).backgroundColor`), "rgb(255, 255, 255)")
	b.do(t, chromedp.Click(chromedp.CSS("#theme")))
	assert.Equal(t, eval[string](t, b, `getComputedStyle(document.body).backgroundColor`), "rgb(13, 17, 23)")
	assert.Contains(t, eval[string](t, b, `document.images[0].src`), "%230d1117", "the pictures are dark too")
	eval[any](t, b, `dispatchEvent(new Event("beforeprint"))`)
	assert.Equal(t, eval[string](t, b, `getComputedStyle(document.body).backgroundColor`), "rgb(255, 255, 255)", "paper is white")
	eval[any](t, b, `dispatchEvent(new Event("afterprint"))`)
	assert.Equal(t, eval[string](t, b, `getComputedStyle(document.body).backgroundColor`), "rgb(13, 17, 23)")
}

const (
	rowsOfTable = `[...document.querySelectorAll(".evaluations tbody tr")]`
	counter     = `document.querySelector(".counter").textContent`
)

func checkTable(t *testing.T, b *browser) {
	assert.Equal(t, "1–50 of 50 evaluations", eval[string](t, b, counter))
	values := rowsOfTable + `.map((r) => Number(r.cells[1].textContent)).filter(Number.isFinite)`
	best := eval[float64](t, b, `Math.max(...`+values+`)`)
	header := chromedp.CSS(".evaluations th:nth-child(2) button")
	b.do(t, chromedp.Click(header))
	assert.Equal(t, best, eval[float64](t, b, values+`[0]`), "best first")
	assert.Equal(t, "descending", eval[string](t, b, `document.querySelector(".evaluations th:nth-child(2)").ariaSort`))
	b.do(t, chromedp.Click(header))
	assert.Equal(t, best, eval[float64](t, b, values+`.at(-1)`), "best last")

	b.do(t, chromedp.SendKeys(chromedp.CSS(`input[type="search"]`), "MEMORY"))
	failed := eval[int](t, b, `model.searches[0].rows.filter((r) => r.error).length`)
	assert.Equal(t, fmt.Sprintf("1–%d of %d evaluations", failed, failed), eval[string](t, b, counter))
	find := func(text string) {
		eval[any](t, b, `(() => { const i = document.querySelector('input[type="search"]'); i.value = "`+text+`"; i.dispatchEvent(new Event("input")); return 0 })()`)
	}
	find("no such thing")
	assert.Equal(t, "no evaluation matches", eval[string](t, b, counter))
	find("")
	assert.Equal(t, "1–50 of 50 evaluations", eval[string](t, b, counter))
	b.do(t, chromedp.Evaluate[chromedp.Void](`for (const s of document.querySelectorAll("#evaluations select")) {
		s.value = s.options[1].value; s.dispatchEvent(new Event("change")) }`))
	assert.Equal(t, eval[int](t, b, `model.searches[0].rows.filter((r) => r.source === "explorer" && !r.error).length`),
		eval[int](t, b, rowsOfTable+".length"))

	b.do(t, chromedp.Click(chromedp.CSS(".evaluations tbody button")))
	assert.Contains(t, eval[string](t, b, `document.querySelector(".details").textContent`), "Architecture")
	assert.Equal(t, "true", eval[string](t, b, `document.activeElement.getAttribute("aria-expanded")`), "the focus stays there")
}

// The page shows names and errors as text.
func checkText(t *testing.T, b *browser) {
	assert.Equal(t, script+", seed 1", eval[string](t, b, `document.title`))
	for _, place := range []string{"h1", "#failures", "#distribution thead", ".maps figcaption", ".evaluations"} {
		assert.Contains(t, eval[string](t, b, `document.querySelector("`+place+`").textContent`), script, place)
	}
	assert.Zero(t, eval[int](t, b, `document.querySelectorAll("main script").length`))
	assert.Contains(t, eval[string](t, b, `decodeURIComponent(document.images[0].src)`), "&lt;script&gt;")
}

// Everything that can be clicked can be reached with the keyboard.
func checkKeyboard(t *testing.T, b *browser) {
	b.do(t, chromedp.KeyEvent(kb.Tab))
	assert.Equal(t, "Skip to the results", eval[string](t, b, `document.activeElement.textContent`))
	expression := `(() => {
		const all = [...document.querySelectorAll("a, button:not(:disabled), select, input, summary, .scroll, .picture")];
		return all.filter((e) => { e.focus(); return document.activeElement !== e; }).map((e) => e.outerHTML);
	})()`
	assert.Empty(t, eval[[]string](t, b, expression))
	b.do(t, chromedp.Focus(chromedp.CSS(".evaluations th:nth-child(2) button")), chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, "descending", eval[string](t, b, `document.querySelector(".evaluations th:nth-child(2)").ariaSort`))
	assert.NotEqual(t, "none", eval[string](t, b, `getComputedStyle(document.activeElement).outlineStyle`), "the focus is visible")
}

// contrasts lists text whose contrast with its background is below 4.5, as defined by WCAG 2.1.
const contrasts = `(() => {
	const rgb = (c) => c.match(/[\d.]+/g).map(Number);
	const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
	const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
	const ground = (e) => {
		for (; e; e = e.parentElement) {
			const c = rgb(getComputedStyle(e).backgroundColor);
			if (c.length === 3 || c[3] > 0) return c;
		}
	};
	const poor = [];
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(e.tagName)) continue;
		const style = getComputedStyle(e), text = rgb(e instanceof SVGElement ? style.fill : style.color);
		if (e.disabled) continue;
		const [a, b] = [luminance(text), luminance(ground(e))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(e.textContent.trim().slice(0, 40) + " " + ((a + 0.05) / (b + 0.05)).toFixed(2));
	}
	return poor;
})()`

func checkContrast(t *testing.T, b *browser) {
	assert.Empty(t, eval[[]string](t, b, contrasts), "light")
	b.do(t, chromedp.Click(chromedp.CSS("#theme")))
	assert.Empty(t, eval[[]string](t, b, contrasts), "dark")
}

// Without colors, the shapes of dots and the dashes of lines tell the styles of series apart.
func checkShapes(t *testing.T, b *browser) {
	assert.Equal(t, 7, eval[int](t, b, `new Set([0, 1, 2, 3, 4, 5, 6].map((style) => dot(style, 0, 0))).size`))
	assert.Equal(t, 7, eval[int](t, b, `new Set(dashes).size`))
	assert.Equal(t, 5, eval[int](t, b, `new Set([0, 1, 2, 3, 4].map(sourceStyle)).size`))
	assert.Empty(t, eval[[]int](t, b, `[...Array(20).keys()].map(sourceStyle).filter((style) => style < 1 || style > 5)`))
}

// The slider shows each training run.
func checkTraining(t *testing.T, b *browser) {
	maps := `document.querySelector(".maps").textContent`
	last := eval[string](t, b, maps)
	assert.Contains(t, eval[string](t, b, `document.querySelector("output").value`), "3 of 3, after 40 evaluations")
	b.do(t, chromedp.Focus(chromedp.CSS("#fit")), chromedp.KeyEvent(kb.ArrowLeft))
	assert.Contains(t, eval[string](t, b, `document.querySelector("output").value`), "2 of 3, after 30 evaluations")
	assert.NotEqual(t, last, eval[string](t, b, maps))
}

// A button selects the search that is shown.
func checkSeveral(t *testing.T, b *browser) {
	assert.Equal(t, "Two searches", eval[string](t, b, `document.title`))
	assert.Equal(t, 2, eval[int](t, b, `document.querySelectorAll("#comparison tbody tr").length`))
	axis := `document.querySelector("#comparison .axis .name").textContent`
	assert.Equal(t, "evaluations", eval[string](t, b, axis))
	eval[any](t, b, `(() => { const s = document.querySelector("#comparison select"); s.value = "cost"; s.dispatchEvent(new Event("change")); return 0 })()`)
	assert.Equal(t, "total cost of the evaluations (h)", eval[string](t, b, axis))
	b.do(t, chromedp.Click(chromedp.CSS("#comparison tr:nth-child(2) button")))
	assert.Equal(t, "1–50 of 300 evaluations", eval[string](t, b, counter))
	assert.Equal(t, "true", eval[string](t, b, `document.activeElement.getAttribute("aria-pressed")`))
}

// With several objectives, the page shows a front instead of a best value.
func checkFront(t *testing.T, b *browser) {
	members := eval[int](t, b, `model.searches[0].front.length`)
	assert.Greater(t, members, 2)
	assert.Equal(t, fmt.Sprint(members), eval[string](t, b, `document.querySelector(".tiles dd").textContent`))
	assert.Contains(t, eval[string](t, b, `document.querySelector(".tiles").textContent`), "params ≤ 800")
	assert.Contains(t, eval[string](t, b, `document.querySelector("#front svg[role]").getAttribute("aria-label")`), fmt.Sprintf("%d architectures on the front", members))
	assert.Equal(t, min(12, members), eval[int](t, b, `document.images.length`))
	assert.Equal(t, "hypervolume of the front", eval[string](t, b, `document.querySelector("#best .axis:nth-child(2) .name").textContent`))
	volumes := `model.searches[0].hypervolume`
	assert.True(t, eval[bool](t, b, volumes+`.every((v, i, all) => i === 0 || v >= all[i - 1])`))
	assert.Equal(t, 80, eval[int](t, b, volumes+`.length`))
	assert.Empty(t, eval[[]string](t, b, contrasts))
}

// With several budgets, a section shows the cost of each budget, the promoted architectures and the
// rank correlations, and another one shows learning curves. Only evaluations at the full budget are
// among the best.
func checkBudgets(t *testing.T, b *browser) {
	summary := `[...document.querySelectorAll("#budgets table")[0].rows].map((r) => [...r.cells].map((c) => c.textContent))`
	rows := eval[[][]string](t, b, summary)
	require.Len(t, rows, 5)
	assert.Equal(t, "Budget (epochs)", rows[0][0])
	assert.Equal(t, []string{"1", "3", "9", "full"}, []string{rows[1][0], rows[2][0], rows[3][0], rows[4][0]})
	assert.Contains(t, rows[1][len(rows[1])-1], "(n = ")
	assert.Empty(t, rows[4][len(rows[4])-1], "there is no larger budget")
	promoted := eval[int](t, b, `architecturesOf(model.searches[0]).filter((l) => l.length > 1).length`)
	assert.Greater(t, promoted, 5)
	assert.Equal(t, fmt.Sprintf("Promoted architectures: the best 20 of %d", promoted), eval[string](t, b, `document.querySelector("#budgets h3").textContent`))
	assert.Contains(t, eval[string](t, b, `document.querySelectorAll("#budgets table")[1].tBodies[0].rows[0].cells[0].textContent`), " → ")
	assert.Contains(t, eval[string](t, b, `document.querySelector("#budgets svg[role]").getAttribute("aria-label")`), "against budget: ")
	assert.Equal(t, []string{"1", "3", "9", "full"}, eval[[]string](t, b, `[...document.querySelectorAll("#budgets .axis:first-child text:not(.name)")].map((t) => t.textContent)`))
	assert.Equal(t, 2, eval[int](t, b, `document.querySelectorAll("#budgets .lines").length`))

	stopped := eval[int](t, b, `model.searches[0].rows.filter((r) => r.stopped).length`)
	assert.Positive(t, stopped)
	assert.Contains(t, eval[string](t, b, `document.querySelector("#curves svg[role]").getAttribute("aria-label")`), fmt.Sprintf("%d evaluations that were stopped early", stopped))
	assert.Contains(t, eval[string](t, b, `document.querySelector(".tiles").textContent`), fmt.Sprintf("Stopped early%d", stopped))
	assert.NotContains(t, eval[string](t, b, `document.querySelector("#failures").textContent`), "stopped", "stopping is not a failure")
	assert.True(t, eval[bool](t, b, `best(model.searches[0]).every((r) => !r.budget)`))
	top := eval[float64](t, b, `Math.max(...model.searches[0].rows.filter((r) => !r.budget && r.value).map((r) => r.value))`)
	assert.Equal(t, fmt.Sprint(top), eval[string](t, b, `String(best(model.searches[0])[0].value)`))
	assert.Equal(t, eval[int](t, b, `model.searches[0].rows.filter((r) => !r.budget && !r.error).length`),
		eval[int](t, b, `document.querySelector("#best .dots").getAttribute("d").split("M").length - 1`), "the others are in the section on budgets")
	b.do(t, chromedp.Click(chromedp.CSS(".evaluations th:nth-child(5) button")))
	assert.Equal(t, "Budget (epochs)", eval[string](t, b, `document.querySelector(".evaluations [aria-sort=ascending]").textContent`))
	assert.Equal(t, "1", eval[string](t, b, rowsOfTable+`[0].cells[4].textContent`))
	assert.Empty(t, eval[[]string](t, b, contrasts))
}

// In the drawings of all spaces, the browser's text fits into its boxes.
func checkDrawings(t *testing.T, b *browser) {
	names, err := filepath.Glob("../../searchspace/draw/testdata/*.svg")
	require.NoError(t, err)
	require.Greater(t, len(names), 10)
	address, _ := file(t, func(w *bytes.Buffer) error {
		w.WriteString("<!doctype html><meta charset=utf-8><title>drawings</title><link rel=icon href=data:,>")
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			w.Write(text)
		}
		return nil
	})
	b.do(t, chromedp.Navigate(address))
	assert.Equal(t, len(names), eval[int](t, b, `document.querySelectorAll("svg").length`))
	assert.Greater(t, eval[int](t, b, `document.querySelectorAll("g.node text").length`), 100)
	assert.Empty(t, eval[[]string](t, b, `[...document.querySelectorAll("g.node text, g.edge text")].filter((text) => {
		const box = text.parentElement.querySelector("rect").getBBox(), own = text.getBBox();
		return own.x < box.x || own.x + own.width > box.x + box.width || own.y < box.y - 2 || own.y + own.height > box.y + box.height + 2;
	}).map((text) => text.textContent)`))
	b.quiet(t)
}

// A page of 10,000 evaluations stays small, in bytes and in elements.
func checkLarge(t *testing.T, b *browser) {
	h := many(t, 10_000)
	address, size := file(t, func(w *bytes.Buffer) error { return report.Write(w, searchspace.NASBench101{}, h, report.Options{}) })
	b.do(t, chromedp.Navigate(address))
	assert.Equal(t, "1–50 of 10000 evaluations", eval[string](t, b, counter))
	assert.Less(t, eval[int](t, b, `document.querySelectorAll("*").length`), 2000)
	assert.Less(t, size, 20_000_000)
	t.Logf("%.1f MB, loaded in %.0f ms", float64(size)/1e6, eval[float64](t, b, `performance.getEntriesByType("navigation")[0].loadEventEnd`))
	b.quiet(t)
}

// A live page shows results when they arrive, and shows everything again when it is reloaded.
func checkLive(t *testing.T, b *browser) {
	space := searchspace.NASBench201{}
	monitor := report.NewMonitor(space, report.Options{Name: "first"})
	handler := &report.Handler{Title: "Live"}
	handler.Add(monitor)
	server := httptest.NewServer(handler)
	defer server.Close()
	defer server.CloseClientConnections() // of the page
	s, err := rl.New(space, baseline.RandomSearch{}, monitor.Watch(rl.Config{Seed: 3, Evaluations: 3, Lag: 1}))
	require.NoError(t, err)
	b.do(t, chromedp.Navigate(server.URL))
	b.until(t, `document.querySelector("#live").textContent === "Live"`)
	for i := range 3 {
		trials, err := s.Ask(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, s.Tell(trials[0], evaluator.Result{Value: float64(i) + 0.5}, nil))
		b.until(t, fmt.Sprintf(`document.querySelectorAll(".evaluations tbody tr").length === %d`, i+1))
		assert.Equal(t, max(0, 1-i), eval[int](t, b, `document.querySelectorAll("#best svg[role] .dots.s0").length`), "a line of one point is a dot")
		assert.True(t, eval[bool](t, b, `[...document.querySelectorAll("#best .axis:first-child text:not(.name)")].every((t) => Number.isInteger(Number(t.textContent)))`))
	}
	assert.Equal(t, "2.5", eval[string](t, b, `document.querySelector(".tiles dd").textContent`))
	b.until(t, `[...document.images].length === 3 && [...document.images].every((i) => i.complete && i.naturalWidth > 0)`)
	b.do(t, chromedp.Reload())
	assert.Equal(t, 3, eval[int](t, b, rowsOfTable+".length"), "at once")

	h, err := s.Finish(t.Context())
	require.NoError(t, err)
	monitor.Finish(h)
	b.until(t, `document.querySelector(".tiles").textContent.includes("stopped")`)
	other := report.NewMonitor(space, report.Options{Name: "second"})
	handler.Add(other)
	b.until(t, `document.querySelectorAll("#comparison tbody tr").length === 2`)
	other.SetStatus(report.Status{Workers: []report.Worker{{Name: script, Answers: 7}}, Trouble: "the server does not answer"})
	b.do(t, chromedp.Click(chromedp.CSS("#comparison tr:nth-child(2) button")))
	b.until(t, `document.querySelector("#queue")?.textContent.includes("does not answer")`)
	assert.Contains(t, eval[string](t, b, `document.querySelector("#queue tbody").textContent`), script)
	b.quiet(t)
	b.leave(t)
}

// running serves a search at several budgets. The returned function evaluates trials; the last
// underWay of them run until the test ends.
func running(t *testing.T) (url string, evaluate func(trials, underWay int)) {
	space := searchspace.NASBench201{}
	monitor := report.NewMonitor(space, report.Options{Name: "successive halving", Objective: "accuracy (%)"})
	handler := &report.Handler{Title: "Live"}
	handler.Add(monitor)
	server := httptest.NewServer(handler)
	release, working := make(chan struct{}), sync.WaitGroup{}
	t.Cleanup(func() {
		close(release)
		working.Wait()
		server.CloseClientConnections() // of the page
		server.Close()
	})
	s, err := rl.New(space, baseline.ASHA{Budgets: []float64{1, 3, 9}}, monitor.Watch(rl.Config{Seed: 5, Evaluations: 60, Lag: 1}))
	require.NoError(t, err)
	watched, blocked := monitor.Evaluator(epochs{}), monitor.Evaluator(blocking{epochs{}, release})
	return server.URL, func(trials, underWay int) {
		for range trials {
			asked, err := s.Ask(t.Context(), 1)
			require.NoError(t, err)
			require.Len(t, asked, 1)
			r, err := evaluator.EvaluateAt(t.Context(), watched, asked[0].Arch, evaluator.Budget{Amount: asked[0].Budget})
			require.NoError(t, s.Tell(asked[0], r, err))
		}
		for range underWay {
			working.Go(func() { _, _ = blocked.Evaluate(t.Context(), anyCell(t)) })
		}
		monitor.SetStatus(report.Status{Workers: []report.Worker{{Name: "gpu-1", Answers: trials, Failures: 2, Seconds: 7265}}, Waiting: 3, Running: underWay})
	}
}

// blocking is an evaluator whose evaluations do not end before they are released.
type blocking struct {
	epochs
	release chan struct{}
}

func (b blocking) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	<-b.release
	return b.epochs.Evaluate(ctx, a)
}

// On a live page, the sections on budgets and learning curves appear with their first data and are updated.
func checkLiveBudgets(t *testing.T, b *browser) {
	url, evaluate := running(t)
	b.do(t, chromedp.Navigate(url))
	b.until(t, `document.querySelector("#live").textContent === "Live"`)
	assert.False(t, eval[bool](t, b, `Boolean(document.querySelector("#budgets"))`))
	evaluate(20, 2)
	b.until(t, `model.searches[0].rows.length === 20 && document.querySelector("#budgets")`)
	b.until(t, `document.querySelector("#workers")?.textContent.includes("still running")`)
	sum := `[...document.querySelector("#budgets table").tBodies[0].rows].reduce((n, r) => n + Number(r.cells[1].textContent), 0)`
	assert.Equal(t, 20, eval[int](t, b, sum))
	assert.Equal(t, "Budget (epochs)", eval[string](t, b, `document.querySelector("#budgets th").textContent`), "the evaluator gives the unit")
	assert.Contains(t, eval[string](t, b, `document.querySelector("#curves svg[role]").getAttribute("aria-label")`), "Learning curves of")
	evaluate(10, 0)
	b.until(t, sum+` === 30`)
	b.quiet(t)
	b.leave(t)
}
