package supernet

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/gnn"
)

// Recipe says how the shared weights are trained: by stochastic gradient descent with Nesterov momentum, at a rate that falls
// to zero along half a cosine. The zero Recipe is ENAS's training of its macro space on CIFAR-10 (Pham et al. 2018, arXiv
// 1802.03268, section 3.2), which lets the rate rise again every now and then; for its augmentation set Pad to 4 and Flip.
type Recipe struct {
	// Epochs is how often each image is trained on in all; 0: 310.
	Epochs int
	// Batch is how many images a step takes, and at most an evaluation at a time, whose moments batch normalisation goes by;
	// 0: 128. What is left of an epoch, after shuffling, is left out. Where there are fewer images in all, they are one batch.
	Batch int
	// Archs is how many architectures a step averages the gradient over; 0: 1.
	Archs int
	// LearningRate is the largest; 0: 0.05.
	LearningRate float64
	// Momentum is below 1; 0: 0.9, negative: none.
	Momentum float64
	// WeightDecay is that of every parameter of the step's architectures, as gnn.SGD has it; 0: 1e-4, negative: none.
	WeightDecay float64
	// ClipNorm bounds the norm of the gradient; 0: 5, negative: no bound.
	ClipNorm float64
	// Pad and Flip shift and mirror images at random, as in dataset.StreamConfig.
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

// check says what of a recipe with its defaults cannot be. What concerns the images is the stream's to check.
func (r Recipe) check() error {
	const most = 1 << 20 // of what is counted, so that no product overflows
	for _, count := range []struct {
		name  string
		value int
	}{{"epochs", r.Epochs}, {"images a batch", r.Batch}, {"architectures a step", r.Archs}} {
		if count.value < 1 || count.value > most {
			return fmt.Errorf("a recipe with %d %s", count.value, count.name)
		}
	}
	for _, number := range []struct {
		name      string
		value, to float64
	}{
		{"learning rate", r.LearningRate, math.MaxFloat32}, {"momentum", r.Momentum, math.Nextafter(1, 0)},
		{"weight decay", r.WeightDecay, math.MaxFloat32}, {"bound of the gradient's norm", r.ClipNorm, math.MaxFloat32},
	} {
		if !(number.value >= 0 && number.value <= number.to) {
			return fmt.Errorf("a recipe with a %s of %v", number.name, number.value)
		}
	}
	return nil
}

// solver is the optimiser of a step, whose velocity is that of the parameters it moves.
func (r Recipe) solver(rate float64, velocity [][]float32) *gnn.SGD {
	return &gnn.SGD{
		LearningRate: rate, Momentum: r.Momentum, Nesterov: r.Momentum > 0, WeightDecay: r.WeightDecay, ClipNorm: r.ClipNorm,
		Velocity: velocity,
	}
}
