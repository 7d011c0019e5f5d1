package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/generator"
)

// Learner trains a generator on what a search has found. It keeps nothing between calls beside the model's weights: what
// it needs of the past is in the State.
type Learner interface {
	// OnPolicy reports whether the learner must see everything that the generator draws, architectures that were
	// evaluated before included. Otherwise the generator draws until it has enough new ones.
	OnPolicy() bool
	// Learn trains the model. It is called before the model draws, and once at the end of the search. The state has at
	// least one successful evaluation.
	Learn(ctx context.Context, s *State, m generator.Model) (generator.FitReport, error)
}
