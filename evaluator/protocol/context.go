package protocol

import "context"

type contextKey struct{}

// served is what a context carries while a request is served.
type served struct {
	request Request
	report  func(Progress)
}

// WithRequest returns a context for evaluating the architecture of a request: [RequestFrom] finds the request, and report
// gets what [Report] is told. [Serve] calls it; so does whatever else takes requests and has an evaluator answer them.
// report must be safe for concurrent use, and may be nil.
func WithRequest(ctx context.Context, r Request, report func(Progress)) context.Context {
	return context.WithValue(ctx, contextKey{}, served{request: r, report: report})
}

// RequestFrom returns the request that is being served, for its budget and its seed. It is false where an evaluator is
// asked without one.
func RequestFrom(ctx context.Context) (Request, bool) {
	s, ok := ctx.Value(contextKey{}).(served)
	return s.request, ok
}

// Report tells how far an evaluation has come, to whoever has asked for it by a request. It does nothing where there is no
// request, and with a fraction outside 0 to 1.
func Report(ctx context.Context, p Progress) {
	s, _ := ctx.Value(contextKey{}).(served)
	if s.report != nil && p.Fraction >= 0 && p.Fraction <= 1 {
		s.report(p)
	}
}
