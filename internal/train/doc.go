// Package train minimises the loss of a network by Adam. It holds the training loop of this module, and the adapter
// through which its networks are Gorgonia programs.
//
// A network keeps its parameters in one flat vector and implements [Objective]: forward and backward passes over a few
// examples. [Loss] makes the mean over a batch one operation of a Gorgonia graph, and a [Trainer] runs that graph over
// shuffled batches.
package train
