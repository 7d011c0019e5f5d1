package generator

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Fit trains on weighted architectures. The parts' networks learn one after another, each from its part of the data.
func (g *GRAN) Fit(ctx context.Context, rng *rand.Rand, data []Example, o FitOptions) (FitReport, error) {
	if len(data) == 0 {
		return FitReport{}, fmt.Errorf("fitting %s: no architectures", g.space.Name())
	}
	if err := o.validate(); err != nil {
		return FitReport{}, fmt.Errorf("fitting %s: %w", g.space.Name(), err)
	}
	targets := make([][]target, len(data))
	for i, x := range data {
		if math.IsNaN(x.Weight) || math.IsInf(x.Weight, 0) {
			return FitReport{}, fmt.Errorf("fitting %s: %v: %w: weight %v", g.space.Name(), x.Arch, ErrNotFinite, x.Weight)
		}
		var err error
		if targets[i], err = g.compile(x.Arch); err != nil {
			return FitReport{}, fmt.Errorf("fitting: %w", err)
		}
	}
	defer parallel.Warm()()
	var report FitReport
	for part, net := range g.nets {
		if g.trainers[part] == nil {
			t, err := newTrainer(net, g.params[part], g.passes)
			if err != nil {
				return report, fmt.Errorf("fitting %s: %w", g.space.Name(), err)
			}
			g.trainers[part] = t
		}
		batch := make([]weighted, len(data))
		for i := range data {
			batch[i] = weighted{&targets[i][part], data[i].Weight}
		}
		if err := g.trainers[part].fit(ctx, rng, batch, o, &report); err != nil {
			return report, fmt.Errorf("fitting %s: part %q: %w", g.space.Name(), net.part.Name, err)
		}
	}
	return report, nil
}

// trainer is the Gorgonia program that trains one part's network: the flat parameters, the loss of a batch as one
// operation of them, and its gradient. It is compiled once and serves every batch, and every fresh start.
type trainer struct {
	loss   *batchLoss
	vm     G.VM
	solver *gnn.Adam
	params learned
}

// learned is a node together with the node of its gradient. It spares the copy that dual values make.
type learned struct{ node, grad *G.Node }

func (l learned) Value() G.Value         { return l.node.Value() }
func (l learned) Grad() (G.Value, error) { return l.grad.Value(), nil }

func newTrainer(net *network, flat []float32, memory *passes) (*trainer, error) {
	graph := G.NewGraph()
	backing := tensor.New(tensor.WithShape(len(flat)), tensor.WithBacking(flat))
	params := G.NewVector(graph, tensor.Float32, G.WithShape(len(flat)), G.WithName("parameters"), G.WithValue(backing))
	loss := &batchLoss{net: net, passes: memory}
	cost, err := gnn.Apply(loss, params)
	if err != nil {
		return nil, err
	}
	grads, err := G.Grad(cost, params)
	if err != nil {
		return nil, err
	}
	return &trainer{loss: loss, vm: G.NewTapeMachine(graph), solver: &gnn.Adam{}, params: learned{params, grads[0]}}, nil
}

// fit makes o.Epochs passes over the data in shuffled batches.
func (t *trainer) fit(ctx context.Context, rng *rand.Rand, data []weighted, o FitOptions, report *FitReport) error {
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

// weighted is a target with the weight of its loss.
type weighted struct {
	*target
	weight float64
}

// batchLoss is a network, its likelihood and both their backward passes as one function: flat parameters → the mean
// weighted loss of the batch that it holds.
type batchLoss struct {
	net       *network
	objective objective
	batch     []weighted
	value     float64

	transposes transposes
	passes     *passes
	shards     [maxShards]shard
	active     int
}

// maxShards is into how many pieces a batch is split. It is the same on every machine, since the order in which
// gradients are summed depends on it.
const maxShards = 4

// shard is one piece of a batch and its result.
type shard struct {
	batch []weighted
	grad  []float32
	loss  float64
}

var _ gnn.Function = (*batchLoss)(nil)

func (l *batchLoss) Name() string { return "GRAN loss" }

func (l *batchLoss) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil }

// Forward computes the loss and, since one pass over an architecture's states serves both, its gradient.
func (l *batchLoss) Forward(out []float32, inputs [][]float32) error {
	flat := inputs[0]
	l.net.transpose(flat, &l.transposes)
	l.deal()
	parallel.Do(l.active, func(i int) { l.shards[i].run(l, flat) })
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

// deal splits the batch into shards of about the same work: the graphs by falling number of edges, dealt out forth and
// back.
func (l *batchLoss) deal() {
	l.active = min(len(l.batch), maxShards)
	for i := range l.active {
		l.shards[i].batch = l.shards[i].batch[:0]
	}
	slices.SortStableFunc(l.batch, func(a, b weighted) int {
		return cmp.Compare(len(b.steps.graph.From), len(a.steps.graph.From))
	})
	for i, x := range l.batch {
		s := i % (2 * l.active)
		s = min(s, 2*l.active-1-s)
		l.shards[s].batch = append(l.shards[s].batch, x)
	}
}

// run passes forward and backward over the shard's graphs, one after another in the same memory.
func (s *shard) run(l *batchLoss, flat []float32) {
	if s.grad == nil {
		s.grad = make([]float32, len(flat))
	}
	s.loss = 0
	p := l.passes.get()
	defer l.passes.put(p)
	o, share := l.objective, 1/float64(len(l.batch))
	o.entropy *= share
	for i, x := range s.batch {
		z := p.forward(l.net, flat, &x.steps)
		d := p.zeroGradient()
		loss, entropy := l.net.evaluate(x.target, z, o, &d, share*x.weight)
		s.loss += share*x.weight*loss - o.entropy*entropy
		p.backward(d, &l.transposes, nn.Gradients{Flat: s.grad, Add: i > 0})
	}
}

// Backward sums the shards' gradients in their order. It refuses one that is not finite, which would make the weights NaN.
func (l *batchLoss) Backward(din, _ [][]float32, _, dout []float32) error {
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
