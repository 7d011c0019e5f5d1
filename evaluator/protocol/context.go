package protocol

import (
	"context"

	"github.com/graphpnas/graphpnas/evaluator"
)

type contextKey struct{}

// WithRequest returns a context for the evaluation of a request. [RequestFrom] returns the request from it, and
// [evaluator.Report] calls report. [Serve] and [Answer] call WithRequest; other code that answers requests with an evaluator
// should too. report must be safe for concurrent use, and may be nil.
func WithRequest(ctx context.Context, r Request, report func(Progress)) context.Context {
	if report != nil {
		ctx = evaluator.WithReport(ctx, report)
	}
	return context.WithValue(ctx, contextKey{}, r)
}

// RequestFrom returns the request that is being evaluated. Evaluators call it to get the budget and the seed. It returns false
// if ctx has no request.
func RequestFrom(ctx context.Context) (Request, bool) {
	r, ok := ctx.Value(contextKey{}).(Request)
	return r, ok
}
