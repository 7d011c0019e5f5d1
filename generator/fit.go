package generator

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Example is an architecture to learn from. Its loss is multiplied by Weight, the reward. A negative weight makes the
// architecture less probable.
type Example struct {
	Arch   searchspace.Arch
	Weight float64
}

// Loss is what Fit minimises for each architecture, before it is multiplied by the architecture's weight.
type Loss uint8

const (
	// PaperLoss is the paper's loss (arXiv 2211.15155, section 4): the sum of −log P(edges) over the number of pairs of
	// nodes, ½ · −log P(node operations) over the number of nodes, and ⅛ · −log P(edge operations), averaged over the
	// edges into each node. Each field weighs as much as the operation of its node or edge. The loss ignores what the
	// space allows.
	PaperLoss Loss = iota
	// LogLikelihood is −LogProb, the exact negative log-likelihood of what Sample draws. Policy gradients need it.
	LogLikelihood
)

// FitOptions configure Fit. The zero value is one epoch of the paper's training: shuffled batches of two, Adam with learning
// rate 1e-3.
type FitOptions struct {
	Loss         Loss
	Epochs       int     // passes over the data; 0: 1
	BatchSize    int     // architectures a step, whose weighted losses are averaged; 0: 2
	LearningRate float64 // 0: 1e-3
	// Entropy rewards uncertainty: Entropy times the entropy along each architecture's path, in nats, is subtracted from
	// its weighted loss. The architecture's weight does not scale it. For the edges of a GRAN it counts the mean entropy
	// of the mixture's components, which is a lower bound of the mixture's entropy.
	Entropy float64
	// ClipNorm bounds the Euclidean norm of a step's gradient; 0: no bound.
	ClipNorm float64
}

// Validate returns an error if Fit would reject the options. It lets code that trains later, such as a search, check them
// first. The error wraps ErrNotFinite if a number is NaN or infinite. A negative Entropy is valid: it makes a model settle
// sooner.
func (o FitOptions) Validate() error {
	for _, x := range []float64{o.LearningRate, o.Entropy, o.ClipNorm} {
		if !finite.Is(x) {
			return fmt.Errorf("%w: learning rate %v, entropy %v, clip norm %v", ErrNotFinite, o.LearningRate, o.Entropy, o.ClipNorm)
		}
	}
	if o.LearningRate < 0 || o.ClipNorm < 0 {
		return fmt.Errorf("learning rate and clip norm must not be negative, got %v and %v", o.LearningRate, o.ClipNorm)
	}
	if o.Epochs < 0 || o.BatchSize < 0 {
		return fmt.Errorf("epochs and batch size must not be negative, got %d and %d", o.Epochs, o.BatchSize)
	}
	if o.Loss > LogLikelihood {
		return fmt.Errorf("loss must be PaperLoss (%d) or LogLikelihood (%d), got %d", PaperLoss, LogLikelihood, o.Loss)
	}
	return nil
}

// FitReport describes a training.
type FitReport struct {
	Steps int
	// FirstLoss and LastLoss are the mean weighted losses of the first and last epoch.
	FirstLoss, LastLoss float64
}
