package train

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"gorgonia.org/tensor"
)

// Objective is a network and its loss on examples of type T.
type Objective[T any] interface {
	// Name returns the name of the loss in errors.
	Name() string
	// Prepare is called once for each value of the parameters, before Gradient.
	Prepare(params []float32)
	// Work returns the approximate time that Gradient takes for an example, in any unit.
	Work(x T) int
	// MinShard returns the smallest number of examples that justifies a separate call of Gradient.
	MinShard() int
	// Gradient returns the contribution of some examples to the mean loss of a batch, which is the
	// sum of their losses divided by the size of the batch. It overwrites grad with the gradient of
	// this contribution with respect to the parameters. Calls run concurrently.
	Gradient(examples []T, batchSize int, params, grad []float32) (loss float64)
}

// maxShards is the largest number of shards of a batch. It is the same on every machine, because it
// determines the order in which gradients are summed.
const maxShards = 4

// Loss is the mean loss of a batch as a differentiable function of the flat parameters. Forward
// returns an error that wraps finite.ErrNotFinite if the loss or a gradient is NaN or infinite.
type Loss[T any] struct {
	Objective Objective[T]
	Batch     []T     // the examples; a forward pass may reorder them
	Value     float64 // the loss computed by the last forward pass

	shards [maxShards]shard[T]
	active int // number of shards in use
}

// shard is a part of a batch and its result.
type shard[T any] struct {
	examples []T
	grad     []float32
	loss     float64
	finite   bool // whether the gradient has no NaN or infinity
}

var (
	_ gnn.Function = (*Loss[int])(nil)
	_ summed       = (*Loss[int])(nil)
)

// Name returns the name of the objective.
func (l *Loss[T]) Name() string { return l.Objective.Name() }

// Shape returns the shape of a scalar.
func (l *Loss[T]) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil }

// Forward computes the loss and also its gradient, because both need the same intermediate values.
func (l *Loss[T]) Forward(out []float32, inputs [][]float32) error {
	params := inputs[0]
	l.Objective.Prepare(params)
	l.split()
	parallel.Do(l.active, func(i int) {
		s := &l.shards[i]
		if s.grad == nil {
			s.grad = make([]float32, len(params))
		}
		s.loss = l.Objective.Gradient(s.examples, len(l.Batch), params, s.grad)
		s.finite = finite.Is(float64(f32.Dot(s.grad, s.grad)))
	})
	l.Value = 0
	for i := range l.active {
		l.Value += l.shards[i].loss
	}
	if !finite.Is(l.Value) {
		return fmt.Errorf("%w: loss %v", finite.ErrNotFinite, l.Value)
	}
	for i := range l.active {
		if !l.shards[i].finite {
			return fmt.Errorf("%w: gradient of loss %v", finite.ErrNotFinite, l.Value)
		}
	}
	out[0] = float32(l.Value)
	return nil
}

// split divides the batch into shards with about the same work: it sorts the examples by descending
// work and deals them out to the shards back and forth.
func (l *Loss[T]) split() {
	l.active = max(1, min(len(l.Batch)/l.Objective.MinShard(), maxShards))
	for i := range l.active {
		l.shards[i].examples = l.shards[i].examples[:0]
	}
	slices.SortStableFunc(l.Batch, func(a, b T) int { return cmp.Compare(l.Objective.Work(b), l.Objective.Work(a)) })
	for i, x := range l.Batch {
		s := i % (2 * l.active)
		s = min(s, 2*l.active-1-s)
		l.shards[s].examples = append(l.shards[s].examples, x)
	}
}

// Summands returns the gradients of the shards.
func (l *Loss[T]) Summands() [][]float32 {
	grads := make([][]float32, l.active)
	for i := range grads {
		grads[i] = l.shards[i].grad
	}
	return grads
}

// Backward sums the gradients of the shards in order.
func (l *Loss[T]) Backward(din, _ [][]float32, _, dout []float32) error {
	d := din[0]
	copy(d, l.shards[0].grad)
	for i := 1; i < l.active; i++ {
		f32.Add(d, d, l.shards[i].grad)
	}
	f32.Scale(dout[0], d)
	return nil
}
