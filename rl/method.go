package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Method decides what to evaluate next.
//
// A Search calls Propose once for each group of trials, one call at a time. The State has the
// results so far and, through [State.Rand], the random numbers; using no others makes a search
// reproducible. A search can be resumed if its method keeps no state between calls other than the
// weights of a model that it trains.
//
// A Method may also have a method Validate() error, which checks its settings, and a method
// ValidateFor(searchspace.Space) error, which checks that it can search a space. New calls both. A
// method that uses another one should pass these calls on with [Validate] and [ValidateFor], and
// Finish too if the other one is a [Finisher].
type Method interface {
	// Propose returns up to n trials to evaluate next, most promising first. If it returns more
	// than n, the rest is ignored. Only the fields Arch, Budget, Source and LogProb of a trial are
	// read.
	//
	// Every architecture must be a member of the space; otherwise the search ends with an error. An
	// architecture that is already evaluated or running at the same budget is not evaluated again:
	// its trial gets the earlier result and costs nothing.
	//
	// The same architecture may be evaluated at several budgets. A method that has proposed budgets
	// below the full one is asked for more even after Config.Evaluations architectures have been
	// proposed. It may then propose further budgets for these architectures; trials of new ones are
	// dropped.
	//
	// If Propose returns no trials, it is called again after all running trials have finished. If it
	// then still returns none, the search ends with StopExhausted.
	Propose(ctx context.Context, s *State, n int) ([]Trial, error)
}

// Finisher is implemented by a Method that has work left when the search ends, such as training its
// model on the last results.
type Finisher interface {
	// Finish is called once, after the last result, unless the search failed.
	Finish(ctx context.Context, s *State) error
}

// Trial is an architecture to evaluate at a budget.
type Trial struct {
	// ID numbers the trials of a search from 0 in the order in which they are proposed. Past
	// evaluations have negative IDs.
	ID int
	// Group is the number of the group in which the trial was proposed, from 0.
	Group int
	// Arch is the architecture to evaluate.
	Arch searchspace.Arch
	// Key is the space's Key of Arch.
	Key string
	// Budget is how much the evaluation may use, in the evaluator's unit (see evaluator.Budgeted).
	// Zero means the full budget, which is the evaluator's own.
	Budget float64
	// Resume is the Result.Resume of the architecture's largest finished evaluation at a smaller
	// budget that the method saw, so that the evaluation can continue from it. It is empty if there
	// is none.
	Resume string
	// Source says where the method got the architecture from, such as [SourceExplorer]. A method may
	// use any text.
	Source string
	// LogProb is the natural logarithm of the probability with which a generator drew the
	// architecture, or zero if the method did not record it.
	LogProb float64
}

// The sources used by the methods of this module.
const (
	SourceExplorer  = "explorer"  // drawn without a model
	SourceGenerator = "generator" // drawn by a trained generator
	SourceNeighbor  = "neighbor"  // one change away from a good architecture
	SourcePool      = "pool"      // drawn from the whole space and chosen by a Ranker
	SourcePromotion = "promotion" // already evaluated at a smaller budget
	SourcePast      = "past"      // evaluated before the search, or suggested by another search's results
)

// Purpose selects one of a group's streams of random numbers (see State.Rand). Your own methods may
// use any value.
type Purpose uint8

// The purposes used by the methods of this module.
const (
	ToChoose  Purpose = iota // the choice of trials that explore
	ToExplore                // draws from an explorer
	ToSample                 // draws from a generator
	ToFit                    // initial weights and the order of training examples
	ToPropose                // anything else in a proposal
	ToInspect                // samples for diagnostics
)
