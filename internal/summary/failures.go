package summary

import (
	"fmt"

	"github.com/graphpnas/graphpnas/rl"
)

// Failures counts evaluations, the failed ones and those that the search stopped early. In JSON, it
// has the fields failed, first_error and stopped, so it can be embedded in a result. The zero value
// is an empty count.
type Failures struct {
	// Evaluations is the number of evaluations, including failed and stopped ones.
	Evaluations int `json:"-"`
	// Failed is the number of failed evaluations.
	Failed int `json:"failed"`
	// FirstError is the error of the first failed evaluation.
	FirstError string `json:"first_error,omitempty"`
	// Stopped is the number of evaluations that the search stopped early.
	Stopped int `json:"stopped,omitempty"`
}

// FailuresOf counts the evaluations of a search.
func FailuresOf(h *rl.History) Failures {
	f := Failures{Evaluations: len(h.Evaluations), Stopped: len(h.Stopped())}
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
	f.Stopped += other.Stopped
}

// String formats the counts, such as "9 of 100 evaluations failed and 30 were stopped early; the
// first error: out of memory".
func (f Failures) String() string {
	text := fmt.Sprintf("%d of %d evaluations failed", f.Failed, f.Evaluations)
	if f.Stopped > 0 {
		text += fmt.Sprintf(" and %d were stopped early", f.Stopped)
	}
	if f.Failed > 0 {
		text += "; the first error: " + f.FirstError
	}
	return text
}
