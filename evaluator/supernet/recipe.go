package supernet

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/gnn"
)

// Recipe contains the hyperparameters for training the shared weights by stochastic gradient descent with Nesterov momentum and a
// learning rate that falls to zero along half a cosine. The zero Recipe is ENAS's training of its macro space on CIFAR-10 (Pham
// et al. 2018, arXiv 1802.03268, section 3.2), but without the warm restarts of its learning rate; for its augmentation, set Pad
// to 4 and Flip to true.
type Recipe struct {
	// Epochs is the total number of epochs; 0 means 310.
	Epochs int
	// Batch is the number of images per step, and the maximum number per batch of an evaluation; batch normalization uses the
	// moments of these batches. 0 means 128. An incomplete last batch of an epoch is dropped. If there are fewer images in total,
	// they form one batch.
	Batch int
	// Archs is the number of architectures over which a step averages the gradient; 0 means 1.
	Archs int
	// LearningRate is the maximum learning rate; 0 means 0.05.
	LearningRate float64
	// Momentum is the momentum, less than 1; 0 means 0.9, and a negative value means none.
	Momentum float64
	// WeightDecay is the weight decay, as in gnn.SGD, of the parameters of the step's architectures; 0 means 1e-4, and a negative
	// value means none.
	WeightDecay float64
	// ClipNorm limits the norm of the gradient; 0 means 5, and a negative value means no limit.
	ClipNorm float64
	// Pad and Flip shift and mirror images at random; see dataset.StreamConfig.
	Pad  int
	Flip bool
}

func (r Recipe) withDefaults() Recipe {
	for _, number := range []struct {
		value    *float64
		standard float64
	}{{&r.LearningRate, 0.05}, {&r.Momentum, 0.9}, {&r.WeightDecay, 1e-4}, {&r.ClipNorm, 5}} {
		if *number.value == 0 {
			*number.value = number.standard
		}
	}
	r.Momentum, r.WeightDecay, r.ClipNorm = max(r.Momentum, 0), max(r.WeightDecay, 0), max(r.ClipNorm, 0)
	for _, count := range []struct {
		value    *int
		standard int
	}{{&r.Epochs, 310}, {&r.Batch, 128}, {&r.Archs, 1}} {
		if *count.value == 0 {
			*count.value = count.standard
		}
	}
	return r
}

// check validates a recipe with its defaults. The stream checks what depends on the images.
func (r Recipe) check() error {
	const most = 1 << 20 // limit of counts, so that no product overflows
	for _, count := range []struct {
		name  string
		value int
	}{{"Recipe.Epochs", r.Epochs}, {"Recipe.Batch", r.Batch}, {"Recipe.Archs", r.Archs}} {
		if count.value < 1 || count.value > most {
			return fmt.Errorf("%s must be from 1 to %d, got %d", count.name, most, count.value)
		}
	}
	for _, number := range []struct {
		name      string
		value, to float64
	}{
		{"Recipe.LearningRate", r.LearningRate, math.MaxFloat32}, {"Recipe.Momentum", r.Momentum, math.Nextafter(1, 0)},
		{"Recipe.WeightDecay", r.WeightDecay, math.MaxFloat32}, {"Recipe.ClipNorm", r.ClipNorm, math.MaxFloat32},
	} {
		if !(number.value >= 0 && number.value <= number.to) {
			return fmt.Errorf("%s must be at least 0 and at most %v, got %v", number.name, number.to, number.value)
		}
	}
	return nil
}

// solver returns the optimizer of a step, with the velocity of the parameters that it updates.
func (r Recipe) solver(rate float64, velocity [][]float32) *gnn.SGD {
	return &gnn.SGD{
		LearningRate: rate, Momentum: r.Momentum, Nesterov: r.Momentum > 0, WeightDecay: r.WeightDecay, ClipNorm: r.ClipNorm,
		Velocity: velocity,
	}
}
