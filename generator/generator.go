package generator

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrNotFinite is wrapped by errors about a weight, loss, gradient or option that is NaN or
// infinite.
var ErrNotFinite = finite.ErrNotFinite

// ErrFormat is wrapped by the error of a Load function if the file is damaged or is not a saved
// model of the expected kind.
var ErrFormat = errors.New("not a saved generator")

// ErrOtherSpace is wrapped by the error of a Load function, or of Within, if the space does not
// match the model's.
var ErrOtherSpace = errors.New("the model is of another space")

// GraphGenerator draws architectures from a distribution.
type GraphGenerator interface {
	// Sample returns n valid architectures of the generator's space, drawn independently. If it
	// returns an error, it may return fewer. If ctx ends, the error wraps its cause. Concurrent
	// calls must not share rng.
	Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error)
}

// Model is a GraphGenerator that learns. Package gran has the paper's model, and package lstm the
// recurrent network that the paper compares it with.
//
// Fit and Reset must not run concurrently with any other method of the same Model. The other
// methods may run concurrently with one another.
type Model interface {
	GraphGenerator

	// Space returns the space that the model generates in.
	Space() searchspace.Space

	// LogProb returns the natural logarithm of the probability with which Sample draws each
	// architecture. Architectures are ordered graphs, so two orders of the same graph have separate
	// probabilities. The error wraps searchspace.ErrInvalid if an architecture is not in the space.
	LogProb(ctx context.Context, archs []searchspace.Arch) ([]float64, error)

	// Fit trains on weighted architectures. It continues from the weights and optimizer state that
	// earlier calls left. If ctx ends, Fit returns an error that wraps the cause; the interrupted
	// step does not change any parameter.
	Fit(ctx context.Context, rng *rand.Rand, data []Example, o FitOptions) (FitReport, error)

	// Reset draws new weights and clears the optimizer state.
	Reset(rng *rand.Rand)

	// MostProbable returns the k most probable architectures that a beam search finds, best first.
	// The width of the beam must be at least k. The result is exact if the width is at least the
	// size of the space.
	MostProbable(ctx context.Context, k, width int) ([]Scored, error)

	// Save writes the space, the configuration and the weights. The Load function of the model's
	// package reads them.
	Save(w io.Writer) error
}

// Scored is an architecture with its log-probability.
type Scored struct {
	Arch    searchspace.Arch
	LogProb float64
}
