package oracle

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/gnn"
)

// Recipe contains the hyperparameters of a training run by stochastic gradient descent with Nesterov momentum and
// a cosine schedule of the learning rate. The zero Recipe is NAS-Bench-201's training of 12 epochs (Dong & Yang
// 2020, arXiv 2001.00326), but with batches of 64 instead of 256 and without augmentation; for images like those
// of CIFAR-10, set Pad to 4 and Flip to true.
type Recipe struct {
	// Epochs is the number of epochs, and Fraction the fraction of the training images that is used. Together they determine the
	// cost. The images of a smaller fraction are a subset of those of a larger one, with the same fraction of each class up to
	// rounding. 0 means 12 epochs and all images.
	Epochs   int
	Fraction float64
	// Batch is the number of images per step; 0 means 64. An incomplete last batch of an epoch is dropped. If there are fewer
	// images in total, they form one batch.
	Batch int
	// LearningRate is the maximum learning rate; 0 means 0.1.
	LearningRate float64
	// WarmUp is the fraction of all steps during which the learning rate rises, less than 1; 0 means no warm-up.
	WarmUp float64
	// Momentum is the momentum, less than 1; 0 means 0.9, and a negative value means none.
	Momentum float64
	// WeightDecay is the weight decay of every parameter, as in gnn.SGD; 0 means 5e-4, and a negative value means none.
	WeightDecay float64
	// Smoothing is the label smoothing, from 0 to less than 1: the fraction of a label's probability that is spread evenly
	// over all classes.
	Smoothing float64
	// ClipNorm limits the norm of the gradient, for training runs that would otherwise diverge; 0 means no limit.
	ClipNorm float64
	// Pad and Flip shift and mirror images at random; see dataset.StreamConfig.
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

// check validates a recipe with its defaults. The stream checks what depends on the images.
func (r Recipe) check() error {
	const most = 1 << 30 // limit of counts, so that no product overflows
	for _, number := range []struct {
		name           string
		value, low, to float64
		open           bool // whether the value must be less than to
	}{
		{"Recipe.Epochs", float64(r.Epochs), 1, most, false},
		{"Recipe.Batch", float64(r.Batch), 1, most, false},
		{"Recipe.Fraction", r.Fraction, 0, 1, false},
		{"Recipe.LearningRate", r.LearningRate, 0, math.MaxFloat32, false},
		{"Recipe.WarmUp", r.WarmUp, 0, 1, true},
		{"Recipe.Momentum", r.Momentum, 0, 1, true},
		{"Recipe.WeightDecay", r.WeightDecay, 0, math.MaxFloat32, false},
		{"Recipe.Smoothing", r.Smoothing, 0, 1, true},
		{"Recipe.ClipNorm", r.ClipNorm, 0, math.MaxFloat32, false},
	} {
		if !(number.value >= number.low && number.value <= number.to) || number.open && number.value == number.to {
			bound := "at most"
			if number.open {
				bound = "less than"
			}
			return fmt.Errorf("%s must be at least %v and %s %v, got %v", number.name, number.low, bound, number.to, number.value)
		}
	}
	return nil
}

// solver returns the initial state of the optimizer.
func (r Recipe) solver() gnn.SGD {
	return gnn.SGD{Momentum: r.Momentum, Nesterov: r.Momentum > 0, WeightDecay: r.WeightDecay, ClipNorm: r.ClipNorm}
}

// schedule returns the learning-rate schedule of a training run with the given number of steps.
func (r Recipe) schedule(steps int) gnn.Cosine {
	return gnn.Cosine{Peak: r.LearningRate, WarmUp: int(r.WarmUp * float64(steps)), Steps: steps}
}
