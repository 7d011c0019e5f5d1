package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
)

// result is what one search found. Accuracies are from 0 to 1.
type result struct {
	Method string `json:"method"`
	Seed   uint64 `json:"seed"`
	Evals  int    `json:"evals"`
	// Stopped reports whether a signal stopped the search before its end.
	Stopped   bool    `json:"stopped,omitempty"`
	Arch      string  `json:"arch"`
	Valid     float64 `json:"valid"`
	Predicted bool    `json:"predicted"`      // Valid is the surrogate's prediction
	Test      float64 `json:"test,omitempty"` // if it is recorded
	Half      float64 `json:"half"`           // best validation accuracy after half of the evaluations
	Hours     float64 `json:"hours"`          // that training all cells would have taken
	Seconds   float64 `json:"seconds"`
	// BestValid is the best validation accuracy after every ten evaluations.
	BestValid []float64 `json:"best_valid"`
	summary.Failures

	wanted int // evaluations
}

// newResult describes a history.
func newResult(method string, seed uint64, h *rl.History) result {
	r := result{
		Method: method, Seed: seed, Evals: len(h.Evaluations), Failures: summary.FailuresOf(h),
		Half: bestOf(h.Evaluations[:(len(h.Evaluations)+1)/2]), Hours: h.Cost().Hours(),
	}
	if best, ok := h.Best(); ok {
		r.Arch, r.Valid = best.Arch.String(), best.Result.Value
		r.Predicted = best.Result.Metrics[predictor.Predicted] == 1
		r.Test = best.Result.Metrics[string(nasbench.NB101TestAccuracy)]
	}
	for n := 10; n <= len(h.Evaluations); n += 10 {
		r.BestValid = append(r.BestValid, bestOf(h.Evaluations[:n]))
	}
	return r
}

// bestOf returns the best value, or 0 if no evaluation succeeded.
func bestOf(evaluations []rl.Evaluation) float64 {
	best := 0.0
	for _, e := range evaluations {
		if e.OK() {
			best = max(best, e.Result.Value)
		}
	}
	return best
}

// String writes a result as a line.
func (r result) String() string {
	how := "recorded"
	if r.Predicted {
		how = "predicted"
	}
	found := fmt.Sprintf("validation %.3f %% (%s)", 100*r.Valid, how)
	if r.Stopped {
		return fmt.Sprintf("%s seed %d: stopped after %d of %d evaluations (%d failed); best so far: %s: %s",
			r.Method, r.Seed, r.Evals, r.wanted, r.Failed, found, r.Arch)
	}
	return fmt.Sprintf("%s seed %d: %s after %d evaluations (%d failed) and %.0f hours of training, found in %v: %s",
		r.Method, r.Seed, found, r.Evals, r.Failed, r.Hours, time.Duration(r.Seconds*float64(time.Second)).Round(time.Second/10), r.Arch)
}

// total is a method over all its seeds: means, and standard errors of the best accuracies.
type total struct {
	Summary   bool           `json:"summary"`
	Method    string         `json:"method"`
	Seeds     int            `json:"seeds"`
	MeanHalf  float64        `json:"mean_half"`
	ErrHalf   summary.Number `json:"err_half"` // null with one seed
	MeanValid float64        `json:"mean_valid"`
	ErrValid  summary.Number `json:"err_valid"`
	Recorded  int            `json:"recorded"` // seeds whose best cell is in the file
	Hours     float64        `json:"hours"`
	Seconds   float64        `json:"seconds"`
	summary.Failures
	half, valid summary.Estimate
}

func totalOf(name string, results []result) total {
	t := total{Summary: true, Method: name, Seeds: len(results)}
	var half, valid []float64
	for _, r := range results {
		half, valid = append(half, r.Half), append(valid, r.Valid)
		t.Hours += r.Hours / float64(len(results))
		t.Seconds += r.Seconds / float64(len(results))
		t.Failures.Add(r.Failures)
		if !r.Predicted {
			t.Recorded++
		}
	}
	h, v := summary.Of(half), summary.Of(valid)
	t.half, t.valid = h, v
	t.MeanHalf, t.ErrHalf, t.MeanValid, t.ErrValid = h.Mean, h.StdErr, v.Mean, v.StdErr
	return t
}

// printer writes results for people, or as JSON.
type printer struct {
	io.Writer
	json bool
}

func (p printer) result(r result) error {
	if p.json {
		return json.NewEncoder(p).Encode(r)
	}
	_, err := fmt.Fprintln(p, r)
	return err
}

// totals writes a line of JSON for each method, or a Markdown table.
func (p printer) totals(all []total) error {
	if p.json {
		out := json.NewEncoder(p)
		for _, t := range all {
			if err := out.Encode(t); err != nil {
				return err
			}
		}
		return nil
	}
	text := "\n| method | best of the first half, % | best of all, % | recorded | hours of training | seconds |\n|---|---|---|---|---|---|\n"
	var failures summary.Failures
	for _, t := range all {
		text += fmt.Sprintf("| %s | %s | %s | %d of %d | %.0f | %.1f |\n", t.Method,
			t.half.Times(100).Cell(3), t.valid.Times(100).Cell(3), t.Recorded, t.Seeds, t.Hours, t.Seconds)
		failures.Add(t.Failures)
	}
	_, err := fmt.Fprintf(p, "%s\nMeans ± standard errors over the seeds. %v.\n", text, failures)
	return err
}
