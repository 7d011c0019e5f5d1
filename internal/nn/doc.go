// Package nn holds the forward and backward passes that the layers of package gnn and the fused network of package
// generator share: functions on slices of float32 with hand-written derivatives, no tape and no allocation in steady
// state. Matrices are row-major; a weight is in × out, so that a forward pass multiplies by it as it lies and a layer that
// reads one-hot inputs reads rows of it.
package nn
