package protocol

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// mostMessage is the maximum length of a failure message in bytes.
const mostMessage = 1 << 16

// Answer answers a request with an evaluator, as [Serve] does for each request that it reads. The evaluator can get the request
// from [RequestFrom]; progress that it passes to [evaluator.Report] goes to report, which may be nil. If the evaluator is
// [evaluator.Budgeted], it evaluates at the budget that the request has in its unit, or at its own, and may resume. If the result
// has no Curve, the reply's Curve consists of the reported values.
//
// The reply always fits on a line. Metrics that are NaN or infinite are left out, because JSON has no numbers for them. The reply
// is a failure, and Answer also returns the error, if the evaluation fails, panics or returns an objective that is not finite,
// if the request is for another space, or if the architecture is not in the space.
func Answer(
	ctx context.Context, r Request, space searchspace.Space, e evaluator.Evaluator, report func(Progress),
) (Reply, error) {
	var values evaluator.Recording
	result, err := evaluate(values.Context(WithRequest(ctx, r, report)), r, space, e)
	reply := Reply{ID: r.ID, Result: &result}
	if err == nil {
		result.Metrics = maps.Clone(result.Metrics) // they may belong to the evaluator
		maps.DeleteFunc(result.Metrics, func(_ string, v float64) bool { return !finite(v) })
		if result.Curve == nil {
			result.Curve = values.Curve()
		}
		_, err = Line(&reply) // fails if there are too many metrics
	}
	if err != nil {
		reply = Reply{ID: r.ID, Failure: NewFailure(err)}
	}
	return reply, err
}

// evaluate runs the evaluation in a Pool, which turns panics into errors.
func evaluate(
	ctx context.Context, r Request, space searchspace.Space, e evaluator.Evaluator,
) (evaluator.Result, error) {
	if err := admit(r, space); err != nil {
		return evaluator.Result{}, err
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 1}
	job := evaluator.Job{Arch: r.Arch}
	if unit := evaluator.UnitOf(e); unit != "" {
		job.Budget = evaluator.Budget{Amount: max(0, r.Budget[unit]), Resume: r.Resume}
	}
	for o := range pool.RunJobs(ctx, slices.Values([]evaluator.Job{job})) {
		if o.Err != nil {
			return evaluator.Result{}, errors.Unwrap(o.Err) // drops the architecture from the text: the request has it
		}
		return o.Result, nil
	}
	return evaluator.Result{}, context.Cause(ctx)
}

// admit returns an error if the request is for another space or its architecture is not in the space.
func admit(r Request, space searchspace.Space) (err error) {
	defer func() { // a user-defined space may panic on an unexpected architecture
		if v := recover(); v != nil {
			err = fmt.Errorf("validating the architecture: %w", &evaluator.PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	if name := space.Name(); r.Space != name {
		return fmt.Errorf("this program evaluates architectures of space %q, not of %q", name, r.Space)
	}
	return space.Validate(r.Arch)
}

// NewFailure returns the failure for an error. Its message is valid UTF-8 of at most 64 KiB; longer error texts are cut. The
// failure is temporary if the error wraps [evaluator.ErrTemporary], or [evaluator.ErrBroken], because another evaluator may
// succeed.
func NewFailure(err error) *Failure {
	message := strings.ToValidUTF8(err.Error(), "�")
	if len(message) > mostMessage {
		message = strings.ToValidUTF8(message[:mostMessage], "") + "…"
	}
	if message == "" {
		message = "the evaluation failed without an error message"
	}
	return &Failure{
		Message:   message,
		Temporary: errors.Is(err, evaluator.ErrTemporary) || errors.Is(err, evaluator.ErrBroken),
	}
}
