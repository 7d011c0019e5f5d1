package nasbench

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// natsLookup is a NATS as an Evaluator.
type natsLookup struct {
	benchmark *NATS
	objective NATSMetric
	query     NATSQuery
}

// Evaluator makes an evaluator of the benchmark. The objective is an accuracy of the trainings that the query asks for,
// and [NATSValidAccuracy] if it is empty. What else [NATS.Info] gives of them rides along as metrics, and the cell's
// [NATSFLOPs], [NATSParams] and [NATSLatency]. A result's cost is the time of the training, [NATSTrainAllTime]; 0 where
// it is not recorded.
//
// The error wraps [ErrNoColumn] where the objective is none of the accuracies that the data set has. An evaluation whose
// objective is not recorded fails with an error that wraps [ErrNotRecorded].
func (n *NATS) Evaluator(objective NATSMetric, q NATSQuery) (evaluator.Evaluator, error) {
	if objective == "" {
		objective = NATSValidAccuracy
	}
	q = q.withDefaults()
	var accuracies []NATSMetric
	for _, split := range natsSplits(q.Dataset) {
		accuracy := NATSMetric(split.name + "-accuracy")
		if accuracy == objective {
			return natsLookup{n, objective, q}, nil
		}
		accuracies = append(accuracies, accuracy)
	}
	return nil, fmt.Errorf("%s: objective %q: %w of %q, but %q", n.name, objective, ErrNoColumn, q.Dataset, accuracies)
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
		return evaluator.Result{}, fmt.Errorf("%s: architecture [%v]: %s is %w", l.benchmark.name, a, l.objective, ErrNotRecorded)
	}
	r := evaluator.Result{Value: value, Metrics: map[string]float64{}}
	for name, v := range figures {
		if name != l.objective {
			r.Metrics[string(name)] = v
		}
	}
	r.Cost = time.Duration(math.Round(figures[NATSTrainAllTime] * float64(time.Second)))
	return r, nil
}
