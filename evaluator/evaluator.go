package evaluator

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluator scores one architecture; it is safe for concurrent use. An error is this architecture's failure, and a
// search goes on, unless errors.Is(err, ErrBroken): then the evaluator itself is unusable. An evaluator returns soon
// after ctx ends.
type Evaluator interface {
	Evaluate(ctx context.Context, a searchspace.Arch) (Result, error)
}

// Func makes an Evaluator of a function.
type Func func(ctx context.Context, a searchspace.Arch) (Result, error)

// Evaluate calls f.
func (f Func) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) { return f(ctx, a) }
