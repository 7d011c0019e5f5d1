package protocol

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// MaxCost is the largest cost of a result, 9e9 seconds: what a time.Duration holds, rounded down.
const MaxCost = 9_000_000_000 * time.Second

// Reply answers a request. Exactly one of Result, Failure and Progress is there. As JSON the three are the lines in the
// package's documentation.
type Reply struct {
	// ID is the request's.
	ID string
	// Result ends the request well. Its numbers are finite, its cost is from 0 to MaxCost.
	Result *evaluator.Result
	// Failure ends the request without a result.
	Failure *Failure
	// Progress does not end the request.
	Progress *Progress
}

// Failure says why an evaluation failed. It is an error, and wraps [evaluator.ErrTemporary] where it is temporary.
type Failure struct {
	// Message says what went wrong. It is not empty.
	Message string
	// Temporary says that the evaluation may succeed when it is tried again.
	Temporary bool
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns ErrTemporary where the failure is temporary, else nil.
func (f *Failure) Unwrap() error {
	if f.Temporary {
		return evaluator.ErrTemporary
	}
	return nil
}

// Progress says how far an evaluation has come.
type Progress struct {
	// Fraction is the part that is done, from 0 to 1.
	Fraction float64
	// Message is for people to read; it may be empty.
	Message string
}

// Validate tells what is wrong with the reply; the error wraps ErrMalformed.
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
		return fmt.Errorf("%w: reply %q has not exactly one of value, error and progress", ErrMalformed, r.ID)
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

// MarshalJSON writes the reply, if Validate allows it.
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

// UnmarshalJSON reads a reply. The error wraps ErrMalformed and leaves the reply as it was.
func (r *Reply) UnmarshalJSON(text []byte) error {
	fields, err := readFields(text)
	if err != nil {
		return err
	}
	var read Reply
	switch {
	case fields["error"] != nil:
		read, err = readFailure(text, fields)
	case fields["progress"] != nil:
		read, err = readProgress(text, fields)
	default:
		read, err = readResult(text, fields)
	}
	if err != nil {
		return err
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*r = read
	return nil
}

func readFailure(text []byte, f fields) (Reply, error) {
	if err := f.only("id", "error", "temporary"); err != nil {
		return Reply{}, err
	}
	var in failureJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Reply{ID: in.ID, Failure: &Failure{Message: in.Error, Temporary: in.Temporary}}, nil
}

func readProgress(text []byte, f fields) (Reply, error) {
	if err := f.only("id", "progress", "message"); err != nil {
		return Reply{}, err
	}
	var in progressJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Reply{ID: in.ID, Progress: &Progress{Fraction: in.Progress, Message: in.Message}}, nil
}

func readResult(text []byte, f fields) (Reply, error) {
	if err := f.only("id", "value", "metrics", "cost_seconds", "failure"); err != nil {
		return Reply{}, err
	}
	var in idJSON
	var result evaluator.Result
	for _, into := range []any{&in, &result} {
		if err := json.Unmarshal(text, into); err != nil {
			return Reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	return Reply{ID: in.ID, Result: &result}, nil
}
