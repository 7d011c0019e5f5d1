package predictor

import (
	"cmp"
	"fmt"
)

// Config configures Train. The zero value suits tables of about a thousand to tens of thousands of architectures.
type Config struct {
	// Seed is the seed of the initial weights and the order of the data. On one kind of processor it determines the Predictor.
	Seed uint64
	// Networks is the number of networks whose scores are averaged; 0 means 4. They train in parallel, each on one
	// processor.
	Networks int
	// Hidden is the width of a node's state; 0 means 32.
	Hidden int
	// Layers is the number of message-passing layers; 0 means 4.
	Layers int
	// Epochs is the number of passes over the data. 0 means 40, or more for small data, so that there are at least 4,000 steps.
	Epochs int
	// MemoryLimit is the maximum memory of the training in bytes, by an estimate; 0 means 2 GiB. Train returns an error before
	// allocating more.
	MemoryLimit int64
	// OnStep, if not nil, is called before every training step of every network with the number of steps begun before it, and the
	// total number of steps of all networks. Calls are made one after the other.
	OnStep func(begun, steps int) `json:"-"`
}

// Settings that Config does not change.
const (
	batchSize    = 32   // architectures per step
	learningRate = 4e-3 // at the end of the warm-up; then it falls to zero along a cosine
	warmUp       = 0.05 // fraction of the steps during which the learning rate rises
	weightDecay  = 0.1  // decoupled from the gradient (Loshchilov & Hutter 2019, arXiv 1711.05101)
	clipNorm     = 1    // maximum norm of the gradient

	fewestEpochs, fewestSteps = 40, 4000
)

// withDefaults validates the configuration and fills in the defaults for the given number of examples.
func (c Config) withDefaults(examples int) (Config, error) {
	if c.MemoryLimit < 0 {
		return c, fmt.Errorf("Config.MemoryLimit must not be negative, got %d", c.MemoryLimit)
	}
	c.MemoryLimit = cmp.Or(c.MemoryLimit, 2<<30)
	if c.Networks < 0 || c.Hidden < 0 || c.Layers < 0 || c.Epochs < 0 {
		return c, fmt.Errorf("Config.Networks, Hidden, Layers and Epochs must not be negative, got %d, %d, %d and %d", c.Networks, c.Hidden, c.Layers, c.Epochs)
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
