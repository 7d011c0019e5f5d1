package evaluator

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluator scores architectures. Evaluate must be safe for concurrent use and return soon after ctx ends. An error affects only
// this evaluation, unless it wraps [ErrBroken], which ends the search.
type Evaluator interface {
	Evaluate(ctx context.Context, a searchspace.Arch) (Result, error)
}

// Func adapts a function to an Evaluator.
type Func func(ctx context.Context, a searchspace.Arch) (Result, error)

// Evaluate calls f(ctx, a).
func (f Func) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) { return f(ctx, a) }
