package generator

import "github.com/graphpnas/graphpnas/searchspace"

// Conditional is implemented by a Model that can draw from part of its space without retraining.
// The models of packages gran and lstm implement it.
//
// Create the restricted space with searchspace.Restrict and rules: searchspace.Fix and FixEdge fix
// part of the architecture, and searchspace.AtMost limits an additive cost, such as parameters or
// table-based latency. If a figure is known for every architecture of a small space,
// searchspace.Listed creates the space of those within a limit:
//
//	small, err := searchspace.Restrict(space, searchspace.AtMost("at most 1e6 parameters", 1e6, parameters))
//	model, err := trained.Within(small)
//	archs, err := model.Sample(ctx, rng, 10) // all within the limit, without rejection
type Conditional interface {
	Model

	// Within returns a model that shares this model's weights and training and draws from another
	// space with the same name and parts, usually a restriction of this model's space. At every
	// decision, the probabilities of the values that the space allows keep their proportions.
	// LogProb and MostProbable are exact for the returned model.
	//
	// If the fixed decisions come first, its distribution is exactly this model's distribution given
	// the restriction. Otherwise it may differ, because earlier decisions do not take later
	// restrictions into account. The importance weight exp(LogProb of this model − LogProb of the
	// returned model) corrects for that.
	//
	// The error wraps ErrOtherSpace if the spaces do not have the same name and parts.
	Within(space searchspace.Space) (Model, error)
}
