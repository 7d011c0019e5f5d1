package generator

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"gorgonia.org/tensor"
)

// learner is a network with its likelihood and both their backward passes, for architectures in the form T.
type learner[T any] interface {
	// name is what errors call the loss.
	name() string
	// prepare is called once for each value of the parameters, before the passes.
	prepare(flat []float32)
	// work says about how long the passes over an architecture take, against others.
	work(x T) int
	// grain is the smallest number of architectures that are worth passes of their own.
	grain() int
	// pass goes forward and backward over architectures. It returns the sum of share·weight·loss − share·entropy and sets
	// the gradient to that of this sum. Passes run concurrently.
	pass(batch []T, share float64, o objective, flat, grad []float32) float64
}

// batchLoss is a learner as one function: flat parameters → the mean weighted loss of the batch that it holds.
type batchLoss[T any] struct {
	learner   learner[T]
	objective objective
	batch     []T
	value     float64
	shards    [maxShards]shard[T]
	active    int
}

// maxShards is into how many pieces a batch is split. It is the same on every machine, since the order in which
// gradients are summed depends on it.
const maxShards = 4

// shard is one piece of a batch and its result.
type shard[T any] struct {
	batch []T
	grad  []float32
	loss  float64
}

var _ gnn.Function = (*batchLoss[weighted])(nil)

func (l *batchLoss[T]) Name() string { return l.learner.name() }

func (l *batchLoss[T]) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil }

// Forward computes the loss and, since one pass over an architecture's states serves both, its gradient.
func (l *batchLoss[T]) Forward(out []float32, inputs [][]float32) error {
	flat := inputs[0]
	l.learner.prepare(flat)
	l.deal()
	share := 1 / float64(len(l.batch))
	parallel.Do(l.active, func(i int) {
		s := &l.shards[i]
		if s.grad == nil {
			s.grad = make([]float32, len(flat))
		}
		s.loss = l.learner.pass(s.batch, share, l.objective, flat, s.grad)
	})
	l.value = 0
	for i := range l.active {
		l.value += l.shards[i].loss
	}
	if math.IsNaN(l.value) || math.IsInf(l.value, 0) {
		return fmt.Errorf("%w: loss %v", ErrNotFinite, l.value)
	}
	out[0] = float32(l.value)
	return nil
}

// deal splits the batch into shards of about the same work: the architectures by falling work, dealt out forth and back.
func (l *batchLoss[T]) deal() {
	l.active = max(1, min(len(l.batch)/l.learner.grain(), maxShards))
	for i := range l.active {
		l.shards[i].batch = l.shards[i].batch[:0]
	}
	slices.SortStableFunc(l.batch, func(a, b T) int { return cmp.Compare(l.learner.work(b), l.learner.work(a)) })
	for i, x := range l.batch {
		s := i % (2 * l.active)
		s = min(s, 2*l.active-1-s)
		l.shards[s].batch = append(l.shards[s].batch, x)
	}
}

// Backward sums the shards' gradients in their order. It refuses one that is not finite, which would make the weights NaN.
func (l *batchLoss[T]) Backward(din, _ [][]float32, _, dout []float32) error {
	d := din[0]
	var broken atomic.Bool
	parallel.Do((len(d)+sumPiece-1)/sumPiece, func(i int) {
		lo, hi := i*sumPiece, min((i+1)*sumPiece, len(d))
		piece, sum := d[lo:hi], l.shards[0].grad[lo:hi]
		for s := 1; s < l.active; s++ {
			f32.Add(piece, sum, l.shards[s].grad[lo:hi])
			sum = piece
		}
		if l.active == 1 {
			copy(piece, sum)
		}
		if dout[0] != 1 {
			f32.Scale(dout[0], piece)
		}
		if square := float64(f32.Dot(piece, piece)); math.IsNaN(square) || math.IsInf(square, 0) {
			broken.Store(true)
		}
	})
	if broken.Load() {
		return fmt.Errorf("%w: gradient of loss %v", ErrNotFinite, l.value)
	}
	return nil
}

// sumPiece is how many gradients one goroutine sums at a time.
const sumPiece = 1 << 14
