// Package gnn has the layers of a graph neural network as operations of Gorgonia: a linear layer and an MLP, gathering
// and summing along edges, a GRU cell, the gated message passing of GRAN (Liao et al. 2019, arXiv 1910.00760) that
// GraphPNAS builds on (arXiv 2211.15155, section 3), ragged batches of graphs, and the solvers Adam and SGD.
//
// Each layer takes nodes of any Gorgonia graph and gives a node back, and has a hand-written derivative behind it, so
// that [gorgonia.Grad] works through it. All values are float32, matrices are row-major, a row is a node of the graph or
// an edge, and a weight is out × in as PyTorch has it. Layers know tensors and edge lists, and nothing of
// architectures.
//
// A layer of your own is a [Function], put into a graph by [Apply].
package gnn
