package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Method decides what to evaluate next.
//
// A Search calls Propose once for every group of trials, one call at a time. The State has the results so far; random
// numbers come from [State.Rand], so that a seed fixes the search. A method that keeps no other state between calls, except
// the weights of a model that it trains, can be resumed.
type Method interface {
	// Propose returns up to n trials to evaluate next, most wanted first; more than n are cut off. Only the fields Arch,
	// Budget, Source and LogProb of a trial are read.
	//
	// Every architecture must be a member of the space; one that is not ends the search with an error. An architecture
	// that is already evaluated or running is not evaluated again: its trial gets the earlier result and costs nothing.
	//
	// A trial is identified by its architecture and its budget: the same architecture may be evaluated at several budgets. Once
	// Config.Evaluations architectures have been proposed, a method that has proposed smaller budgets is still asked, and may
	// propose further budgets for the same architectures; trials of new ones are dropped.
	//
	// A method that returns no trial is asked again when every running trial has finished. If it still returns none, the
	// search ends as exhausted.
	Propose(ctx context.Context, s *State, n int) ([]Trial, error)
}

// Finisher is implemented by a Method that has something left to do when the search ends, such as training its model on
// the last results.
type Finisher interface {
	// Finish is called once, after the last result, unless the search failed.
	Finish(ctx context.Context, s *State) error
}

// Trial is an architecture to evaluate at a budget.
type Trial struct {
	// ID numbers the trials of a search from 0 in the order in which they were proposed. Earlier evaluations that a
	// search began from have negative IDs.
	ID int
	// Group is the number of the group, counted from 0, that the trial was proposed in.
	Group int
	// Arch is what to evaluate.
	Arch searchspace.Arch
	// Key is the space's Key of Arch.
	Key string
	// Budget is how much the evaluation may use, in the evaluator's unit (evaluator.Budgeted). Zero is the full budget, the one
	// that the search is about: the evaluator's own.
	Budget float64
	// Resume is what the largest finished evaluation of the architecture at a smaller budget has left to continue from
	// (evaluator.Result.Resume), as far as the method saw it. It is empty if there is nothing.
	Resume string
	// Source says where the method got the architecture from, in the method's own words, such as [SourceExplorer].
	Source string
	// LogProb is the natural logarithm of the probability with which a generator drew the architecture. It is zero if
	// the method did not record it.
	LogProb float64
}

// The sources that the methods of this module name.
const (
	SourceExplorer  = "explorer"  // drawn without a model, to explore
	SourceGenerator = "generator" // drawn by a trained generator
	SourceNeighbor  = "neighbor"  // one change away from a good architecture
	SourcePool      = "pool"      // drawn anywhere in the space and chosen by a ranker
	SourcePromotion = "promotion" // evaluated at a smaller budget before
	SourcePast      = "past"      // evaluated before the search, or suggested by another search's results
)

// Purpose names one of a group's streams of random numbers. Methods of your own may use any value.
type Purpose uint8

// The purposes that the methods of this module use.
const (
	ToChoose  Purpose = iota // whether a trial explores
	ToExplore                // draws of an explorer
	ToSample                 // draws of a generator
	ToFit                    // fresh weights and the order of training
	ToPropose                // everything else
	ToInspect                // samples that only describe the generator
)
