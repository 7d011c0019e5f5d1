package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"gonum.org/v1/gonum/stat"
)

// result is what one search found. Accuracies go from 0 to 1.
type result struct {
	Method    string  `json:"method"`
	Seed      uint64  `json:"seed"`
	Evals     int     `json:"evals"`
	Arch      string  `json:"arch"`
	Valid     float64 `json:"valid"`
	Predicted bool    `json:"predicted"`      // and not recorded
	Test      float64 `json:"test,omitempty"` // where recorded
	Half      float64 `json:"half"`           // best validation accuracy after half of the evaluations
	Hours     float64 `json:"hours"`          // of training, simulated
	Seconds   float64 `json:"seconds"`
	// BestValid is the best validation accuracy after every ten evaluations.
	BestValid []float64 `json:"best_valid"`
}

// search runs one seed of a method.
func search(ctx context.Context, o options, m method, seed uint64, benchmark evaluator.Evaluator) (result, error) {
	begin := time.Now()
	s, err := m.make(benchmark, rl.Config{
		Seed: seed, Evaluations: o.evals, MaxCost: time.Duration(o.hours * float64(time.Hour)),
	})
	if err != nil {
		return result{}, err
	}
	history, err := s.Run(ctx)
	if err != nil {
		return result{}, fmt.Errorf("after %d evaluations: %w", len(history.Evaluations), err)
	}
	best, _ := history.Best() // a run without error has one
	r := result{
		Method: m.name, Seed: seed, Evals: len(history.Evaluations), Arch: best.Arch.String(), Valid: best.Result.Value,
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

// bestOf is 0 where none has succeeded.
func bestOf(evaluations []rl.Evaluation) float64 {
	best := 0.0
	for _, e := range evaluations {
		if e.Err == nil {
			best = max(best, e.Result.Value)
		}
	}
	return best
}

// summary is a method over all its seeds: means, and standard errors of the best accuracies.
type summary struct {
	Summary   bool    `json:"summary"`
	Method    string  `json:"method"`
	Seeds     int     `json:"seeds"`
	MeanHalf  float64 `json:"mean_half"`
	ErrHalf   float64 `json:"err_half"`
	MeanValid float64 `json:"mean_valid"`
	ErrValid  float64 `json:"err_valid"`
	Recorded  int     `json:"recorded"` // seeds whose best cell is a recorded one
	Hours     float64 `json:"hours"`
	Seconds   float64 `json:"seconds"`
}

func summarise(name string, results []result) summary {
	s := summary{Summary: true, Method: name, Seeds: len(results)}
	var half, valid []float64
	for _, r := range results {
		half, valid = append(half, r.Half), append(valid, r.Valid)
		s.Hours += r.Hours / float64(len(results))
		s.Seconds += r.Seconds / float64(len(results))
		if !r.Predicted {
			s.Recorded++
		}
	}
	s.MeanHalf, s.ErrHalf = meanAndError(half)
	s.MeanValid, s.ErrValid = meanAndError(valid)
	return s
}

// meanAndError of a single value has no error to estimate: 0.
func meanAndError(x []float64) (mean, err float64) {
	if len(x) == 1 {
		return x[0], 0
	}
	mean, deviation := stat.MeanStdDev(x, nil)
	return mean, deviation / math.Sqrt(float64(len(x)))
}
