package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/generator"
)

// Learner trains a generator on the results of a search. It keeps no state between calls other than
// the model's weights; everything else that it needs is in the State.
type Learner interface {
	// OnPolicy reports whether the learner must see every architecture that the generator draws,
	// including those already evaluated. If it returns false, Reinforce draws until it has enough
	// new ones.
	OnPolicy() bool
	// Learn trains the model. Reinforce calls it before it draws from the model and once at the end
	// of the search. The state has at least one successful evaluation.
	Learn(ctx context.Context, s *State, m generator.Model) (generator.FitReport, error)
}
