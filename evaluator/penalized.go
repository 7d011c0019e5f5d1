package evaluator

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Penalized gives an architecture whose evaluation fails an objective of your choice, so that a search learns to keep
// away from it. The error becomes the result's Failure. Without it a search keeps the error, and learns nothing from it.
//
// Only failures that are [Permanent] count; other errors stay errors. Around an evaluator that stores results rather than
// inside it, the store holds the failures as they were, and the penalty may change from search to search.
type Penalized struct {
	// Evaluator may fail.
	Evaluator Evaluator
	// Value is the objective of what has failed.
	Value float64
}

var _ Evaluator = Penalized{}

// Evaluate evaluates, and returns a result for a failure.
func (p Penalized) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	r, err := Try(ctx, p.Evaluator, a)
	if Permanent(ctx, err) {
		return Result{Value: p.Value, Failure: err.Error()}, nil
	}
	return r, err
}
