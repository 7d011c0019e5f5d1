package protocol

import "context"

type contextKey struct{}

// served is what the context of an evaluation carries.
type served struct {
	request Request
	report  func(Progress)
}

// WithRequest returns a context for the evaluation of a request: [RequestFrom] returns the request, and report is called
// with what is passed to [Report]. [Serve] and [Answer] call it; so should other programs that answer requests with an
// evaluator. report must be safe for concurrent use, and may be nil.
func WithRequest(ctx context.Context, r Request, report func(Progress)) context.Context {
	return context.WithValue(ctx, contextKey{}, served{request: r, report: report})
}

// RequestFrom returns the request that is being evaluated, for its budget and seed. It returns false if an evaluator is
// called without a request.
func RequestFrom(ctx context.Context) (Request, bool) {
	s, ok := ctx.Value(contextKey{}).(served)
	return s.request, ok
}

// Report sends the progress of an evaluation to the program that requested it. It does nothing if there is no request, or if
// the fraction is outside 0 to 1.
func Report(ctx context.Context, p Progress) {
	s, _ := ctx.Value(contextKey{}).(served)
	if s.report != nil && p.Fraction >= 0 && p.Fraction <= 1 {
		s.report(p)
	}
}
