package predictor

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/f32"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// trainer is the Gorgonia program that trains one network: the flat parameters, the loss of a batch as one operation of
// them, and its gradient. It is compiled once and serves every batch.
type trainer struct {
	flat   []float32 // the parameters' values
	loss   *batchLoss
	vm     G.VM
	solver *gnn.Adam
	params learned
}

// learned is a node together with the node of its gradient. It spares the copy that dual values make.
type learned struct{ node, grad *G.Node }

func (l learned) Value() G.Value         { return l.node.Value() }
func (l learned) Grad() (G.Value, error) { return l.grad.Value(), nil }

// trainNetwork returns the parameters of a network that has made so many passes over the data, which it shuffles.
func trainNetwork(ctx context.Context, net *network, data []target, epochs int, rng *rand.Rand) ([]float32, error) {
	flat := make([]float32, net.layout.Size)
	net.layout.Init(flat, rng)
	t, err := newTrainer(net, flat)
	if err != nil {
		return nil, err
	}
	return flat, t.fit(ctx, rng, data, epochs)
}

func newTrainer(net *network, flat []float32) (*trainer, error) {
	graph := G.NewGraph()
	backing := tensor.New(tensor.WithShape(len(flat)), tensor.WithBacking(flat))
	params := G.NewVector(graph, tensor.Float32, G.WithShape(len(flat)), G.WithName("parameters"), G.WithValue(backing))
	loss := &batchLoss{net: net}
	cost, err := gnn.Apply(loss, params)
	if err != nil {
		return nil, err
	}
	// G.Grad would take the same node of the package for the cost's own gradient in every graph, and writes to it.
	one := graph.AddNode(G.NewConstant(float32(1)))
	grads, err := G.Backpropagate(G.Nodes{cost}, G.Nodes{one}, G.Nodes{params})
	if err != nil {
		return nil, err
	}
	return &trainer{
		flat: flat, loss: loss, vm: G.NewTapeMachine(graph),
		solver: &gnn.Adam{ClipNorm: clipNorm}, params: learned{params, grads[0]},
	}, nil
}

func (t *trainer) fit(ctx context.Context, rng *rand.Rand, data []target, epochs int) error {
	solved := []G.ValueGrad{t.params}
	step, steps := 0, float64(epochs)*float64(batches(len(data)))
	for range epochs {
		rng.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
		for start := 0; start < len(data); start += batchSize {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			t.loss.batch = data[start:min(start+batchSize, len(data))]
			t.vm.Reset()
			if err := t.vm.RunAll(); err != nil {
				return fmt.Errorf("step %d: %w", step, err)
			}
			t.solver.LearningRate = rateAt((float64(step) + 0.5) / steps)
			f32.Scale(float32(1-t.solver.LearningRate*weightDecay), t.flat)
			if err := t.solver.Step(solved); err != nil {
				return fmt.Errorf("step %d: %w", step, err)
			}
			step++
		}
	}
	return nil
}

// rateAt returns the learning rate when the given share of the training, between 0 and 1, is done.
func rateAt(done float64) float64 {
	return learningRate * min(done/warmUp, 1) * (1 + math.Cos(math.Pi*done)) / 2
}
