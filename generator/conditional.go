package generator

import "github.com/graphpnas/graphpnas/searchspace"

// Conditional is implemented by a Model that can draw from a part of its space without being trained again. The models of
// packages gran and lstm do.
//
// Make the part with searchspace.Restrict and rules: searchspace.Fix and FixEdge give a part of the architecture, and
// searchspace.AtMost limits an additive figure, such as parameters or the latency by a table of operations. If a figure is
// known of every architecture of a small space, searchspace.Listed makes the space of those that are within a limit:
//
//	small, err := searchspace.Restrict(space, searchspace.AtMost("at most 1e6 parameters", 1e6, parameters))
//	model, err := trained.Within(small)
//	archs, err := model.Sample(ctx, rng, 10) // all are within the limit, none is rejected
type Conditional interface {
	Model

	// Within returns a model that shares the weights and the training of this one and draws from another space with the
	// same name and parts, usually a restriction of this model's. At every decision the probabilities of the values that
	// the space allows keep their proportions. LogProb and MostProbable are exact for what the model draws.
	//
	// Its probabilities are those of this model given the restriction if what is given is decided first. Otherwise they may
	// differ, as earlier decisions do not know what later ones must be. The ratio exp(this LogProb − that LogProb), which
	// is known for every draw, is then the importance weight that corrects it.
	//
	// The error wraps ErrOtherSpace if the spaces do not have the same name and parts.
	Within(space searchspace.Space) (Model, error)
}
