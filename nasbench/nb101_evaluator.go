package nasbench

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// nb101Accuracies are the metrics that can be an objective.
var nb101Accuracies = []NB101Metric{NB101TrainAccuracy, NB101ValidationAccuracy, NB101TestAccuracy}

// nb101Lookup is an NB101 as an Evaluator.
type nb101Lookup struct {
	benchmark *NB101
	query     NB101Query
	objective int // its index in nb101Metrics
}

// Evaluator makes an evaluator of the benchmark. The objective is the accuracy that the query selects, by default the
// validation accuracy. The other figures of the same trainings are metrics, except those that are not recorded. A result's
// cost is the training time up to the evaluation, or its mean if the objective is a mean, or 0 if it is not recorded.
//
// The evaluator has budgets: all numbers of epochs that are kept. Evaluate uses the query's. The trainings for fewer epochs are
// trainings of their own, with the learning rate scheduled for them, so none continues another and each costs all of its time.
// If that is not recorded, it is taken to be the time of the longest training, times the share of its epochs.
//
// The error lists what there is. It wraps [ErrNoColumn] if the metric is not an accuracy, and [ErrNotRecorded] if no cell has
// what the query selects: trainings for its epochs, that many repeats, or the accuracy, at the end or halfway. An
// evaluation fails with an error that wraps [ErrNotRecorded] if the objective of the cell is not recorded.
func (b *NB101) Evaluator(q NB101Query) (evaluator.Budgeted, error) {
	objective, err := b.place(q.Metric)
	if err != nil {
		return nil, err
	}
	if m := nb101Metrics[objective]; !slices.Contains(nb101Accuracies, m) {
		return nil, fmt.Errorf("%s: objective %q: %w of accuracies; those are %q", b.name, m, ErrNoColumn, nb101Accuracies)
	}
	if err := b.checkQuery(q, objective); err != nil {
		return nil, err
	}
	return nb101Lookup{benchmark: b, query: q, objective: objective}, nil
}

// checkQuery returns an error if no cell has what a query selects.
func (b *NB101) checkQuery(q NB101Query, objective int) error {
	budget, err := b.budget(q.Epochs)
	if err != nil {
		return err
	}
	repeats := 0
	for row := range b.cells {
		repeats = max(repeats, len(budget.of(int32(row))))
	}
	if q.Repeat < 0 || q.Repeat > repeats {
		return fmt.Errorf("%s: training %d for %d epochs is %w for any cell; they are numbered from 1 to %d",
			b.name, q.Repeat, budget.epochs, ErrNotRecorded, repeats)
	}
	if b.hasFigure(budget, objective, q.Halfway) {
		return nil
	}
	there := slices.DeleteFunc(slices.Clone(nb101Accuracies), func(m NB101Metric) bool {
		return !b.hasFigure(budget, slices.Index(nb101Metrics, m), q.Halfway)
	})
	when := "at the end of"
	if q.Halfway {
		when = "halfway through"
	}
	return fmt.Errorf("%s: %s %s trainings for %d epochs is %w for any cell; the accuracies recorded there are %q",
		b.name, nb101Metrics[objective], when, budget.epochs, ErrNotRecorded, there)
}

// hasFigure reports whether any training of a budget recorded a figure.
func (b *NB101) hasFigure(budget *nb101Budget, place int, halfway bool) bool {
	return slices.ContainsFunc(budget.runs, func(run nb101Run) bool {
		evaluation := run.final
		if halfway {
			evaluation = run.halfway
		}
		return !math.IsNaN(float64(evaluation[place]))
	})
}

// Unit returns "epochs".
func (l nb101Lookup) Unit() string { return "epochs" }

// EvaluateAt looks the architecture up after another number of epochs.
func (l nb101Lookup) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if b.Amount == 0 {
		return l.Evaluate(ctx, a)
	}
	amounts := l.benchmark.amounts()
	i := slices.Index(amounts, b.Amount)
	if i < 0 {
		return evaluator.Result{}, noBudget(b.Amount, l.Unit(), amounts)
	}
	l.query.Epochs = l.benchmark.budgets[i].epochs
	r, err := l.Evaluate(ctx, a)
	if last := len(amounts) - 1; err == nil && r.Cost == 0 && i < last {
		l.query.Epochs = l.benchmark.budgets[last].epochs
		whole, wholeErr := l.Evaluate(ctx, a)
		if wholeErr == nil {
			r.Cost = duration(whole.Cost.Seconds() * amounts[i] / amounts[last])
		}
	}
	return r, err
}

// amounts returns the numbers of epochs that are kept, ascending.
func (b *NB101) amounts() []float64 {
	var amounts []float64
	for _, n := range b.Epochs() {
		amounts = append(amounts, float64(n))
	}
	return amounts
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
	r.Cost = duration(r.Metrics[string(NB101TrainingTime)])
	return r, nil
}
