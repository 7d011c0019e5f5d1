package report

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// serveMetrics writes the metrics of all searches in Prometheus's text format, version 0.0.4.
func (h *Handler) serveMetrics(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	out := bufio.NewWriter(w)
	defer out.Flush()
	var all []sample
	for _, m := range h.searches() {
		all = append(all, m.samples()...)
	}
	for _, f := range families {
		begun := false
		for _, s := range all {
			if s.family != f.name {
				continue
			}
			if !begun {
				fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
				begun = true
			}
			fmt.Fprintf(out, "%s{%s} %s\n", f.name, s.labels, strconv.FormatFloat(s.value, 'g', -1, 64))
		}
	}
}

// family describes a Prometheus metric.
type family struct{ name, kind, help string }

var families = []family{
	{"graphpnas_trials_proposed_total", "counter", "Trials that the method has proposed."},
	{"graphpnas_evaluations_total", "counter", "Evaluations that have ended, by outcome."},
	{"graphpnas_evaluation_cost_seconds_total", "counter", "Total cost of the evaluations, as reported by the evaluator."},
	{"graphpnas_best_value", "gauge", "The best value so far."},
	{"graphpnas_evaluations_running", "gauge", "Evaluations that are running now."},
	{"graphpnas_search_over", "gauge", "1 if the search has ended."},
	{"graphpnas_queue_waiting", "gauge", "Evaluations that no worker has taken yet."},
	{"graphpnas_queue_running", "gauge", "Evaluations that a worker has taken but not finished."},
	{"graphpnas_worker_answers_total", "counter", "Evaluations that the worker has finished, by outcome."},
	{"graphpnas_worker_seconds_total", "counter", "Total cost of the worker's evaluations."},
}

// sample is a value of a metric.
type sample struct {
	family, labels string
	value          float64
}

// samples returns the metrics of a search.
func (m *Monitor) samples() []sample {
	m.mu.Lock()
	h, status, running := m.snapshot(), m.status, 0
	for _, busy := range m.lanes {
		if busy {
			running++
		}
	}
	search := pair("search", Search{m.space, h, m.options}.name())
	m.mu.Unlock()
	proposed, over := 0, 0
	for _, g := range h.Groups {
		proposed += len(g.Trials)
	}
	if h.Stop != "" {
		over = 1
	}
	failed, stopped := len(h.Failures()), len(h.Stopped())
	all := []sample{
		{"graphpnas_trials_proposed_total", search, float64(proposed)},
		{"graphpnas_evaluations_total", search + pair(",outcome", "succeeded"), float64(len(h.Evaluations) - failed - stopped)},
		{"graphpnas_evaluations_total", search + pair(",outcome", "failed"), float64(failed)},
		{"graphpnas_evaluations_total", search + pair(",outcome", "stopped"), float64(stopped)},
		{"graphpnas_evaluation_cost_seconds_total", search, h.Cost().Seconds()},
		{"graphpnas_evaluations_running", search, float64(running)},
		{"graphpnas_search_over", search, float64(over)},
	}
	if best, ok := h.Best(); ok {
		all = append(all, sample{"graphpnas_best_value", search, best.Result.Value})
	}
	return append(all, status.samples(search)...)
}

// samples returns the metrics of the workers and the queue. It returns nil if s is nil.
func (s *Status) samples(search string) []sample {
	if s == nil {
		return nil
	}
	all := []sample{
		{"graphpnas_queue_waiting", search, float64(s.Waiting)}, {"graphpnas_queue_running", search, float64(s.Running)},
	}
	for _, w := range s.Workers {
		worker := search + pair(",worker", w.Name)
		all = append(all,
			sample{"graphpnas_worker_answers_total", worker + pair(",outcome", "succeeded"), float64(w.Answers - w.Failures)},
			sample{"graphpnas_worker_answers_total", worker + pair(",outcome", "failed"), float64(w.Failures)},
			sample{"graphpnas_worker_seconds_total", worker, w.Seconds})
	}
	return all
}

// quoted escapes the value of a label.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func pair(name, value string) string {
	return name + `="` + quoted.Replace(strings.ToValidUTF8(value, "\uFFFD")) + `"`
}
