package generator

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Example is an architecture to learn from. Weight, the reward, multiplies its loss; a negative
// weight makes the architecture less probable.
type Example struct {
	Arch   searchspace.Arch
	Weight float64
}

// Loss selects what Fit minimizes for each architecture. The architecture's weight multiplies it.
type Loss uint8

const (
	// PaperLoss is the paper's loss (arXiv 2211.15155, section 4): the sum of −log P(edges) divided
	// by the number of pairs of nodes, ½ · −log P(node operations) divided by the number of nodes,
	// and ⅛ · −log P(edge operations), averaged over the edges into each node. A field has the
	// weight of the operation of its node or edge. PaperLoss ignores which values the space allows.
	PaperLoss Loss = iota
	// LogLikelihood is −LogProb, the exact negative log-likelihood of what Sample draws. Policy
	// gradients require it.
	LogLikelihood
)

// FitOptions configures Fit. The zero value is one epoch of the paper's training: shuffled batches
// of two and Adam with learning rate 1e-3.
type FitOptions struct {
	Loss         Loss
	Epochs       int     // passes over the data; 0 means 1
	BatchSize    int     // architectures per step, whose weighted losses are averaged; 0 means 2
	LearningRate float64 // learning rate of Adam; 0 means 1e-3
	// Entropy rewards uncertainty: Entropy times the entropy along each architecture's path, in
	// nats, is subtracted from its weighted loss, independently of its weight. For the edges of a
	// GRAN, the mean entropy of the mixture's components is used, which is a lower bound of the
	// mixture's entropy.
	Entropy float64
	// ClipNorm limits the Euclidean norm of a step's gradient; 0 means no limit.
	ClipNorm float64
}

// Validate returns an error if Fit would reject the options. Code that trains later, such as a
// search, can check them first. The error wraps ErrNotFinite if a number is NaN or infinite. A
// negative Entropy is valid: it makes a model converge sooner.
func (o FitOptions) Validate() error {
	for _, x := range []float64{o.LearningRate, o.Entropy, o.ClipNorm} {
		if !finite.Is(x) {
			return fmt.Errorf("%w: LearningRate %v, Entropy %v, ClipNorm %v", ErrNotFinite, o.LearningRate, o.Entropy, o.ClipNorm)
		}
	}
	if o.LearningRate < 0 || o.ClipNorm < 0 {
		return fmt.Errorf("LearningRate and ClipNorm must not be negative, got %v and %v", o.LearningRate, o.ClipNorm)
	}
	if o.Epochs < 0 || o.BatchSize < 0 {
		return fmt.Errorf("neither Epochs nor BatchSize may be negative, got %d and %d", o.Epochs, o.BatchSize)
	}
	if o.Loss > LogLikelihood {
		return fmt.Errorf("Loss must be PaperLoss (%d) or LogLikelihood (%d), got %d", PaperLoss, LogLikelihood, o.Loss)
	}
	return nil
}

// FitReport summarizes a call of Fit.
type FitReport struct {
	Steps int
	// FirstLoss and LastLoss are the mean weighted losses of the first and last epoch.
	FirstLoss, LastLoss float64
}
