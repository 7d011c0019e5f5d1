// Package gnn provides the layers of a graph neural network as Gorgonia operations: linear layers
// and MLPs, gathering and summing along edges, a GRU cell, the gated message passing of GRAN (Liao
// et al. 2019, arXiv 1910.00760), on which GraphPNAS builds (arXiv 2211.15155, section 3), ragged
// batches of graphs, and the solvers Adam and SGD.
//
// Each layer takes nodes of any Gorgonia graph and returns a node. It has a hand-written
// derivative, so [gorgonia.Grad] works through it. All values are float32 and matrices are
// row-major. A row is a node of the graph or an edge, and a weight is out × in as in PyTorch.
// Layers work on tensors and edge lists; they do not know about architectures.
//
// To add your own layer, implement [Function] and call [Apply].
package gnn
