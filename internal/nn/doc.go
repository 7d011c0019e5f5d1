// Package nn implements the forward and backward passes shared by the layers of package gnn and the
// networks of package generator, as functions on slices of float32 with hand-written derivatives.
// There is no tape and no allocation in steady state. Matrices are row-major. A weight is in × out,
// so that a forward pass multiplies by it directly, and a layer with one-hot inputs reads its rows.
package nn
