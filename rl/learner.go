package rl

import (
	"context"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Session is what a Learner, a Ranker or a Strategy sees of a search. It changes nothing of it but the model, and that
// only as a Learner.
type Session struct {
	Space   searchspace.Space
	Model   generator.Model // nil in a search by strategy
	History *History
	// Wanted is how many architectures the round is to evaluate.
	Wanted int
	// Rand has the round's random numbers for the purpose.
	Rand *rand.Rand

	known  map[string]int // key → index in the history
	memory *memory
}

// Evaluated tells whether an architecture, or one of the same Key, has been evaluated, with success or without.
func (s Session) Evaluated(a searchspace.Arch) bool {
	_, ok := s.known[s.Space.Key(a)]
	return ok
}

// Learner trains the generator. It keeps no state of its own between calls beside the model's: what it needs of the past
// is in the history, so that a search can be resumed.
type Learner interface {
	// OnPolicy tells whether the learner must see everything that the generator draws, architectures evaluated in earlier
	// rounds among it. Otherwise a round draws until it has enough new ones.
	OnPolicy() bool
	// Prepare is called before the generator draws, and once at the end of the search. History has at least one
	// successful evaluation.
	Prepare(ctx context.Context, s Session) (generator.FitReport, error)
	// Update is called after the evaluations of a round whose architectures the generator drew. drawn are those that
	// succeeded, repeats included.
	Update(ctx context.Context, s Session, drawn []Evaluation) (generator.FitReport, error)
}
