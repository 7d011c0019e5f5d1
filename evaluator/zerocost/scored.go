package zerocost

import (
	"context"
	"maps"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Scored adds a score to the results of an evaluator, as a metric. It does not change the objective, because even a small change could
// reorder results. Use the metric to order results with the same objective, as in the example, or to compare the score with the
// objective over a whole search.
type Scored struct {
	// Evaluator returns the results.
	Evaluator evaluator.Evaluator
	// Score returns the score: a Scorer, or any other cheap evaluator.
	Score evaluator.Evaluator
	// Name is the name of the metric. It replaces a metric of the evaluator with the same name.
	Name string
}

var _ evaluator.Budgeted = Scored{}

// Evaluate scores and evaluates the architecture. The result's cost is the sum of both costs. If the score fails, Evaluate returns its
// error without evaluating the architecture.
func (s Scored) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return s.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
func (s Scored) Unit() string { return evaluator.UnitOf(s.Evaluator) }

// EvaluateAt is like Evaluate at a budget. The budget does not affect the score, which is computed again at each
// budget.
func (s Scored) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	score, err := evaluator.Try(ctx, s.Score, a)
	if err != nil {
		return evaluator.Result{}, err
	}
	r, err := evaluator.TryAt(ctx, s.Evaluator, a, b)
	if err != nil {
		return evaluator.Result{}, err
	}
	metrics := maps.Clone(r.Metrics) // the evaluator may have kept the map
	if metrics == nil {
		metrics = map[string]float64{}
	}
	metrics[s.Name] = score.Value
	r.Metrics, r.Cost = metrics, r.Cost+score.Cost
	return r, nil
}
