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

// Predicted is the metric in a Surrogate's results that is 1 if the value is predicted and 0 if it is recorded.
const Predicted = "predicted"

// Surrogate is an evaluator that answers with the recorded result of an architecture if there is one, and with a prediction
// otherwise. The metric [Predicted] says which.
type Surrogate struct {
	// Recorded is asked first. If nil, everything is predicted.
	Recorded evaluator.Evaluator
	// Missing is wrapped by the errors of Recorded that say that an architecture is not recorded, such as
	// nasbench.ErrNotRecorded. Any other error of Recorded is returned.
	Missing error
	// Value predicts the objective.
	Value *Predictor
	// Cost predicts a result's cost in seconds; negative predictions count as 0. If nil, a predicted result costs 0.
	Cost *Predictor
}

var _ evaluator.Evaluator = Surrogate{}

// Evaluate returns the recorded result with its metrics, or a predicted value whose only metric is [Predicted]. The error
// wraps evaluator.ErrBroken if Value is nil, and is otherwise that of Recorded or of [Predictor.Predict].
func (s Surrogate) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if s.Value == nil {
		return evaluator.Result{}, fmt.Errorf("%w: predictor.Surrogate needs a Value", evaluator.ErrBroken)
	}
	if s.Recorded != nil {
		r, err := s.Recorded.Evaluate(ctx, a)
		if err == nil {
			r.Metrics = maps.Clone(r.Metrics) // it may be the evaluator's own
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

// durationOf returns a number of seconds as a duration, within the range of durations.
func durationOf(seconds float64) time.Duration {
	const longest = math.MaxInt64 / float64(time.Second) / 2
	return time.Duration(max(0, min(seconds, longest)) * float64(time.Second))
}
