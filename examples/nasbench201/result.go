package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// result is what one seed found.
type result struct {
	Seed    uint64  `json:"seed"`
	Evals   int     `json:"evals"`
	Arch    string  `json:"arch"`
	Valid   float64 `json:"valid"`
	Test    float64 `json:"test"`
	Seconds float64 `json:"seconds"`
	summary.Failures
}

func (r result) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprintf(w, "seed %d: validation %.3f, test %.3f after %d evaluations (%d failed) in %.1f s: %s\n",
		r.Seed, r.Valid, r.Test, r.Evals, r.Failed, r.Seconds, r.Arch)
	return err
}

type results []result

// print writes means and sample standard deviations over the seeds, and how many evaluations failed.
func (all results) print(w io.Writer, asJSON bool) error {
	var valid, test []float64
	var failures summary.Failures
	seconds := 0.0
	for _, r := range all {
		valid, test, seconds = append(valid, r.Valid), append(test, r.Test), seconds+r.Seconds
		failures.Add(r.Failures)
	}
	v, t := summary.Of(valid), summary.Of(test)
	if !asJSON {
		_, err := fmt.Fprintf(w, "%d seeds: validation %.3f ± %.3f, test %.3f ± %.3f (means ± standard deviations) in %.1f s\n%v\n",
			len(all), v.Mean, v.Deviation, t.Mean, t.Deviation, seconds, failures)
		return err
	}
	return json.NewEncoder(w).Encode(struct {
		Summary   bool    `json:"summary"`
		Seeds     int     `json:"seeds"`
		MeanValid float64 `json:"mean_valid"`
		StdValid  float64 `json:"std_valid"`
		MeanTest  float64 `json:"mean_test"`
		StdTest   float64 `json:"std_test"`
		Seconds   float64 `json:"seconds"`
		summary.Failures
	}{true, len(all), v.Mean, v.Deviation, t.Mean, t.Deviation, seconds, failures})
}
