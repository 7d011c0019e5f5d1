package predictor

import (
	"errors"
	"fmt"
)

// ErrTooLarge is wrapped by the error of [Train] if its networks would need more memory than Config.MemoryLimit.
var ErrTooLarge = errors.New("the networks are too large")

// edgesAtOnce is the maximum number of edges, counting both directions, of graphs that are processed together. A larger graph is
// processed alone. This limits the memory of a batch, and the time until a training run reacts to the end of its context.
const edgesAtOnce = 1 << 17

// together returns how many of the first graphs are processed together, at least one.
func together(graphs []*encoded) int {
	edges := 0
	for i, g := range graphs {
		if edges += len(g.from); edges > edgesAtOnce && i > 0 {
			return i
		}
	}
	return len(graphs)
}

// memory returns an estimate of the maximum memory of training in bytes: parameters, gradients, the
// moments of the optimizer, and the state of a pass over the graphs that are processed together.
func (c Config) memory(e *encoder, data []target) float64 {
	nodes, edges := 0, 0
	for _, x := range data {
		nodes, edges = max(nodes, len(x.graph.rows)), max(edges, len(x.graph.from))
	}
	edges = min(edges*batchSize, max(edges, edgesAtOnce))
	nodes *= batchSize
	// float64 does not overflow for any width or number of layers.
	n, layers := float64(c.Hidden), float64(c.Layers)
	params := float64(e.rows)*n + 4*n*n + layers*(10*n*n+2*n*float64(e.features))
	state := float64(nodes)*8*n + float64(edges)*2*n // nn.PropagationState of one layer
	scratch := float64(nodes) * 12 * n               // scratch memory of the current layer
	return 4 * float64(c.Networks) * (6*params + layers*state + scratch)
}

// checkMemory returns an error that wraps ErrTooLarge if training takes more bytes than the limit.
func (c Config) checkMemory(e *encoder, data []target) error {
	if need := c.memory(e, data); need > float64(c.MemoryLimit) {
		return fmt.Errorf("%w: %d networks of %d layers of width %d take about %.0f MiB for these architectures; the limit is %d MiB "+
			"(Config.MemoryLimit)", ErrTooLarge, c.Networks, c.Layers, c.Hidden, need/(1<<20), c.MemoryLimit>>20)
	}
	return nil
}
