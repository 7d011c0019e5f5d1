package network

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Mode says what batch normalisation goes by.
type Mode int

// The modes of a pass.
const (
	Evaluate Mode = iota // running statistics: each image by itself
	Train                // the batch's moments, and the running statistics move
	Trial                // the batch's moments, and nothing changes: weights that other networks share
)

// Options are how a network is built.
type Options struct {
	// Batch is how many images are computed at a time, 0: 64. Training passes are of at most so many; passes in evaluation may
	// be of more, which are cut.
	Batch int
	// MemoryLimit is how many bytes training may take, by the plan's count; 0: 2 GiB.
	MemoryLimit int64
	// Workspace is memory to share with other networks. nil: the network has its own.
	Workspace *Workspace
}

const (
	defaultBatch       = 64
	defaultMemoryLimit = 2 << 30
)

// Network is a plan with weights and memory to compute in. It is not safe for concurrent use.
type Network struct {
	plan      *Plan
	weights   *Weights
	batch     int
	space     *Workspace
	byBatch   *schedule
	byRunning *schedule
}

// Build returns a network of the plan with the weights, which it keeps. Their layout must be the plan's or have the same
// parameters in the same order. The network takes little memory before its first pass. The error wraps ErrTooLarge if the
// plan counts more memory than allowed, and ErrShape if the weights have another layout.
func (p *Plan) Build(w *Weights, o Options) (*Network, error) {
	if o.Batch == 0 {
		o.Batch = defaultBatch
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemoryLimit
	}
	if o.Batch < 0 {
		return nil, fmt.Errorf("network of %s: %w: batches of %d", p.arch, ErrShape, o.Batch)
	}
	if err := p.CheckMemory(o.Batch, o.MemoryLimit); err != nil {
		return nil, err
	}
	if !p.layout.equal(w.Layout) {
		return nil, fmt.Errorf("network of %s: %w: the weights are another layout's", p.arch, ErrShape)
	}
	if err := p.checkSizes(w); err != nil {
		return nil, err
	}
	if o.Workspace == nil {
		o.Workspace = &Workspace{}
	}
	return &Network{plan: p, weights: w, batch: o.Batch, space: o.Workspace}, nil
}

// Plan returns what the network was built of.
func (n *Network) Plan() *Plan { return n.plan }

// Weights returns what the network computes with.
func (n *Network) Weights() *Weights { return n.weights }

// Forward returns the logits of images, a row of Classes for each. Images are float32 and lie channel by channel, one image
// behind the other (N×C×H×W). The logits live until the next pass of the workspace, in Evaluate for good.
func (n *Network) Forward(images []float32, mode Mode) ([]float32, error) {
	size := n.plan.sizes[0].Len()
	if len(images)%size != 0 {
		return nil, n.errorf("%w: %d values are no images of %d", ErrShape, len(images), size)
	}
	if mode != Evaluate {
		p, err := n.forward(images, n.weights.Params, mode)
		if err != nil {
			return nil, err
		}
		return p.values[n.plan.logits], nil
	}
	var logits []float32
	for len(images) > 0 {
		some := images[:min(len(images), n.batch*size)]
		p, err := n.forward(some, n.weights.Params, mode)
		if err != nil {
			return nil, err
		}
		logits = append(logits, p.values[n.plan.logits]...)
		images = images[len(some):]
	}
	return logits, nil
}

// forward is one pass, with parameters that need not be the network's own.
func (n *Network) forward(images, params []float32, mode Mode) (*pass, error) {
	size := n.plan.sizes[0].Len()
	batch := len(images) / size
	if batch < 1 || batch > n.batch || len(images) != batch*size {
		return nil, n.errorf("%w: a batch of %d values, for images of %d and at most %d of them", ErrShape, len(images), size, n.batch)
	}
	if len(params) != len(n.weights.Params) {
		return nil, n.errorf("%w: %d parameters, not %d", ErrShape, len(params), len(n.weights.Params))
	}
	p := &pass{
		plan: n.plan, schedule: n.scheduleOf(mode), space: n.space, params: params, statistics: n.weights.Statistics,
		frozen: mode != Train, planes: images,
	}
	p.begin(batch)
	p.forward(mode != Evaluate)
	return p, nil
}

func (n *Network) scheduleOf(mode Mode) *schedule {
	s := &n.byBatch
	if mode == Evaluate {
		s = &n.byRunning
	}
	if *s == nil {
		*s = n.plan.schedule(mode != Evaluate)
	}
	return *s
}

// errorf names the architecture.
func (n *Network) errorf(format string, args ...any) error {
	return fmt.Errorf("network of %s: %w", n.plan.arch, fmt.Errorf(format, args...))
}

// flat is a parameter vector together with its gradient.
type flat struct{ value, grad *tensor.Dense }

func (f flat) Value() G.Value         { return f.value }
func (f flat) Grad() (G.Value, error) { return f.grad, nil }

// Learned returns the parameters and their gradient, which the last Gradient has left, as one vector: what the Step of a
// gorgonia.Solver takes. The parameters are in the memory of the weights, the gradient is in the workspace's, until the next
// Gradient of a network that shares it.
func (n *Network) Learned() []G.ValueGrad {
	dense := func(x []float32) *tensor.Dense { return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x)) }
	return []G.ValueGrad{flat{dense(n.weights.Params), dense(n.gradient())}}
}

// gradient is the memory of the gradient.
func (n *Network) gradient() []float32 { return n.space.gradient(len(n.weights.Params)) }
