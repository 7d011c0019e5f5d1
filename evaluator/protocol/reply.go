package protocol

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// MaxCost is the largest cost of a result: 9e9 seconds, slightly less than the largest time.Duration.
const MaxCost = 9_000_000_000 * time.Second

// Reply answers a request. Exactly one of Result, Failure and Progress must be set. The package documentation shows the JSON of
// each.
type Reply struct {
	// ID is the request's ID. It must not be empty.
	ID string
	// Result ends the request with success. Its numbers must be finite, and its cost must be between 0 and MaxCost.
	Result *evaluator.Result
	// Failure ends the request without a result.
	Failure *Failure
	// Progress does not end the request.
	Progress *Progress
}

// Failure is the error of an evaluation. It wraps [evaluator.ErrTemporary] if Temporary is true.
type Failure struct {
	// Message describes the error. It must not be empty.
	Message string
	// Temporary is true if the evaluation may succeed when it is retried.
	Temporary bool
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns [evaluator.ErrTemporary] if the failure is temporary, otherwise nil.
func (f *Failure) Unwrap() error {
	if f.Temporary {
		return evaluator.ErrTemporary
	}
	return nil
}

// Progress is the state of a running evaluation, with the objective so far if it was measured.
type Progress = evaluator.Progress

// Validate returns an error that wraps [ErrMalformed] if the reply is not valid.
func (r Reply) Validate() error {
	if r.ID == "" {
		return fmt.Errorf("%w: the reply has no id", ErrMalformed)
	}
	kinds := 0
	for _, there := range []bool{r.Result != nil, r.Failure != nil, r.Progress != nil} {
		if there {
			kinds++
		}
	}
	if kinds != 1 {
		return fmt.Errorf("%w: reply %q must have exactly one of value, error and progress", ErrMalformed, r.ID)
	}
	switch {
	case r.Failure != nil && r.Failure.Message == "":
		return fmt.Errorf("%w: the error of reply %q is empty", ErrMalformed, r.ID)
	case r.Progress != nil:
		return validateProgress(r.ID, *r.Progress)
	case r.Result != nil:
		return validateResult(r.ID, r.Result)
	}
	return nil
}

func validateProgress(id string, p Progress) error {
	switch {
	case p.Valid():
		return nil
	case !(p.Fraction >= 0 && p.Fraction <= 1): // NaN too
		return fmt.Errorf("%w: the progress of reply %q must be between 0 and 1, got %v", ErrMalformed, id, p.Fraction)
	case p.Value != nil && !finite(*p.Value):
		return fmt.Errorf("%w: the value of reply %q must be finite, got %v", ErrMalformed, id, *p.Value)
	}
	return fmt.Errorf("%w: the epoch of reply %q must be a finite number of at least 0, got %v", ErrMalformed, id, p.Epoch)
}

func validateResult(id string, r *evaluator.Result) error {
	if !finite(r.Value) {
		return fmt.Errorf("%w: the value of reply %q must be finite, got %v", ErrMalformed, id, r.Value)
	}
	if r.Cost < 0 || r.Cost > MaxCost {
		return fmt.Errorf("%w: the cost of reply %q must be between 0 and %v, got %v", ErrMalformed, id, MaxCost, r.Cost)
	}
	for name, v := range r.Metrics {
		if !finite(v) {
			return fmt.Errorf("%w: metric %q of reply %q must be finite, got %v", ErrMalformed, name, id, v)
		}
	}
	return validateCurve(id, r.Curve)
}

// validateCurve checks that epochs are positive and increase, and that all numbers are finite.
func validateCurve(id string, c evaluator.Curve) error {
	last := 0.0
	for _, p := range c {
		if !(p.Epoch > last) || !finite(p.Epoch) || !finite(p.Value) {
			return fmt.Errorf("%w: the curve of reply %q has the value %v at epoch %v after epoch %v: "+
				"epochs must be positive and increase, and all numbers finite", ErrMalformed, id, p.Value, p.Epoch, last)
		}
		last = p.Epoch
	}
	return nil
}

type idJSON struct {
	ID string `json:"id"`
}

type failureJSON struct {
	ID        string `json:"id"`
	Error     string `json:"error"`
	Temporary bool   `json:"temporary,omitempty"`
}

type progressJSON struct {
	ID       string   `json:"id"`
	Progress float64  `json:"progress"`
	Epoch    float64  `json:"epoch,omitempty"`
	Value    *float64 `json:"value,omitempty"`
	Message  string   `json:"message,omitempty"`
}

// MarshalJSON encodes the reply. It returns the error of Validate, if any.
func (r Reply) MarshalJSON() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	switch {
	case r.Failure != nil:
		return json.Marshal(failureJSON{ID: r.ID, Error: r.Failure.Message, Temporary: r.Failure.Temporary})
	case r.Progress != nil:
		p := r.Progress
		return json.Marshal(progressJSON{ID: r.ID, Progress: p.Fraction, Epoch: p.Epoch, Value: p.Value, Message: p.Message})
	}
	id, err := json.Marshal(idJSON{ID: r.ID})
	if err != nil {
		return nil, err
	}
	result, err := json.Marshal(r.Result)
	if err != nil {
		return nil, err
	}
	id[len(id)-1] = ',' // {"id":"7"} and {"value":93.2,…} become one object
	return append(id, result[1:]...), nil
}

// UnmarshalJSON decodes a reply. It accepts only replies that [Schema] allows. Its error wraps [ErrMalformed], and also
// [evaluator.ErrNotFinite] if the value is NaN or infinite. After an error the reply is unchanged.
func (r *Reply) UnmarshalJSON(text []byte) error {
	fields, err := readStrict(nameNonFinite(text))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	p := parser{fields: fields, strict: true}
	read := p.reply()
	if p.err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, p.err)
	}
	*r = read
	return nil
}
