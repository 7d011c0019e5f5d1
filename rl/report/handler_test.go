package report_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// get sends a GET request to a handler and returns the response and its body.
func get(t *testing.T, h http.Handler, path string) (*http.Response, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Result(), w.Body.String()
}

// news is the part of an event about one search.
type news struct {
	State    string
	Searches []struct {
		Index, SpansFrom int
		Search           struct {
			Stop    string
			Workers int
			Rows    []struct{ Trial int }
			Spans   []struct {
				Trial int
				End   *float64
			}
		}
	}
}

// stream reads server-sent events.
type stream struct {
	lines *bufio.Scanner
	close func()
}

func listen(t *testing.T, url, state, last string) *stream {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/events?state="+state, nil)
	require.NoError(t, err)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	assert.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	s := &stream{bufio.NewScanner(answer.Body), func() {
		cancel()
		answer.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}}
	t.Cleanup(s.close)
	return s
}

// next returns the kind and the content of the next event.
func (s *stream) next(t *testing.T) (kind string, n news) {
	for s.lines.Scan() {
		if text, ok := strings.CutPrefix(s.lines.Text(), "event: "); ok {
			kind = text
		}
		if text, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			require.NoError(t, json.Unmarshal([]byte(text), &n))
			return kind, n
		}
	}
	require.FailNow(t, "the stream has ended")
	return "", n
}

func (n news) rows() int {
	total := 0
	for _, s := range n.Searches {
		total += len(s.Search.Rows)
	}
	return total
}

func TestEventsArriveOnceAndContinueAfterAnInterruption(t *testing.T) {
	space := searchspace.NASBench201{}
	m := report.NewMonitor(space, report.Options{})
	h := &report.Handler{}
	h.Add(m)
	server := httptest.NewServer(h)
	defer server.Close()
	s, err := rl.New(space, baseline.RandomSearch{}, m.Watch(rl.Config{Evaluations: 6}))
	require.NoError(t, err)
	tell := func(n int) {
		trials, err := s.Ask(t.Context(), n)
		require.NoError(t, err)
		for _, trial := range trials {
			require.NoError(t, s.Tell(trial, evaluator.Result{Value: 1}, nil))
		}
	}
	first := listen(t, server.URL, "", "")
	_, n := first.next(t)
	assert.Zero(t, n.rows())
	for range 3 {
		tell(1)
	}
	for seen := 0; seen < 3; seen += n.rows() {
		_, n = first.next(t)
	}
	first.close()
	tell(1)

	again := listen(t, server.URL, "", n.State)
	_, n = again.next(t)
	assert.Equal(t, 1, n.rows(), "only new results")
	assert.Equal(t, 3, n.Searches[0].Search.Rows[0].Trial)
	again.close()

	fresh := report.NewMonitor(space, report.Options{}) // as after a restart of the program
	other := &report.Handler{}
	other.Add(fresh)
	server.Config.Handler = other
	reset := listen(t, server.URL, n.State, "")
	kind, _ := reset.next(t)
	assert.Equal(t, "reload", kind)
	reset.close()
}

// budgeted adds budgets in epochs to an evaluator. Each epoch costs a point.
type budgeted struct{ evaluator.Evaluator }

func (b budgeted) EvaluateAt(ctx context.Context, a searchspace.Arch, at evaluator.Budget) (evaluator.Result, error) {
	r, err := b.Evaluate(ctx, a)
	r.Value -= at.Amount
	return r, err
}

func (budgeted) Unit() string { return "epochs" }

func TestAWatchedEvaluatorKeepsItsBudgets(t *testing.T) {
	space := searchspace.NASBench201{}
	m := report.NewMonitor(space, report.Options{})
	e := m.Evaluator(budgeted{evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 90}, nil
	})})
	assert.Equal(t, "epochs", evaluator.UnitOf(e))
	a, err := space.Parse("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")
	require.NoError(t, err)
	r, err := evaluator.EvaluateAt(t.Context(), e, a, evaluator.Budget{Amount: 4})
	require.NoError(t, err)
	assert.Equal(t, 86.0, r.Value)
	assert.Len(t, m.Timeline(), 1)

	plain := m.Evaluator(rugged)
	assert.Empty(t, evaluator.UnitOf(plain))
	_, err = evaluator.EvaluateAt(t.Context(), plain, a, evaluator.Budget{Amount: 4})
	assert.ErrorIs(t, err, evaluator.ErrNoBudgets)
}

func TestRunningEvaluationsAreShown(t *testing.T) {
	space := searchspace.NASBench201{}
	m := report.NewMonitor(space, report.Options{Name: "seed \"1\""})
	h := &report.Handler{Metrics: true}
	h.Add(m)
	server := httptest.NewServer(h)
	defer server.Close()
	begun, end := make(chan bool), make(chan bool)
	e := m.Evaluator(evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		begun <- true
		<-end
		return evaluator.Result{}, errors.New("no memory")
	}))
	s, err := rl.New(space, baseline.RandomSearch{}, m.Watch(rl.Config{Evaluations: 2, Workers: 3, Lag: 4}))
	require.NoError(t, err)
	done := make(chan *rl.History)
	go func() {
		history, _ := s.Run(t.Context(), e)
		done <- history
	}()
	<-begun
	<-begun
	page := listen(t, server.URL, "", "")
	_, n := page.next(t)
	require.Len(t, n.Searches[0].Search.Spans, 2)
	assert.Equal(t, 3, n.Searches[0].Search.Workers, "one of them is never busy")
	assert.Nil(t, n.Searches[0].Search.Spans[1].End)
	_, text := get(t, h, "/metrics")
	assert.Contains(t, text, "\ngraphpnas_evaluations_running{search=\"seed \\\"1\\\"\"} 2\n")
	close(end)
	history := <-done
	m.Finish(history)
	for n.Searches[0].Search.Stop == "" {
		_, n = page.next(t)
	}
	assert.Equal(t, "budget", n.Searches[0].Search.Stop)
	page.close()
	timeline := m.Timeline()
	require.Len(t, timeline, 2)
	assert.ElementsMatch(t, []int{0, 1}, []int{timeline[0].Trial, timeline[1].Trial})
	assert.ElementsMatch(t, []int{0, 1}, []int{timeline[0].Worker, timeline[1].Worker})
	_, text = get(t, h, "/metrics")
	assert.Contains(t, text, "graphpnas_evaluations_running{search=\"seed \\\"1\\\"\"} 0\n")
	assert.Contains(t, text, "graphpnas_evaluations_total{search=\"seed \\\"1\\\"\",outcome=\"failed\"} 2\n")
	assert.Contains(t, text, "graphpnas_search_over{search=\"seed \\\"1\\\"\"} 1\n")
	assert.NotContains(t, text, "graphpnas_best_value")
}

func TestMetrics(t *testing.T) {
	space := searchspace.NASBench201{}
	m := report.NewMonitor(space, report.Options{Name: "a"})
	history, _ := learned(t, space)
	m.Finish(history)
	m.SetStatus(report.Status{Workers: []report.Worker{{Name: "go\n1", Answers: 5, Failures: 2, Seconds: 1.5}}, Waiting: 3, Running: 1})
	h := &report.Handler{Metrics: true}
	h.Add(m)
	h.Add(report.NewMonitor(space, report.Options{Name: "b"}))
	answer, text := get(t, h, "/metrics")
	assert.Equal(t, "text/plain; version=0.0.4; charset=utf-8", answer.Header.Get("Content-Type"))
	for _, line := range []string{
		`# TYPE graphpnas_evaluations_total counter`, `graphpnas_trials_proposed_total{search="a"} 50`, `graphpnas_trials_proposed_total{search="b"} 0`,
		`graphpnas_worker_answers_total{search="a",worker="go\n1",outcome="succeeded"} 3`, `graphpnas_queue_waiting{search="a"} 3`,
		`graphpnas_worker_seconds_total{search="a",worker="go\n1"} 1.5`,
	} {
		assert.Contains(t, text, line+"\n")
	}
	assert.Equal(t, 1, strings.Count(text, "# HELP graphpnas_evaluations_total "))
	h.Metrics = false
	answer, _ = get(t, h, "/metrics")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}

func TestRequests(t *testing.T) {
	space := searchspace.NASBench201{}
	history, _ := learned(t, space)
	m := report.NewMonitor(space, report.Options{})
	m.Finish(history)
	h := &report.Handler{}
	h.Add(m)
	for path, want := range map[string]int{
		"/": 200, "/report.html": 200, "/drawing?search=0&trial=0": 200, "/drawing?search=0&trial=49&dark=true": 200,
		"/drawing?search=1&trial=0": 404, "/drawing?search=-1&trial=0": 404, "/drawing?search=0&trial=50": 404, "/drawing": 404,
		"/drawing?search=0&trial=x": 404, "/metrics": 404, "/other": 404,
	} {
		answer, body := get(t, h, path)
		assert.Equal(t, want, answer.StatusCode, "%s: %s", path, body)
		assert.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	}
	answer, body := get(t, h, "/report.html")
	assert.Contains(t, answer.Header.Get("Content-Disposition"), "report.html")
	var file strings.Builder
	require.NoError(t, report.Write(&file, space, history, report.Options{}))
	assert.Equal(t, file.String(), body, "the same page as Write's")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
}

// Without a host, Serve only serves this machine. It returns when its context ends.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	urls, done := make(chan string, 1), make(chan error)
	h := &report.Handler{}
	h.Add(report.NewMonitor(searchspace.NASBench201{}, report.Options{}))
	go func() { done <- report.Serve(ctx, ":0", h, func(url string) { urls <- url }) }()
	url := <-urls
	assert.Regexp(t, `^http://(127\.0\.0\.1|\[::1\]):\d+/$`, url)
	for host, want := range map[string]int{"": 200, "localhost": 200, "localhost:1": 200, "127.0.0.1:80": 200, "[::1]:80": 200, "evil.example": 403, "evil.example:80": 403} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		require.NoError(t, err)
		r.Host = host
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		assert.Equal(t, want, answer.StatusCode, host)
	}
	open := listen(t, strings.TrimSuffix(url, "/"), "", "")
	open.next(t)
	cancel()
	require.NoError(t, <-done, "an open page does not keep it running")
	open.close()
	assert.ErrorContains(t, report.Serve(t.Context(), "8080", h, nil), `the address must be host:port or :port, got "8080"`)
	assert.Error(t, report.Serve(t.Context(), "localhost:99999", h, nil))
}

// A formatted state is parsed to the same state, and any text is parsed without a panic.
func TestStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all [][4]int
		for range rapid.IntRange(0, 3).Draw(t, "searches") {
			all = append(all, [4]int{rapid.IntRange(0, math.MaxInt32).Draw(t, "run"), rapid.IntRange(0, 1e6).Draw(t, "rows"), rapid.IntRange(0, 1e6).Draw(t, "groups"), rapid.IntRange(0, 1e6).Draw(t, "spans")})
		}
		assert.Equal(t, all, report.ReadState(report.WriteState(all)))
	})
}

func FuzzState(f *testing.F) {
	f.Add("0.1.2.3;4.5.6.7")
	f.Add("0.1.2.-3")
	f.Add(";;")
	m := report.NewMonitor(searchspace.NASBench201{}, report.Options{})
	h, _ := random(f, searchspace.NASBench201{}, 20)
	m.Finish(h)
	f.Fuzz(func(t *testing.T, text string) { report.Since(m, text) })
}
