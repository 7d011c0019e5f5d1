package likelihood

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/train"
)

// Criterion determines the terms of an architecture's loss, its negative log-likelihood.
type Criterion struct {
	// Masked renormalizes every choice over the values that the space allows. Otherwise all choices
	// count as free, as in the paper.
	Masked bool
	// Paper weights the terms as in the paper (see PaperEdge, PaperNodeOp and PaperEdgeOp).
	// Otherwise they are summed.
	Paper bool
	// Entropy is the bonus for each nat of entropy along the path, independent of the architecture's
	// weight.
	Entropy float64
	// Temperature divides all logits; 1 has no effect.
	Temperature float64
}

// Exact returns the criterion whose loss is −LogProb at a temperature.
func Exact(temperature float64) Criterion { return Criterion{Masked: true, Temperature: temperature} }

// CriterionOf returns the criterion that training with the given options minimizes.
func CriterionOf(o generator.FitOptions) Criterion {
	return Criterion{
		Masked: o.Loss == generator.LogLikelihood, Paper: o.Loss == generator.PaperLoss, Entropy: o.Entropy, Temperature: 1,
	}
}

// The paper's weights of the decisions about an architecture (arXiv 2211.15155, section 4).

// PaperEdge returns the weight of each edge's presence in a graph with the given number of nodes.
func PaperEdge(nodes int) float64 { return 1 / float64(nodes*(nodes+1)/2) }

// PaperNodeOp returns the weight of each node's operation, and of each of its fields, in a graph
// with the given number of nodes.
func PaperNodeOp(nodes int) float64 { return 0.5 / float64(nodes) }

// PaperEdgeOp returns the weight of the operation, and of each field, of each edge into a node with
// the given in-degree.
func PaperEdgeOp(inDegree int) float64 { return 0.125 / float64(inDegree) }

// CheckFit returns an error if the data or options are invalid.
func CheckFit(data []generator.Example, o generator.FitOptions) error {
	if len(data) == 0 {
		return errors.New("data must not be empty")
	}
	for _, x := range data {
		if !finite.Is(x.Weight) {
			return fmt.Errorf("%v: %w: weight %v", x.Arch, generator.ErrNotFinite, x.Weight)
		}
	}
	return o.Validate()
}

// TrainOptions converts the options to those of package train, for a caller that has called
// parallel.Warm.
func TrainOptions(o generator.FitOptions) train.Options {
	return train.Options{
		Epochs: cmp.Or(o.Epochs, 1), BatchSize: cmp.Or(o.BatchSize, 2), LearningRate: o.LearningRate, ClipNorm: o.ClipNorm,
		Pace: new(parallel.Pace),
	}
}
