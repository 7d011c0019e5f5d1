package generator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/gnn"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// trainer is the Gorgonia program that trains one network on architectures in the form T: the flat parameters, the loss of
// a batch as one operation of them, and its gradient. It is compiled once and serves every batch, and every fresh start.
type trainer[T any] struct {
	loss   *batchLoss[T]
	vm     G.VM
	solver *gnn.Adam
	params learned
}

// learned is a node together with the node of its gradient. It spares the copy that dual values make.
type learned struct{ node, grad *G.Node }

func (l learned) Value() G.Value         { return l.node.Value() }
func (l learned) Grad() (G.Value, error) { return l.grad.Value(), nil }

func newTrainer[T any](l learner[T], flat []float32) (*trainer[T], error) {
	graph := G.NewGraph()
	backing := tensor.New(tensor.WithShape(len(flat)), tensor.WithBacking(flat))
	params := G.NewVector(graph, tensor.Float32, G.WithShape(len(flat)), G.WithName("parameters"), G.WithValue(backing))
	loss := &batchLoss[T]{learner: l}
	cost, err := gnn.Apply(loss, params)
	if err != nil {
		return nil, err
	}
	grads, err := G.Grad(cost, params)
	if err != nil {
		return nil, err
	}
	return &trainer[T]{loss: loss, vm: G.NewTapeMachine(graph), solver: &gnn.Adam{}, params: learned{params, grads[0]}}, nil
}

// checkFit refuses what no model can learn from.
func checkFit(data []Example, o FitOptions) error {
	if len(data) == 0 {
		return errors.New("no architectures")
	}
	for _, x := range data {
		if math.IsNaN(x.Weight) || math.IsInf(x.Weight, 0) {
			return fmt.Errorf("%v: %w: weight %v", x.Arch, ErrNotFinite, x.Weight)
		}
	}
	return o.validate()
}

// fit makes o.Epochs passes over the data in shuffled batches.
func (t *trainer[T]) fit(ctx context.Context, rng *rand.Rand, data []T, o FitOptions, report *FitReport) error {
	size := o.BatchSize
	if size <= 0 {
		size = 2
	}
	epochs := max(o.Epochs, 1)
	t.solver.LearningRate, t.solver.ClipNorm = o.LearningRate, o.ClipNorm
	t.loss.objective = objective{
		masked: o.Loss == LogLikelihood, paper: o.Loss == PaperLoss, entropy: o.Entropy, temperature: 1,
	}
	solved := []G.ValueGrad{t.params}
	for epoch := range epochs {
		rng.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
		var total float64
		for start := 0; start < len(data); start += size {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			t.loss.batch = data[start:min(start+size, len(data))]
			t.vm.Reset()
			if err := t.vm.RunAll(); err != nil {
				return fmt.Errorf("epoch %d: %w", epoch, cause(err))
			}
			if err := t.solver.Step(solved); err != nil {
				return fmt.Errorf("epoch %d: %w", epoch, err)
			}
			report.Steps++
			total += t.loss.value * float64(len(t.loss.batch))
		}
		if epoch == 0 {
			report.FirstLoss += total / float64(len(data))
		}
		if epoch == epochs-1 {
			report.LastLoss += total / float64(len(data))
		}
	}
	return nil
}

// cause takes an error out of the machine's own, which does not unwrap.
func cause(err error) error {
	if machine, ok := err.(interface{ Err() error }); ok {
		return machine.Err()
	}
	return err
}
