package oracle

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/gnn"
)

// Recipe says how a network is trained: by stochastic gradient descent with Nesterov momentum, at a rate that falls to zero
// along a cosine. The zero Recipe is NAS-Bench-201's training of 12 epochs (Dong & Yang 2020, arXiv 2001.00326), with
// batches of 64 instead of 256 and no augmentation: for images as in CIFAR-10 set Pad to 4 and Flip.
type Recipe struct {
	// Epochs is how often each image is trained on, and Fraction on which share of the training images: a budget. A smaller
	// fraction's images are among a larger one's, of every class the same share but for rounding. 0: 12 epochs, and all images.
	Epochs   int
	Fraction float64
	// Batch is how many images a step takes; 0: 64. What is left of an epoch, after shuffling, is left out. Where there are
	// fewer images in all, they are one batch.
	Batch int
	// LearningRate is the largest; 0: 0.1.
	LearningRate float64
	// WarmUp is the share of all steps in which the rate rises, below 1; 0: none.
	WarmUp float64
	// Momentum is below 1; 0: 0.9, negative: none.
	Momentum float64
	// WeightDecay is that of every parameter, as gnn.SGD has it; 0: 5e-4, negative: none.
	WeightDecay float64
	// Smoothing is the share of a label's probability that is spread evenly over all classes; 0: none.
	Smoothing float64
	// ClipNorm bounds the norm of the gradient, for what diverges without; 0: no bound.
	ClipNorm float64
	// Pad and Flip shift and mirror images at random, as in dataset.StreamConfig.
	Pad  int
	Flip bool
}

func (r Recipe) withDefaults() Recipe {
	for _, number := range []struct {
		value    *float64
		standard float64
	}{{&r.Fraction, 1}, {&r.LearningRate, 0.1}, {&r.Momentum, 0.9}, {&r.WeightDecay, 5e-4}} {
		if *number.value == 0 {
			*number.value = number.standard
		}
	}
	r.Momentum, r.WeightDecay = max(r.Momentum, 0), max(r.WeightDecay, 0)
	if r.Epochs == 0 {
		r.Epochs = 12
	}
	if r.Batch == 0 {
		r.Batch = 64
	}
	return r
}

// check says what of a recipe with its defaults cannot be. What concerns the images is the stream's to check.
func (r Recipe) check() error {
	const most = 1 << 30 // of what is counted, so that no product overflows
	for _, number := range []struct {
		name           string
		value, low, to float64
		open           bool // to is not allowed itself
	}{
		{"epochs", float64(r.Epochs), 1, most, false},
		{"images a batch", float64(r.Batch), 1, most, false},
		{"fraction", r.Fraction, 0, 1, false},
		{"learning rate", r.LearningRate, 0, math.MaxFloat32, false},
		{"share of warm-up", r.WarmUp, 0, 1, true},
		{"momentum", r.Momentum, 0, 1, true},
		{"weight decay", r.WeightDecay, 0, math.MaxFloat32, false},
		{"label smoothing", r.Smoothing, 0, 1, true},
		{"bound of the gradient's norm", r.ClipNorm, 0, math.MaxFloat32, false},
	} {
		if !(number.value >= number.low && number.value <= number.to) || number.open && number.value == number.to {
			return fmt.Errorf("a recipe with a %s of %v", number.name, number.value)
		}
	}
	return nil
}

// solver is the optimiser at its start.
func (r Recipe) solver() gnn.SGD {
	return gnn.SGD{Momentum: r.Momentum, Nesterov: r.Momentum > 0, WeightDecay: r.WeightDecay, ClipNorm: r.ClipNorm}
}

// schedule is the learning rate of a training of so many steps.
func (r Recipe) schedule(steps int) gnn.Cosine {
	return gnn.Cosine{Peak: r.LearningRate, WarmUp: int(r.WarmUp * float64(steps)), Steps: steps}
}
