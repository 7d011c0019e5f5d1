package main

import (
	"context"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
)

// result is what one search found. Accuracies are from 0 to 1.
type result struct {
	Method    string  `json:"method"`
	Seed      uint64  `json:"seed"`
	Evals     int     `json:"evals"`
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
}

// search runs one seed of a method.
func search(ctx context.Context, o options, m method, seed uint64, benchmark evaluator.Evaluator) (result, error) {
	begin := time.Now()
	method, config, err := m.make()
	if err != nil {
		return result{}, err
	}
	config.Seed, config.Evaluations, config.MaxCost = seed, o.evals, time.Duration(o.hours*float64(time.Hour))
	s, err := rl.New(space, method, config)
	if err != nil {
		return result{}, err
	}
	history, err := s.Run(ctx, benchmark)
	if err != nil {
		return result{}, fmt.Errorf("after %d evaluations: %w", len(history.Evaluations), err)
	}
	best, _ := history.Best() // a search without an error has one
	r := result{
		Method: m.name, Seed: seed, Evals: len(history.Evaluations), Failures: summary.FailuresOf(history),
		Arch: best.Arch.String(), Valid: best.Result.Value,
		Predicted: best.Result.Metrics[predictor.Predicted] == 1,
		Test:      best.Result.Metrics[string(nasbench.NB101TestAccuracy)],
		Half:      bestOf(history.Evaluations[:(len(history.Evaluations)+1)/2]),
		Hours:     history.Cost().Hours(), Seconds: time.Since(begin).Seconds(),
	}
	for n := 10; n <= len(history.Evaluations); n += 10 {
		r.BestValid = append(r.BestValid, bestOf(history.Evaluations[:n]))
	}
	return r, nil
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

// total is a method over all its seeds: means, and standard errors of the best accuracies.
type total struct {
	Summary   bool    `json:"summary"`
	Method    string  `json:"method"`
	Seeds     int     `json:"seeds"`
	MeanHalf  float64 `json:"mean_half"`
	ErrHalf   float64 `json:"err_half"`
	MeanValid float64 `json:"mean_valid"`
	ErrValid  float64 `json:"err_valid"`
	Recorded  int     `json:"recorded"` // seeds whose best cell is in the file
	Hours     float64 `json:"hours"`
	Seconds   float64 `json:"seconds"`
	summary.Failures
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
	t.MeanHalf, t.ErrHalf, t.MeanValid, t.ErrValid = h.Mean, h.StdErr, v.Mean, v.StdErr
	return t
}
