package summary

import (
	"fmt"

	"github.com/graphpnas/graphpnas/rl"
)

// Failures counts evaluations and failed evaluations. In JSON, it has the fields failed and
// first_error, so it can be embedded in a result. The zero value is an empty count.
type Failures struct {
	// Evaluations is the number of evaluations, failures included.
	Evaluations int `json:"-"`
	// Failed is the number of failed evaluations.
	Failed int `json:"failed"`
	// FirstError is the error of the first failed evaluation.
	FirstError string `json:"first_error,omitempty"`
}

// FailuresOf counts the evaluations of a search.
func FailuresOf(h *rl.History) Failures {
	f := Failures{Evaluations: len(h.Evaluations)}
	if failed := h.Failures(); len(failed) > 0 {
		f.Failed, f.FirstError = len(failed), failed[0].Err.Error()
	}
	return f
}

// Add adds the counts of a later search.
func (f *Failures) Add(other Failures) {
	if f.Failed == 0 {
		f.FirstError = other.FirstError
	}
	f.Evaluations += other.Evaluations
	f.Failed += other.Failed
}

// String formats the counts, such as "99 of 100 evaluations failed; the first error: out of
// memory".
func (f Failures) String() string {
	text := fmt.Sprintf("%d of %d evaluations failed", f.Failed, f.Evaluations)
	if f.Failed > 0 {
		text += "; the first error: " + f.FirstError
	}
	return text
}
