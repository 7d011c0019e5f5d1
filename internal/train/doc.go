// Package train minimizes the loss of a network with Adam. It contains the training loop of this
// module and the adapter that runs its networks as Gorgonia programs.
//
// A network keeps its parameters in one flat vector and implements [Objective]: forward and
// backward passes over a few examples. [Loss] makes the mean over a batch one operation of a
// Gorgonia graph, and a [Trainer] runs that graph on shuffled batches.
package train
