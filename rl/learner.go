package rl

import (
	"context"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
)

// Session is what a Learner sees of a search. It reads the history and trains the model.
type Session struct {
	Model   generator.Model
	History *History
	// Rand is the round's random numbers for training.
	Rand *rand.Rand
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
