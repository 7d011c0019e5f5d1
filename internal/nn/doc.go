// Package nn holds the forward and backward passes that the layers of package gnn and the fused network of package
// generator share: functions on slices of float32 with hand-written derivatives, no tape and no allocation in steady
// state. Matrices are row-major; a weight is out × in, as PyTorch keeps it, so that a linear layer is x·wᵀ + b.
package nn
