package protocol

import (
	"context"

	"github.com/graphpnas/graphpnas/evaluator"
)

type contextKey struct{}

// WithRequest returns a context for the evaluation of a request: [RequestFrom] returns the request, and report is called
// with what is passed to [evaluator.Report]. [Serve] and [Answer] call it; so should other programs that answer requests with
// an evaluator. report must be safe for concurrent use, and may be nil.
func WithRequest(ctx context.Context, r Request, report func(Progress)) context.Context {
	if report != nil {
		ctx = evaluator.WithReport(ctx, report)
	}
	return context.WithValue(ctx, contextKey{}, r)
}

// RequestFrom returns the request that is being evaluated, for its budget and seed. It returns false if an evaluator is
// called without a request.
func RequestFrom(ctx context.Context) (Request, bool) {
	r, ok := ctx.Value(contextKey{}).(Request)
	return r, ok
}
