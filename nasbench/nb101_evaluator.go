package nasbench

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// nb101Lookup is an NB101 as an Evaluator.
type nb101Lookup struct {
	benchmark *NB101
	query     NB101Query
	objective int // its place among nb101Metrics
}

// Evaluator makes an evaluator of the benchmark. What the query asks for, an accuracy, is the objective: the validation
// accuracy where it names none. The other figures of the same trainings ride along as metrics, where a figure that is not
// recorded is left out. A result's cost is the training time up to the evaluation: of the one training, or the mean
// where the objective is a mean; 0 where it is not recorded.
//
// The error wraps [ErrNoColumn] where the metric is no accuracy, and [ErrNotRecorded] where the benchmark has no such
// trainings. An evaluation whose objective is not recorded fails with an error that wraps [ErrNotRecorded].
func (b *NB101) Evaluator(q NB101Query) (evaluator.Evaluator, error) {
	objective, err := b.place(q.Metric)
	if err != nil {
		return nil, err
	}
	switch m := nb101Metrics[objective]; m {
	case NB101TrainAccuracy, NB101ValidationAccuracy, NB101TestAccuracy:
	default:
		return nil, fmt.Errorf("%s: objective %q: %w of accuracies", b.name, m, ErrNoColumn)
	}
	if _, err := b.budget(q.Epochs); err != nil {
		return nil, err
	}
	return nb101Lookup{benchmark: b, query: q, objective: objective}, nil
}

// Evaluate looks the architecture up.
func (l nb101Lookup) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	row, err := l.benchmark.row(a)
	if err != nil {
		return evaluator.Result{}, err
	}
	runs, err := l.benchmark.runs(row, l.query)
	if err != nil {
		return evaluator.Result{}, err
	}
	r := evaluator.Result{Metrics: map[string]float64{}}
	for place, metric := range nb101Metrics {
		v := l.benchmark.figure(row, runs, place, l.query.Halfway)
		switch {
		case place == l.objective && math.IsNaN(v):
			return evaluator.Result{}, l.benchmark.unset(row, place)
		case place == l.objective:
			r.Value = v
		case !math.IsNaN(v):
			r.Metrics[string(metric)] = v
		}
	}
	r.Cost = time.Duration(math.Round(r.Metrics[string(NB101TrainingTime)] * float64(time.Second)))
	return r, nil
}
