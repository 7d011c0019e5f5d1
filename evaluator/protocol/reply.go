package protocol

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// MaxCost is the largest cost of a result: 9e9 seconds, which is about what a time.Duration can hold.
const MaxCost = 9_000_000_000 * time.Second

// Reply answers a request. Exactly one of Result, Failure and Progress is not nil. The package documentation shows their
// JSON.
type Reply struct {
	// ID is the request's. It must not be empty.
	ID string
	// Result ends the request successfully. Its numbers must be finite, and its cost from 0 to MaxCost.
	Result *evaluator.Result
	// Failure ends the request without a result.
	Failure *Failure
	// Progress does not end the request.
	Progress *Progress
}

// Failure is why an evaluation failed. It is an error, and wraps [evaluator.ErrTemporary] if it is temporary.
type Failure struct {
	// Message is why. It must not be empty.
	Message string
	// Temporary reports whether the evaluation may succeed if it is retried.
	Temporary bool
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns ErrTemporary if the failure is temporary, otherwise nil.
func (f *Failure) Unwrap() error {
	if f.Temporary {
		return evaluator.ErrTemporary
	}
	return nil
}

// Progress is how far an evaluation has come.
type Progress struct {
	// Fraction is the part that is done, from 0 to 1.
	Fraction float64
	// Message is for people to read. It may be empty.
	Message string
}

// Validate checks the reply. Its error wraps ErrMalformed.
func (r Reply) Validate() error {
	if r.ID == "" {
		return fmt.Errorf("%w: a reply without id", ErrMalformed)
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
	case r.Progress != nil && !(r.Progress.Fraction >= 0 && r.Progress.Fraction <= 1): // NaN too
		return fmt.Errorf("%w: the progress of reply %q is %v, outside 0 to 1", ErrMalformed, r.ID, r.Progress.Fraction)
	case r.Result != nil:
		return validateResult(r.ID, r.Result)
	}
	return nil
}

func validateResult(id string, r *evaluator.Result) error {
	if !finite(r.Value) {
		return fmt.Errorf("%w: the value of reply %q is %v", ErrMalformed, id, r.Value)
	}
	if r.Cost < 0 || r.Cost > MaxCost {
		return fmt.Errorf("%w: the cost of reply %q is %v, outside 0 to %v", ErrMalformed, id, r.Cost, MaxCost)
	}
	for name, v := range r.Metrics {
		if !finite(v) {
			return fmt.Errorf("%w: metric %q of reply %q is %v", ErrMalformed, name, id, v)
		}
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
	ID       string  `json:"id"`
	Progress float64 `json:"progress"`
	Message  string  `json:"message,omitempty"`
}

// MarshalJSON writes the reply. It returns the error of Validate if there is one.
func (r Reply) MarshalJSON() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	switch {
	case r.Failure != nil:
		return json.Marshal(failureJSON{ID: r.ID, Error: r.Failure.Message, Temporary: r.Failure.Temporary})
	case r.Progress != nil:
		return json.Marshal(progressJSON{ID: r.ID, Progress: r.Progress.Fraction, Message: r.Progress.Message})
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

// UnmarshalJSON reads a reply and accepts only what [Schema] allows. Its error wraps ErrMalformed, and also
// [evaluator.ErrNotFinite] if the value is not a finite number. After an error the reply is unchanged.
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
