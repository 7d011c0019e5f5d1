package evaluator

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluator scores architectures. It must be safe for concurrent use and return soon after ctx ends. An error concerns this
// one evaluation, and a search goes on, unless the error wraps [ErrBroken].
type Evaluator interface {
	Evaluate(ctx context.Context, a searchspace.Arch) (Result, error)
}

// Func is a function that implements Evaluator.
type Func func(ctx context.Context, a searchspace.Arch) (Result, error)

// Evaluate calls f.
func (f Func) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) { return f(ctx, a) }
