package nasbench

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// natsLookup is a NATS as an Evaluator.
type natsLookup struct {
	benchmark *NATS
	objective NATSMetric
	query     NATSQuery
}

// Evaluator makes an evaluator of the benchmark. The objective is an accuracy of the trainings that the query selects, by
// default [NATSValidAccuracy]. The other figures that [NATS.Info] returns of them are metrics, and so are the cell's
// [NATSFLOPs], [NATSParams] and [NATSLatency]. A result's cost is the time of the training, [NATSTrainAllTime], or 0 if it is
// not recorded.
//
// The evaluator has budgets: 12 and 200 epochs. Evaluate uses the query's. Neither training continues the other.
//
// The error lists what there is. It wraps [ErrNotRecorded] if the benchmark has no training of any cell on the query's data
// set, for its epochs or with its seed, and [ErrNoColumn] if the objective is not an accuracy of the data set. An
// evaluation fails with an error that wraps [ErrNotRecorded] if the objective of the cell is not recorded.
func (n *NATS) Evaluator(objective NATSMetric, q NATSQuery) (evaluator.Budgeted, error) {
	if objective == "" {
		objective = NATSValidAccuracy
	}
	q = q.withDefaults()
	if err := n.checkQuery(q); err != nil {
		return nil, fmt.Errorf("%s: %w", n.name, err)
	}
	var accuracies []NATSMetric
	for _, split := range natsSplits(q.Dataset) {
		accuracy := NATSMetric(split.name + "-accuracy")
		if accuracy == objective {
			return natsLookup{n, objective, q}, nil
		}
		accuracies = append(accuracies, accuracy)
	}
	return nil, fmt.Errorf("%s: objective %q: %w among the accuracies of %s, which are %q",
		n.name, objective, ErrNoColumn, q.Dataset, accuracies)
}

// Unit returns "epochs".
func (l natsLookup) Unit() string { return "epochs" }

// EvaluateAt looks the architecture up after another number of epochs.
func (l natsLookup) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if b.Amount != 0 {
		if b.Amount != 12 && b.Amount != 200 {
			return evaluator.Result{}, noBudget(b.Amount, l.Unit(), []float64{12, 200})
		}
		l.query.Epochs = int(b.Amount)
	}
	return l.Evaluate(ctx, a)
}

// Evaluate looks the architecture up.
func (l natsLookup) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if err := ctx.Err(); err != nil {
		return evaluator.Result{}, err
	}
	runs, err := l.benchmark.runs(a, l.query)
	if err != nil {
		return evaluator.Result{}, err
	}
	figures := natsInfo(runs, l.query.Dataset)
	figures.addNetwork(runs)
	value, ok := figures[l.objective]
	if !ok {
		return evaluator.Result{}, fmt.Errorf("%s: architecture %s: %s is %w",
			l.benchmark.name, searchspace.Text(l.benchmark.Space(), a), l.objective, ErrNotRecorded)
	}
	r := evaluator.Result{Value: value, Metrics: map[string]float64{}}
	for name, v := range figures {
		if name != l.objective {
			r.Metrics[string(name)] = v
		}
	}
	r.Cost = duration(figures[NATSTrainAllTime])
	return r, nil
}
