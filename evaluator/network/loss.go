package network

import (
	"fmt"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"gorgonia.org/tensor"
)

// Batch is a batch of labeled images, N×C×H×W.
type Batch struct {
	Images []float32
	Labels []int // the class of each image, from 0
}

// Report is the performance of a network on a batch.
type Report struct {
	Loss    float64 // mean cross-entropy per image, in nats
	Correct int     // number of images whose label has the largest logit
}

// Loss is the mean softmax cross-entropy of a network over a batch, in training mode, as a differentiable function of the flat
// parameter vector. gnn.Apply turns it into one operation of a Gorgonia graph. The batch may change from pass to pass.
type Loss struct {
	Network *Network
	Batch   Batch
	// Smoothing is the label smoothing: the fraction, from 0 to 1, of the target's probability that is spread evenly over all
	// classes (Szegedy et al. 2016, arXiv 1512.00567).
	Smoothing float64
	// Report is the report of the last forward pass.
	Report Report

	pass *pass
}

var _ gnn.Function = (*Loss)(nil)

// Name returns a name with the network's architecture.
func (l *Loss) Name() string { return "loss of " + l.Network.plan.arch }

// Shape returns the shape of a scalar. The only input must be a vector of the network's parameters.
func (l *Loss) Shape(inputs []tensor.Shape) (tensor.Shape, error) {
	want := len(l.Network.weights.Params)
	if len(inputs) != 1 || inputs[0].TotalSize() != want {
		return nil, fmt.Errorf("%w: the loss needs one input of %d parameters, got shapes %v", ErrShape, want, inputs)
	}
	return tensor.ScalarShape(), nil
}

// Forward computes the loss and updates the running statistics. If it returns an error, nothing is updated.
func (l *Loss) Forward(out []float32, in [][]float32) error {
	if err := l.Network.check(l.Batch); err != nil {
		return err
	}
	if !(l.Smoothing >= 0 && l.Smoothing <= 1) {
		return l.Network.errorf("the label smoothing must be from 0 to 1, got %v", l.Smoothing)
	}
	p, err := l.Network.forward(l.Batch.Images, in[0], Train)
	if err != nil {
		return err
	}
	l.Report = l.Network.measure(p, l.Batch.Labels, l.Smoothing)
	l.pass, out[0] = p, float32(l.Report.Loss)
	return nil
}

// Backward computes the gradient with respect to the parameters. It must be called after Forward and before any other
// pass in the network's workspace.
func (l *Loss) Backward(din, _ [][]float32, _, dout []float32) error {
	p, plan := l.pass, l.Network.plan
	if p == nil {
		return l.Network.errorf("Backward must be called after Forward")
	}
	p.grad = din[0]
	p.gradients[plan.logits] = p.space.take(p.batch * plan.input.Classes)
	e := conv.CrossEntropy{Classes: plan.input.Classes, Smoothing: l.Smoothing}
	parallel.Do(len(p.pieces), func(i int) {
		images := p.pieces[i]
		e.Grad(images.len(), p.of(p.values[plan.logits], plan.logits, images), l.Batch.Labels[images.lo:images.hi],
			float64(dout[0])/float64(p.batch), p.of(p.gradients[plan.logits], plan.logits, images))
	})
	p.backward()
	return nil
}

// check returns an error if the images or labels do not match the network. Otherwise a failing pass would update the
// running statistics.
func (n *Network) check(b Batch) error {
	if size := n.plan.sizes[0].Len(); len(b.Images) != len(b.Labels)*size {
		return n.errorf("%w: %d values and %d labels do not match images of %d values", ErrShape, len(b.Images), len(b.Labels), size)
	}
	for i, label := range b.Labels {
		if label < 0 || label >= n.plan.input.Classes {
			return n.errorf("%w: image %d has label %d, but there are %d classes", ErrShape, i, label, n.plan.input.Classes)
		}
	}
	return nil
}

// measure compares the logits of a pass with labels, which must be valid.
func (n *Network) measure(p *pass, labels []int, smoothing float64) Report {
	losses, correct := make([]float64, len(p.pieces)), make([]int, len(p.pieces))
	e := conv.CrossEntropy{Classes: n.plan.input.Classes, Smoothing: smoothing}
	parallel.Do(len(p.pieces), func(i int) {
		images := p.pieces[i]
		losses[i], correct[i] = e.Loss(images.len(), p.of(p.values[n.plan.logits], n.plan.logits, images), labels[images.lo:images.hi])
	})
	var r Report
	for i := range losses {
		r.Loss += losses[i] / float64(p.batch)
		r.Correct += correct[i]
	}
	return r
}

// Gradient computes the loss of a batch in training mode, with label smoothing from 0 to 1, and its gradient, which Learned then
// returns.
func (n *Network) Gradient(b Batch, smoothing float64) (Report, error) {
	l := Loss{Network: n, Batch: b, Smoothing: smoothing}
	in, out := [][]float32{n.weights.Params}, []float32{0}
	if err := l.Forward(out, in); err != nil {
		return Report{}, err
	}
	return l.Report, l.Backward([][]float32{n.gradient()}, in, out, []float32{1})
}

// GradientOf computes the gradient of any function of the logits with respect to the parameters. It runs a forward pass
// in mode Trial and calls grad with the logits, a row of Classes values for each image; grad must fill dlogits, of the
// same size, with the gradient of the function with respect to the logits. The result is in the order of the layout's
// parameters, and is valid as long as that of Learned. There must be at most Options.Batch images.
func (n *Network) GradientOf(images []float32, grad func(logits, dlogits []float32)) ([]float32, error) {
	p, err := n.forward(images, n.weights.Params, Trial)
	if err != nil {
		return nil, err
	}
	logits := n.plan.logits
	p.grad, p.gradients[logits] = n.gradient(), p.space.take(len(p.values[logits]))
	grad(p.values[logits], p.gradients[logits])
	p.backward()
	return p.grad, nil
}

// Measure computes the loss, without smoothing, and the number of correctly classified images in the given mode. In mode Evaluate
// there may be any number of images, otherwise at most Options.Batch.
func (n *Network) Measure(b Batch, mode Mode) (Report, error) {
	size, total := n.plan.sizes[0].Len(), Report{}
	if err := n.check(b); err != nil {
		return total, err
	}
	step := n.batch
	if mode != Evaluate {
		step = max(1, len(b.Labels))
	}
	for lo := 0; lo < len(b.Labels); lo += step {
		hi := min(lo+step, len(b.Labels))
		p, err := n.forward(b.Images[lo*size:hi*size], n.weights.Params, mode)
		if err != nil {
			return total, err
		}
		r := n.measure(p, b.Labels[lo:hi], 0)
		total.Loss += r.Loss * float64(hi-lo) / float64(len(b.Labels))
		total.Correct += r.Correct
	}
	return total, nil
}
