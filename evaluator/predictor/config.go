package predictor

import (
	"cmp"
	"fmt"
)

// Config configures Train. The zero value is a good start for tables of a thousand to tens of thousands of architectures.
type Config struct {
	// Seed fixes the initial weights and the order of the data, and so the Predictor, on one kind of processor.
	Seed uint64
	// Networks is the number of networks whose scores are averaged; 0 means 4. They train in parallel, each on one
	// processor.
	Networks int
	// Hidden is the width of a node's state; 0 means 32.
	Hidden int
	// Layers is the number of message passing layers; 0 means 4.
	Layers int
	// Epochs is the number of passes over the data; 0 means 40, or more if data is scarce, to take at least 4,000 steps.
	Epochs int
	// MemoryLimit is how many bytes training may take, by a count of what the networks keep; 0 means 2 GiB. What would take
	// more is refused before the memory is taken.
	MemoryLimit int64
	// OnStep is called before every training step of every network with how many steps were begun before it, from 0, and how
	// many there are of all networks together. Calls come one at a time. If nil, it is not called.
	OnStep func(begun, steps int) `json:"-"`
}

// Settings that Config does not change.
const (
	batchSize    = 32   // architectures a step
	learningRate = 4e-3 // after the warm-up, from which it falls to zero along a cosine
	warmUp       = 0.05 // share of the steps in which the learning rate rises
	weightDecay  = 0.1  // decoupled from the gradient (Loshchilov & Hutter 2019, arXiv 1711.05101)
	clipNorm     = 1    // of the gradient

	fewestEpochs, fewestSteps = 40, 4000
)

// withDefaults fills in the fields that are zero, for the given number of examples.
func (c Config) withDefaults(examples int) (Config, error) {
	if c.MemoryLimit < 0 {
		return c, fmt.Errorf("the memory limit must not be negative, got %d", c.MemoryLimit)
	}
	c.MemoryLimit = cmp.Or(c.MemoryLimit, 2<<30)
	if c.Networks < 0 || c.Hidden < 0 || c.Layers < 0 || c.Epochs < 0 {
		return c, fmt.Errorf("networks, width, layers and epochs must not be negative, got %d, %d, %d and %d", c.Networks, c.Hidden, c.Layers, c.Epochs)
	}
	steps := batches(examples)
	for _, field := range []struct {
		value    *int
		standard int
	}{{&c.Networks, 4}, {&c.Hidden, 32}, {&c.Layers, 4}, {&c.Epochs, max(fewestEpochs, (fewestSteps+steps-1)/steps)}} {
		if *field.value == 0 {
			*field.value = field.standard
		}
	}
	return c, nil
}

// batches returns the number of steps in an epoch.
func batches(examples int) int { return (examples + batchSize - 1) / batchSize }
