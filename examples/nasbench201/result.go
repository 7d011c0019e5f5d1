package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
)

// result is the result of one seed.
type result struct {
	Seed  uint64 `json:"seed"`
	Evals int    `json:"evals"`
	// Stopped reports whether a signal stopped the search before its end.
	Stopped bool           `json:"stopped,omitempty"`
	Arch    string         `json:"arch"`
	Valid   summary.Number `json:"valid"` // null if no evaluation has succeeded
	Test    summary.Number `json:"test"`  // null if the table does not record it
	// Seconds is the duration of the search, 0 if an earlier run finished it.
	Seconds float64 `json:"seconds"`
	summary.Failures

	wanted int // evaluations
}

// unknown stands for a missing figure.
var unknown = summary.Number(math.NaN())

// result describes a history.
func (s *searcher) result(seed uint64, h *rl.History) result {
	r := result{Seed: seed, Evals: len(h.Evaluations), Valid: unknown, Test: unknown, Failures: summary.FailuresOf(h), wanted: s.evals}
	best, ok := h.Best()
	if !ok {
		return r
	}
	r.Arch, r.Valid = space.Format(best.Arch), summary.Number(best.Result.Value)
	if s.test == s.valid {
		r.Test = r.Valid
	} else if v, ok := best.Result.Metrics[s.test]; ok {
		r.Test = summary.Number(v)
	}
	return r
}

func (r result) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprintln(w, r)
	return err
}

// String writes a result as a line.
func (r result) String() string {
	found := fmt.Sprintf("validation %.3f, test %.3f", r.Valid, r.Test)
	if !r.Test.Known() {
		found = fmt.Sprintf("validation %.3f, test not recorded", r.Valid)
	}
	switch {
	case r.Stopped && !r.Valid.Known():
		return fmt.Sprintf("seed %d: stopped after %d of %d evaluations; none has succeeded", r.Seed, r.Evals, r.wanted)
	case r.Stopped:
		return fmt.Sprintf("seed %d: stopped after %d of %d evaluations (%d failed); best so far: %s: %s",
			r.Seed, r.Evals, r.wanted, r.Failed, found, r.Arch)
	case r.Seconds == 0:
		return fmt.Sprintf("seed %d: %s after %d evaluations (%d failed) in an earlier run: %s", r.Seed, found, r.Evals, r.Failed, r.Arch)
	}
	return fmt.Sprintf("seed %d: %s after %d evaluations (%d failed) in %.1f s: %s", r.Seed, found, r.Evals, r.Failed, r.Seconds, r.Arch)
}

type results []result

// print writes means with standard errors over the seeds, and the number of failed evaluations.
func (all results) print(w io.Writer, asJSON bool) error {
	t := all.totals()
	if asJSON {
		return json.NewEncoder(w).Encode(t)
	}
	if t.Seeds > 1 {
		if _, err := fmt.Fprintf(w, "%d seeds: validation %s, test %s (means ± standard errors) in %.1f s\n",
			t.Seeds, t.valid.Cell(3), t.tests(), t.Seconds); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%v\n", t.Failures)
	return err
}

// totals are the means over all seeds with their sample standard deviations.
type totals struct {
	Summary   bool           `json:"summary"`
	Seeds     int            `json:"seeds"`
	MeanValid summary.Number `json:"mean_valid"`
	StdValid  summary.Number `json:"std_valid"` // null for one seed
	MeanTest  summary.Number `json:"mean_test"` // of the seeds for which it is recorded
	StdTest   summary.Number `json:"std_test"`
	Seconds   float64        `json:"seconds"`
	summary.Failures

	valid, test summary.Estimate
}

func (all results) totals() totals {
	t := totals{Summary: true, Seeds: len(all), MeanTest: unknown, StdTest: unknown}
	var valid, test []float64
	for _, r := range all {
		valid = append(valid, float64(r.Valid))
		if r.Test.Known() {
			test = append(test, float64(r.Test))
		}
		t.Seconds += r.Seconds
		t.Failures.Add(r.Failures)
	}
	t.valid = summary.Of(valid)
	t.MeanValid, t.StdValid = summary.Number(t.valid.Mean), t.valid.Deviation
	if len(test) > 0 {
		t.test = summary.Of(test)
		t.MeanTest, t.StdTest = summary.Number(t.test.Mean), t.test.Deviation
	}
	return t
}

// tests describes the test accuracy. If not all seeds have one, it says how many do.
func (t totals) tests() string {
	switch t.test.N {
	case 0:
		return "not recorded"
	case t.Seeds:
		return t.test.Cell(3)
	}
	return t.test.Text(3)
}
