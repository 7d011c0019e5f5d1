package summary

import (
	"fmt"

	"github.com/graphpnas/graphpnas/rl"
)

// Failures counts evaluations and those of them that failed. As JSON it has the fields failed and first_error, so it can be
// embedded in a result. The zero value has counted nothing.
type Failures struct {
	// Evaluations is how many there were, failures included.
	Evaluations int `json:"-"`
	// Failed is how many failed.
	Failed int `json:"failed"`
	// FirstError is why the first of them did.
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

// Add adds what another search counted after this one.
func (f *Failures) Add(other Failures) {
	if f.Failed == 0 {
		f.FirstError = other.FirstError
	}
	f.Evaluations += other.Evaluations
	f.Failed += other.Failed
}

// String says it in words, such as "99 of 100 evaluations failed; the first error: out of memory".
func (f Failures) String() string {
	text := fmt.Sprintf("%d of %d evaluations failed", f.Failed, f.Evaluations)
	if f.Failed > 0 {
		text += "; the first error: " + f.FirstError
	}
	return text
}
