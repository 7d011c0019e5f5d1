package generator

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

// GraphGenerator draws architectures from a distribution.
type GraphGenerator interface {
	// Sample returns n architectures of the generator's space, drawn independently; all of them are legal. It may
	// return fewer together with an error, which where ctx has ended wraps its cause. It is not safe for concurrent use
	// with the same rng.
	Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error)
}

// Model is a GraphGenerator that learns. GRAN is the paper's, LSTM the recurrent one that it is compared with.
//
// Fit and Reset must not run at the same time as anything else on the same Model; the other methods may run concurrently.
type Model interface {
	GraphGenerator

	// Space returns the space that the model generates in.
	Space() searchspace.Space

	// LogProb returns the natural logarithm of the probability with which Sample draws each architecture, as the
	// ordered graph that it is. The error wraps searchspace.ErrInvalid where one is no member of the space.
	LogProb(ctx context.Context, archs []searchspace.Arch) ([]float64, error)

	// Fit trains on weighted architectures, going on from the weights and the state of the optimiser that earlier calls
	// left. Where ctx ends it stops between two steps and returns an error that wraps the cause.
	Fit(ctx context.Context, rng *rand.Rand, data []Example, o FitOptions) (FitReport, error)

	// Reset draws fresh weights and forgets the optimiser's state.
	Reset(rng *rand.Rand)

	// MostProbable returns the k most probable architectures that a beam search of the given width (at least k) finds,
	// best first. With a width as large as the space it is exact.
	MostProbable(ctx context.Context, k, width int) ([]Scored, error)

	// Save writes the weights in a form that the package's Load function for the model reads.
	Save(w io.Writer) error
}

// Example is an architecture to learn from. Weight is the reward that its loss is multiplied by; a negative one makes
// the architecture less probable.
type Example struct {
	Arch   searchspace.Arch
	Weight float64
}

// Scored is an architecture with its log-probability.
type Scored struct {
	Arch    searchspace.Arch
	LogProb float64
}

// Loss is what Fit minimises for each architecture, before its weight.
type Loss uint8

const (
	// PaperLoss is the paper's: −log P(edges) over the number of pairs, a half of −log P(node operations) over the
	// number of nodes, and an eighth of −log P(edge operations), a mean over each node's edges, without regard to what
	// the space allows (arXiv 2211.15155, section 4).
	PaperLoss Loss = iota
	// LogLikelihood is −LogProb, the exact one of what Sample draws: the form for policy gradients.
	LogLikelihood
)

// FitOptions says how Fit trains. The zero value is one epoch of the paper's training: batches of two, shuffled, Adam
// with learning rate 1e-3.
type FitOptions struct {
	Loss         Loss
	Epochs       int     // passes over the data; 0: 1
	BatchSize    int     // architectures a step, whose weighted losses are averaged; 0: 2
	LearningRate float64 // 0: 1e-3
	// Entropy is what a nat of entropy along each architecture's path is worth, whatever the architecture's weight: it
	// is subtracted from the weighted loss. Of a GRAN's edges it is the mean of the mixture's components, a lower bound of
	// the mixture's own.
	Entropy float64
	// ClipNorm bounds the norm of a step's gradient; 0: no bound.
	ClipNorm float64
}

// Validate tells what is wrong with the options, as Fit does before it trains: what trains later, such as a search, can
// refuse them at once. The error wraps ErrNotFinite where a number is NaN or infinite. A negative Entropy is no fault: it
// makes a model settle sooner.
func (o FitOptions) Validate() error {
	for _, x := range []float64{o.LearningRate, o.Entropy, o.ClipNorm} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%w: learning rate %v, entropy %v, clipping at %v", ErrNotFinite, o.LearningRate, o.Entropy, o.ClipNorm)
		}
	}
	if o.LearningRate < 0 || o.ClipNorm < 0 {
		return fmt.Errorf("training with learning rate %v, clipping at %v", o.LearningRate, o.ClipNorm)
	}
	if o.Epochs < 0 || o.BatchSize < 0 {
		return fmt.Errorf("training in %d epochs of batches of %d", o.Epochs, o.BatchSize)
	}
	if o.Loss > LogLikelihood {
		return fmt.Errorf("training by the unknown loss %d", o.Loss)
	}
	return nil
}

// FitReport tells how a training went.
type FitReport struct {
	Steps int
	// FirstLoss and LastLoss are the mean weighted losses of the first and last epoch.
	FirstLoss, LastLoss float64
}
