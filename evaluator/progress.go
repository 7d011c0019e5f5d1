package evaluator

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
)

// ErrStopped is the context.Cause of an evaluation that a search stops early because its learning curve is not promising. It
// wraps [ErrTemporary], so it is not [Permanent]: another search may evaluate the architecture.
var ErrStopped = fmt.Errorf("%w: the search has stopped the evaluation", ErrTemporary)

// Progress describes the state of a running evaluation.
type Progress struct {
	// Fraction is the completed part of the evaluation, from 0 to 1.
	Fraction float64
	// Epoch is the part of the budget that has been used, in the evaluator's unit, such as epochs. Zero means unknown.
	Epoch float64
	// Value is the objective so far, such as the validation accuracy after this epoch. It is nil if it was not measured.
	Value *float64
	// Message is a text for users. It may be empty.
	Message string
}

// Valid reports whether the fraction is from 0 to 1, the epoch is finite and not negative, and the value, if any, is finite.
func (p Progress) Valid() bool {
	return p.Fraction >= 0 && p.Fraction <= 1 && p.Epoch >= 0 && !math.IsInf(p.Epoch, 0) &&
		(p.Value == nil || !math.IsNaN(*p.Value) && !math.IsInf(*p.Value, 0))
}

// Point is a point of a learning curve.
type Point struct {
	Epoch float64 `json:"epoch"` // the part of the budget used so far, in the evaluator's unit
	Value float64 `json:"value"` // the objective at that point
}

// point returns the curve point of a progress report. It returns false if the report is invalid or lacks a value or an epoch.
func (p Progress) point() (Point, bool) {
	if p.Value == nil || p.Epoch <= 0 || !p.Valid() {
		return Point{}, false
	}
	return Point{p.Epoch, *p.Value}, true
}

// Curve is a learning curve: the objectives that an evaluation reported while it ran. Epochs increase.
type Curve []Point

// Add appends the point of a progress report to the curve. It returns the curve unchanged if the report has no value or no
// epoch, is not valid, or is not later than the last point.
func (c Curve) Add(p Progress) Curve {
	if point, ok := p.point(); ok && (len(c) == 0 || point.Epoch > c[len(c)-1].Epoch) {
		return append(c, point)
	}
	return c
}

// Clean returns the curve without the points that Add would not have appended, such as those with a value of NaN.
func (c Curve) Clean() Curve {
	var clean Curve
	for _, p := range c {
		clean = clean.Add(Progress{Epoch: p.Epoch, Value: &p.Value})
	}
	if len(clean) == len(c) {
		return c
	}
	return clean
}

// At returns the value of the last point up to and including an epoch, and false if there is none.
func (c Curve) At(epoch float64) (float64, bool) {
	n := c.upTo(epoch)
	if n == 0 {
		return 0, false
	}
	return c[n-1].Value, true
}

// UpTo returns the points up to and including an epoch.
func (c Curve) UpTo(epoch float64) Curve { return c[:c.upTo(epoch):c.upTo(epoch)] }

func (c Curve) upTo(epoch float64) int {
	n := slices.IndexFunc(c, func(p Point) bool { return p.Epoch > epoch })
	if n < 0 {
		n = len(c)
	}
	return n
}

type reportKey struct{}

// WithReport returns a context for an evaluation. [Report] then calls report, after any report function that ctx already has.
// report must be safe for concurrent use and return quickly.
func WithReport(ctx context.Context, report func(Progress)) context.Context {
	if outer, ok := ctx.Value(reportKey{}).(func(Progress)); ok {
		inner := report
		report = func(p Progress) { outer(p); inner(p) }
	}
	return context.WithValue(ctx, reportKey{}, report)
}

// Report passes the progress of an evaluation to its caller. Evaluators call it with the context that they were given. It does
// nothing if the caller did not use [WithReport] or if the progress is not valid.
func Report(ctx context.Context, p Progress) {
	if report, ok := ctx.Value(reportKey{}).(func(Progress)); ok && p.Valid() {
		report(p)
	}
}

// Recording collects the learning curve of an evaluation that runs with the context returned by Context. It is safe for
// concurrent use.
type Recording struct {
	mu    sync.Mutex
	curve Curve
}

// Context returns a context whose reports the recording collects. The report function of ctx, if any, is called too.
func (r *Recording) Context(ctx context.Context) context.Context {
	return WithReport(ctx, func(p Progress) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.curve = r.curve.Add(p)
	})
}

// Curve returns the curve collected so far.
func (r *Recording) Curve() Curve {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.curve)
}
