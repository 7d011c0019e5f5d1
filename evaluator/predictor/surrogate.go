package predictor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Predicted is a metric of a Surrogate's results. It is 1 if the value is predicted and 0 if it is recorded.
const Predicted = "predicted"

// Surrogate is an evaluator that returns the recorded result of an architecture if there is one,
// and otherwise a prediction. The metric [Predicted] records which.
type Surrogate struct {
	// Recorded returns recorded results. If nil, everything is predicted.
	Recorded evaluator.Evaluator
	// Missing is the error, such as nasbench.ErrNotRecorded, that Recorded wraps if an architecture is not recorded. Other errors
	// of Recorded are returned.
	Missing error
	// Value predicts the objective.
	Value *Predictor
	// Cost predicts the cost of a result in seconds; negative predictions count as 0. If nil, the cost of predicted results is 0.
	Cost *Predictor
}

var _ evaluator.Evaluator = Surrogate{}

// Evaluate returns the recorded result with its metrics, or a predicted value whose only metric is [Predicted]. It returns an error that
// wraps evaluator.ErrBroken if Value is nil, and otherwise the errors of Recorded and of [Predictor.Predict].
func (s Surrogate) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if s.Value == nil {
		return evaluator.Result{}, fmt.Errorf("%w: predictor.Surrogate needs a Value", evaluator.ErrBroken)
	}
	if s.Recorded != nil {
		r, err := s.Recorded.Evaluate(ctx, a)
		if err == nil {
			r.Metrics = maps.Clone(r.Metrics) // the map may belong to the evaluator
			if r.Metrics == nil {
				r.Metrics = map[string]float64{}
			}
			r.Metrics[Predicted] = 0
			return r, nil
		}
		if !errors.Is(err, s.Missing) {
			return evaluator.Result{}, err
		}
	}
	return s.predict(ctx, a)
}

func (s Surrogate) predict(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	values, err := s.Value.Predict(ctx, []searchspace.Arch{a})
	if err != nil {
		return evaluator.Result{}, err
	}
	r := evaluator.Result{Value: values[0], Metrics: map[string]float64{Predicted: 1}}
	if s.Cost == nil {
		return r, nil
	}
	seconds, err := s.Cost.Predict(ctx, []searchspace.Arch{a})
	if err != nil {
		return evaluator.Result{}, fmt.Errorf("cost: %w", err)
	}
	r.Cost = durationOf(seconds[0])
	return r, nil
}

// durationOf converts seconds to a duration, clamped to the range of durations.
func durationOf(seconds float64) time.Duration {
	const longest = math.MaxInt64 / float64(time.Second) / 2
	return time.Duration(max(0, min(seconds, longest)) * float64(time.Second))
}
