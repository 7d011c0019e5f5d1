package zerocost

import (
	"context"
	"maps"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Scored adds a score to an evaluator's results, as a metric of the given name. The objective is left alone: adding even a
// small score to it might reorder results that differ by less. Use the metric to order results of equal objective, as the
// example does, or to compare the score with the objective over a whole search.
type Scored struct {
	// Evaluator gives the result.
	Evaluator evaluator.Evaluator
	// Score is asked first: a Scorer, or anything else that is cheap.
	Score evaluator.Evaluator
	// Name is the metric's name. It replaces a metric of the evaluator that has the same name.
	Name string
}

var _ evaluator.Budgeted = Scored{}

// Evaluate scores and evaluates. The cost is that of both. If the score fails, the architecture fails and is not evaluated.
func (s Scored) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return s.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns the unit of the evaluator's budgets, if it has any.
func (s Scored) Unit() string { return evaluator.UnitOf(s.Evaluator) }

// EvaluateAt is Evaluate at a budget. Scores have none: the architecture is scored at each budget.
func (s Scored) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	score, err := evaluator.Try(ctx, s.Score, a)
	if err != nil {
		return evaluator.Result{}, err
	}
	r, err := evaluator.TryAt(ctx, s.Evaluator, a, b)
	if err != nil {
		return evaluator.Result{}, err
	}
	metrics := maps.Clone(r.Metrics) // which the evaluator may have kept
	if metrics == nil {
		metrics = map[string]float64{}
	}
	metrics[s.Name] = score.Value
	r.Metrics, r.Cost = metrics, r.Cost+score.Cost
	return r, nil
}
