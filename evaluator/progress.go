package evaluator

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
)

// ErrStopped is the cause of the context of an evaluation that a search stops while it runs, because what it has reported is
// not promising. It wraps [ErrTemporary]: it is not held against the architecture, and another search may evaluate it.
var ErrStopped = fmt.Errorf("%w: the search has stopped the evaluation", ErrTemporary)

// Progress is how far an evaluation has come.
type Progress struct {
	// Fraction is the part that is done, from 0 to 1.
	Fraction float64
	// Epoch is how much of the budget is used, in the evaluator's unit, such as epochs. Zero if it is not told.
	Epoch float64
	// Value is the objective so far, such as the validation accuracy after this epoch. If nil, it was not measured.
	Value *float64
	// Message is for people to read. It may be empty.
	Message string
}

// Valid reports whether the fraction is from 0 to 1, the epoch not negative, and the value, if there is one, finite.
func (p Progress) Valid() bool {
	return p.Fraction >= 0 && p.Fraction <= 1 && p.Epoch >= 0 && !math.IsInf(p.Epoch, 0) &&
		(p.Value == nil || !math.IsNaN(*p.Value) && !math.IsInf(*p.Value, 0))
}

// Point is a point of a learning curve.
type Point struct {
	Epoch float64 `json:"epoch"` // how much of the budget was used, in the evaluator's unit
	Value float64 `json:"value"` // the objective then
}

// point returns the point of a curve that a progress adds. There is none without a value or an epoch.
func (p Progress) point() (Point, bool) {
	if p.Value == nil || p.Epoch <= 0 || !p.Valid() {
		return Point{}, false
	}
	return Point{p.Epoch, *p.Value}, true
}

// Curve is what an evaluation reported of its objective while it ran. Epochs increase.
type Curve []Point

// Add returns the curve with the point that a progress adds, if its epoch is beyond the last one.
func (c Curve) Add(p Progress) Curve {
	if point, ok := p.point(); ok && (len(c) == 0 || point.Epoch > c[len(c)-1].Epoch) {
		return append(c, point)
	}
	return c
}

// At returns the value of the last point up to an epoch, and false if there is none.
func (c Curve) At(epoch float64) (float64, bool) {
	n := c.upTo(epoch)
	if n == 0 {
		return 0, false
	}
	return c[n-1].Value, true
}

// UpTo returns the points up to an epoch.
func (c Curve) UpTo(epoch float64) Curve { return c[:c.upTo(epoch):c.upTo(epoch)] }

func (c Curve) upTo(epoch float64) int {
	n := slices.IndexFunc(c, func(p Point) bool { return p.Epoch > epoch })
	if n < 0 {
		n = len(c)
	}
	return n
}

type reportKey struct{}

// WithReport returns a context for an evaluation whose progress goes to report, after the reports of ctx. report must be
// safe for concurrent use and return soon.
func WithReport(ctx context.Context, report func(Progress)) context.Context {
	if outer, ok := ctx.Value(reportKey{}).(func(Progress)); ok {
		inner := report
		report = func(p Progress) { outer(p); inner(p) }
	}
	return context.WithValue(ctx, reportKey{}, report)
}

// Report tells whoever asked for an evaluation how far it has come. Evaluators call it with the context that they were given.
// It does nothing if nobody wants to know or the progress is not valid.
func Report(ctx context.Context, p Progress) {
	if report, ok := ctx.Value(reportKey{}).(func(Progress)); ok && p.Valid() {
		report(p)
	}
}

// Recording collects the learning curve of an evaluation: Context returns the context to evaluate with. It is safe for
// concurrent use.
type Recording struct {
	mu    sync.Mutex
	curve Curve
}

// Context returns a context whose reports the recording collects, and ctx gets as well.
func (r *Recording) Context(ctx context.Context) context.Context {
	return WithReport(ctx, func(p Progress) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.curve = r.curve.Add(p)
	})
}

// Curve returns what was collected so far.
func (r *Recording) Curve() Curve {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.curve)
}
