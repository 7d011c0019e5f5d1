package command

import (
	"errors"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// record tracks the program's answers and faults, to decide whether the program works at all.
type record struct {
	giveUp int // the number of failures that breaks the evaluator; negative means never

	mu       sync.Mutex
	proven   bool            // the program has evaluated an architecture
	answered bool            // the program has answered a request, possibly with an error
	faults   int             // the number of requests without a valid answer
	message  string          // the error that the program answered with
	refused  map[string]bool // the architectures answered with this error; nil after different errors
	broken   *Error          // the error that broke the evaluator
}

func newRecord(giveUp int) *record { return &record{giveUp: giveUp, refused: map[string]bool{}} }

// success records a result, which proves that the program works.
func (r *record) success() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proven, r.broken = true, nil
}

// verdict returns an error if the evaluator is broken.
func (r *record) verdict() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil {
		return nil
	}
	return r.broken
}

// refusal records that the program answered an architecture with an error, and classifies that error.
func (r *record) refusal(arch string, failed *Error, answer *protocol.Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answered = true
	if r.proven || answer.Temporary {
		return
	}
	failed.class = evaluator.ErrUncertain
	if len(r.refused) > 0 && answer.Message != r.message {
		r.refused = nil
	}
	if r.refused == nil {
		return
	}
	r.message = answer.Message
	r.refused[arch] = true
	if r.giveUp < 0 || len(r.refused) < r.giveUp {
		return
	}
	r.give(failed, fmt.Errorf("%w: the program failed on %d different architectures with the same error and has not evaluated any (Config.GiveUp): %w",
		evaluator.ErrBroken, len(r.refused), answer))
}

// fault records that the program did not answer a request validly, and classifies the error.
func (r *record) fault(failed *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case errors.Is(failed, evaluator.ErrNotFinite): // the training diverged, or the program has a bug
		failed.class = evaluator.ErrUncertain
	case errors.Is(failed, evaluator.ErrTimeout): // the training takes too long, or the program does not flush its output
		if !r.proven {
			failed.class = evaluator.ErrUncertain
		}
	default:
		failed.class = evaluator.ErrTemporary
	}
	r.faults++
	if r.proven || r.answered || r.giveUp < 0 || r.faults < r.giveUp {
		return
	}
	r.give(failed, fmt.Errorf("%w: the program has not answered any of %d requests; the last error: %w",
		evaluator.ErrBroken, r.faults, failed.Err))
}

// give gives up: failed, with the given reason, becomes the error of all later evaluations.
func (r *record) give(failed *Error, reason error) {
	failed.Err = reason
	if r.broken == nil {
		r.broken = failed
	}
}
