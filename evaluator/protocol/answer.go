package protocol

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// mostMessage bounds the message of a failure, in bytes.
const mostMessage = 1 << 16

// Answer has an evaluator answer a request, as [Serve] does for each that it reads. The evaluator finds the request by
// [RequestFrom], and what it tells [Report] goes to report, which may be nil. The reply fits on a line. It is a failure
// where the evaluation fails, panics or gives an objective that is not finite, and where the request is for another space
// or for what is no architecture of this one; the error is then what the failure was made of.
func Answer(
	ctx context.Context, r Request, space searchspace.Space, e evaluator.Evaluator, report func(Progress),
) (Reply, error) {
	result, err := evaluate(WithRequest(ctx, r, report), r, space, e)
	reply := Reply{ID: r.ID, Result: &result}
	if err == nil {
		_, err = Line(&reply) // fails for a metric that is not finite, or too many of them
	}
	if err != nil {
		reply = Reply{ID: r.ID, Failure: NewFailure(err)}
	}
	return reply, err
}

// evaluate has the evaluator do it within a Pool, which stands panics.
func evaluate(
	ctx context.Context, r Request, space searchspace.Space, e evaluator.Evaluator,
) (evaluator.Result, error) {
	if name := space.Name(); r.Space != name {
		return evaluator.Result{}, fmt.Errorf("this program evaluates architectures of %q, not of %q", name, r.Space)
	}
	if err := space.Validate(r.Arch); err != nil {
		return evaluator.Result{}, err
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 1}
	for o := range pool.Run(ctx, []searchspace.Arch{r.Arch}) {
		if o.Err != nil {
			return evaluator.Result{}, errors.Unwrap(o.Err) // without the architecture: who asks knows it
		}
		return o.Result, nil
	}
	return evaluator.Result{}, context.Cause(ctx)
}

// NewFailure makes of an error what may be written: valid text that fits on a line, temporary where the error wraps
// [evaluator.ErrTemporary] or [evaluator.ErrBroken], for another evaluator may do better.
func NewFailure(err error) *Failure {
	message := strings.ToValidUTF8(err.Error(), "�")
	if len(message) > mostMessage {
		message = strings.ToValidUTF8(message[:mostMessage], "") + "…"
	}
	if message == "" {
		message = "failed without a message"
	}
	return &Failure{
		Message:   message,
		Temporary: errors.Is(err, evaluator.ErrTemporary) || errors.Is(err, evaluator.ErrBroken),
	}
}
