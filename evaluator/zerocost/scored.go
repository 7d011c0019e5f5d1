package zerocost

import (
	"context"
	"maps"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Scored puts a score beside an evaluator's results, as a metric of the given name. The objective stays what it is: a score
// added to it, however small, might reorder what differs by less. Results of equal objective are put in order by the metric,
// as the example does, and it can be compared with the objective over a whole search.
type Scored struct {
	// Evaluator gives the result.
	Evaluator evaluator.Evaluator
	// Score is asked first: a Scorer, or whatever is cheap.
	Score evaluator.Evaluator
	// Name is the metric's; it replaces one of the evaluator's own.
	Name string
}

var _ evaluator.Evaluator = Scored{}

// Evaluate scores and evaluates. The cost is that of both; the failure of either is the architecture's, and a score that
// fails spares the evaluation.
func (s Scored) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	score, err := evaluator.Try(ctx, s.Score, a)
	if err != nil {
		return evaluator.Result{}, err
	}
	r, err := evaluator.Try(ctx, s.Evaluator, a)
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
