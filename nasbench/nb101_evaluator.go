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

// nb101Lookup implements evaluator.Budgeted for an NB101.
type nb101Lookup struct {
	benchmark *NB101
	query     NB101Query
	objective int // index of the objective in nb101Metrics
	// unrecorded holds, for each budget of the benchmark, why no cell has what the query selects, or nil.
	unrecorded []error
}

// Evaluator returns an evaluator that looks architectures up in the benchmark. The objective is the
// accuracy that the query selects, by default the validation accuracy. The other recorded figures
// of the same training runs become metrics. The Cost of a result is the training time until the
// evaluation, or its mean if the objective is a mean, or 0 if it is not recorded.
//
// The budgets of the evaluator are the numbers of epochs in memory. Evaluate uses those of the query. Training runs
// for different numbers of epochs are separate, each with its own schedule of the learning rate, so none continues
// another and each costs its full time. If that time is not recorded, it is taken to be proportional to the number of
// epochs, from the time of the longest training. If no cell has what the query selects at a budget, such as the
// repeat, the error of evaluations at that budget wraps [evaluator.ErrBroken].
//
// The error wraps [ErrNoColumn] if the metric is not an accuracy, and [ErrNotRecorded] if no cell
// has what the query selects: training runs with its number of epochs, enough repeats, or the
// accuracy at the end or halfway. It lists the valid choices. If the objective of a cell is not
// recorded, the error of the evaluation wraps [ErrNotRecorded].
func (b *NB101) Evaluator(q NB101Query) (evaluator.Budgeted, error) {
	objective, err := b.place(q.Metric)
	if err != nil {
		return nil, err
	}
	if m := nb101Metrics[objective]; !slices.Contains(nb101Accuracies, m) {
		return nil, fmt.Errorf("%s: objective %q: %w among the accuracies, which are %q", b.name, m, ErrNoColumn, nb101Accuracies)
	}
	if err := b.checkQuery(q, objective); err != nil {
		return nil, err
	}
	l := nb101Lookup{benchmark: b, query: q, objective: objective}
	for _, q.Epochs = range b.Epochs() {
		l.unrecorded = append(l.unrecorded, b.checkQuery(q, objective))
	}
	return l, nil
}

// checkQuery returns an error if no cell has the figure that a query selects.
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
	return fmt.Errorf("%s: %s %s training runs for %d epochs is %w for any cell; the accuracies recorded there are %q",
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

// EvaluateAt looks the architecture up with another number of epochs.
func (l nb101Lookup) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if b.Amount == 0 {
		return l.Evaluate(ctx, a)
	}
	amounts := l.benchmark.amounts()
	i := slices.Index(amounts, b.Amount)
	if i < 0 {
		return evaluator.Result{}, noBudget(b.Amount, l.Unit(), amounts)
	}
	if err := l.unrecorded[i]; err != nil {
		return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
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

// amounts returns the numbers of epochs in memory, ascending.
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
