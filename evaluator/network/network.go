package network

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Mode selects the statistics that batch normalization uses.
type Mode int

// The modes of a pass.
const (
	Evaluate Mode = iota // running statistics, so that images are independent of each other
	Train                // the moments of the batch; updates the running statistics
	Trial                // the moments of the batch; updates nothing, for weights that other networks share
)

// Options configures a network.
type Options struct {
	// Batch is the maximum number of images in a pass. In mode Evaluate larger inputs are split. 0 means 64.
	Batch int
	// MemoryLimit is the maximum of Plan.Memory in bytes. 0 means 2 GiB.
	MemoryLimit int64
	// Workspace is memory that the network shares with others. If nil, the network allocates its own.
	Workspace *Workspace
}

const (
	defaultBatch       = 64
	defaultMemoryLimit = 2 << 30
)

// Network computes the logits, loss and gradient of a planned network with given weights. It is not safe for concurrent use.
type Network struct {
	plan      *Plan
	weights   *Weights
	batch     int
	space     *Workspace
	byBatch   *schedule
	byRunning *schedule
}

// Build returns the network of the plan with the given weights, which it does not copy. Their layout must be the plan's or have
// the same parameters in the same order. Memory is allocated by the first pass. The error wraps [ErrTooLarge] if the network
// needs more memory than Options.MemoryLimit, and [ErrShape] if the weights have another layout.
func (p *Plan) Build(w *Weights, o Options) (*Network, error) {
	if o.Batch == 0 {
		o.Batch = defaultBatch
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemoryLimit
	}
	if o.Batch < 0 {
		return nil, fmt.Errorf("network of %s: %w: Options.Batch must not be negative, got %d", p.arch, ErrShape, o.Batch)
	}
	if err := p.CheckMemory(o.Batch, o.MemoryLimit); err != nil {
		return nil, err
	}
	if !p.layout.equal(w.Layout) {
		return nil, fmt.Errorf("network of %s: %w: the weights have another layout", p.arch, ErrShape)
	}
	if err := p.checkSizes(w); err != nil {
		return nil, err
	}
	if o.Workspace == nil {
		o.Workspace = &Workspace{}
	}
	return &Network{plan: p, weights: w, batch: o.Batch, space: o.Workspace}, nil
}

// Plan returns the network's plan.
func (n *Network) Plan() *Plan { return n.plan }

// Weights returns the network's weights, without copying them.
func (n *Network) Weights() *Weights { return n.weights }

// Forward returns the logits of N×C×H×W images, a row of Classes values for each. In modes Train and Trial the logits are valid
// until the next pass in the workspace.
func (n *Network) Forward(images []float32, mode Mode) ([]float32, error) {
	size := n.plan.sizes[0].Len()
	if len(images)%size != 0 {
		return nil, n.errorf("%w: %d values are not a whole number of images of %d values", ErrShape, len(images), size)
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

// forward runs one pass, with the given parameters instead of the network's own.
func (n *Network) forward(images, params []float32, mode Mode) (*pass, error) {
	size := n.plan.sizes[0].Len()
	batch := len(images) / size
	if batch < 1 || batch > n.batch || len(images) != batch*size {
		return nil, n.errorf("%w: a batch must have from 1 to %d images of %d values, got %d values", ErrShape, n.batch, size, len(images))
	}
	if len(params) != len(n.weights.Params) {
		return nil, n.errorf("%w: the network has %d parameters, got %d", ErrShape, len(n.weights.Params), len(params))
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

// errorf returns an error that names the architecture.
func (n *Network) errorf(format string, args ...any) error {
	return fmt.Errorf("network of %s: %w", n.plan.arch, fmt.Errorf(format, args...))
}

// flat is a parameter vector with its gradient. It implements gorgonia.ValueGrad.
type flat struct{ value, grad *tensor.Dense }

func (f flat) Value() G.Value         { return f.value }
func (f flat) Grad() (G.Value, error) { return f.grad, nil }

// Learned returns the parameters and the gradient of the last call of Gradient as one vector each, for the Step of a
// gorgonia.Solver. The parameters share the memory of the weights. The gradient is in the workspace, and is valid until the next
// call of Gradient of any network in that workspace.
func (n *Network) Learned() []G.ValueGrad {
	dense := func(x []float32) *tensor.Dense { return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x)) }
	return []G.ValueGrad{flat{dense(n.weights.Params), dense(n.gradient())}}
}

// gradient returns the memory of the gradient.
func (n *Network) gradient() []float32 { return n.space.gradient(len(n.weights.Params)) }
