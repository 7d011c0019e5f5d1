package likelihood

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/train"
)

// Criterion says which terms make up the loss of an architecture, its negative log-likelihood.
type Criterion struct {
	// Masked renormalises every choice over what the space allows. Otherwise all choices count as free, as in the paper.
	Masked bool
	// Paper weighs the terms as the paper does (see PaperEdge, PaperNodeOp and PaperEdgeOp). Otherwise they are summed.
	Paper bool
	// Entropy is what a nat of entropy along the path is worth, whatever the architecture's weight.
	Entropy float64
	// Temperature divides all logits; 1 leaves them alone.
	Temperature float64
}

// Exact returns the criterion whose loss is −LogProb at a temperature.
func Exact(temperature float64) Criterion { return Criterion{Masked: true, Temperature: temperature} }

// CriterionOf returns the criterion that a training with the given options minimises.
func CriterionOf(o generator.FitOptions) Criterion {
	return Criterion{
		Masked: o.Loss == generator.LogLikelihood, Paper: o.Loss == generator.PaperLoss, Entropy: o.Entropy, Temperature: 1,
	}
}

// The paper's weights of the decisions about an architecture (arXiv 2211.15155, section 4).

// PaperEdge returns the weight of each edge's presence in a graph of the given number of nodes.
func PaperEdge(nodes int) float64 { return 1 / float64(nodes*(nodes+1)/2) }

// PaperNodeOp returns the weight of each node's operation, and of each of its fields, in a graph of the given number of nodes.
func PaperNodeOp(nodes int) float64 { return 0.5 / float64(nodes) }

// PaperEdgeOp returns the weight of the operation, and of each field, of each edge into a node with the given in-degree.
func PaperEdgeOp(inDegree int) float64 { return 0.125 / float64(inDegree) }

// CheckFit returns an error if no model can learn from the data with the given options.
func CheckFit(data []generator.Example, o generator.FitOptions) error {
	if len(data) == 0 {
		return errors.New("no architectures")
	}
	for _, x := range data {
		if !finite.Is(x.Weight) {
			return fmt.Errorf("%v: %w: weight %v", x.Arch, generator.ErrNotFinite, x.Weight)
		}
	}
	return o.Validate()
}

// TrainOptions returns the options of the training loop.
func TrainOptions(o generator.FitOptions) train.Options {
	return train.Options{
		Epochs: cmp.Or(o.Epochs, 1), BatchSize: cmp.Or(o.BatchSize, 2), LearningRate: o.LearningRate, ClipNorm: o.ClipNorm,
	}
}
