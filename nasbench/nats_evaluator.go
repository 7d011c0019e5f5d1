package nasbench

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// natsLookup implements evaluator.Budgeted for a NATS.
type natsLookup struct {
	benchmark *NATS
	objective NATSMetric
	query     NATSQuery
	// unrecorded holds, for the numbers of epochs that are budgets, why no cell has what the query selects, or nil.
	unrecorded map[int]error
}

// Evaluator returns an evaluator that looks architectures up in the benchmark. The objective is an accuracy of the training
// runs that the query selects, by default [NATSValidAccuracy]. The other figures of [NATS.Info] become metrics, and so do
// the cell's [NATSFLOPs], [NATSParams] and [NATSLatency]. The Cost of a result is the training time, [NATSTrainAllTime], or
// 0 if it is not recorded.
//
// The evaluator has the budgets 12 and 200 epochs. Evaluate uses those of the query. The two training runs are separate. If no
// cell was trained with the query's data set and seed at a budget, the error of evaluations at that budget wraps
// [evaluator.ErrBroken]. In the published files, the seed 111 has only 12 epochs, and 888 and 999 have only 200.
//
// The error wraps [ErrNotRecorded] if the benchmark has no training of any cell with the query's data set, epochs and seed, and
// [ErrNoColumn] if the objective is not an accuracy of the data set; it lists the valid choices. If the objective of a cell is
// not recorded, the error of the evaluation wraps [ErrNotRecorded].
func (n *NATS) Evaluator(objective NATSMetric, q NATSQuery) (evaluator.Budgeted, error) {
	if objective == "" {
		objective = NATSValidAccuracy
	}
	q = q.withDefaults()
	if err := n.checkQuery(q); err != nil {
		return nil, fmt.Errorf("%s: %w", n.name, err)
	}
	unrecorded := map[int]error{}
	for _, epochs := range []int{12, 200} {
		unrecorded[epochs] = n.checkQuery(NATSQuery{q.Dataset, epochs, q.Seed})
	}
	var accuracies []NATSMetric
	for _, split := range natsSplits(q.Dataset) {
		accuracy := NATSMetric(split.name + "-accuracy")
		if accuracy == objective {
			return natsLookup{n, objective, q, unrecorded}, nil
		}
		accuracies = append(accuracies, accuracy)
	}
	return nil, fmt.Errorf("%s: objective %q: %w among the accuracies of %s, which are %q",
		n.name, objective, ErrNoColumn, q.Dataset, accuracies)
}

// Unit returns "epochs".
func (l natsLookup) Unit() string { return "epochs" }

// EvaluateAt looks the architecture up with another number of epochs.
func (l natsLookup) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if b.Amount != 0 {
		if b.Amount != 12 && b.Amount != 200 {
			return evaluator.Result{}, noBudget(b.Amount, l.Unit(), []float64{12, 200})
		}
		l.query.Epochs = int(b.Amount)
		if err := l.unrecorded[l.query.Epochs]; err != nil {
			return evaluator.Result{}, fmt.Errorf("%w: %s: %w", evaluator.ErrBroken, l.benchmark.name, err)
		}
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
