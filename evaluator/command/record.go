package command

import (
	"errors"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// record keeps what the program has done so far: whether it works at all.
type record struct {
	giveUp int // after how many failures the evaluator is broken; negative: never

	mu       sync.Mutex
	proven   bool            // the program has evaluated something
	answered bool            // the program has answered, at least with an error
	faults   int             // requests that it did not answer as it should
	message  string          // the error that it answered with
	refused  map[string]bool // the architectures that it answered with this error; nil if it had different errors
	broken   *Error          // why the evaluator is broken
}

func newRecord(giveUp int) *record { return &record{giveUp: giveUp, refused: map[string]bool{}} }

// success notes a result: the program works.
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

// refusal notes that the program answered an architecture with an error, and classifies that error.
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
	r.give(failed, fmt.Errorf("%w: the program failed on %d different architectures with the same error and has not evaluated any: %w",
		evaluator.ErrBroken, len(r.refused), answer))
}

// fault notes that the program did not answer as it should, and classifies the error.
func (r *record) fault(failed *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case errors.Is(failed, evaluator.ErrNotFinite): // the training diverged, or there is a mistake in the program
		failed.class = evaluator.ErrUncertain
	case errors.Is(failed, evaluator.ErrTimeout): // the training takes long, or the program does not flush its output
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
	r.give(failed, fmt.Errorf("%w: the program has answered none of %d requests; the last one failed because %w",
		evaluator.ErrBroken, r.faults, failed.Err))
}

// give makes the error the one that the evaluator is broken by.
func (r *record) give(failed *Error, reason error) {
	failed.Err = reason
	if r.broken == nil {
		r.broken = failed
	}
}
