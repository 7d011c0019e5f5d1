package gran

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/halt"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/train"
)

// Fit trains on weighted architectures. The networks of the parts are trained one after another,
// each on its part of the data.
func (m *Model) Fit(ctx context.Context, rng *rand.Rand, data []generator.Example, o generator.FitOptions) (generator.FitReport, error) {
	var report generator.FitReport
	if err := likelihood.CheckFit(data, o); err != nil {
		return report, fmt.Errorf("fitting %s: %w", m.space.Name(), err)
	}
	targets := make([][]target, len(data))
	for i, x := range data {
		if ctx.Err() != nil {
			return report, fmt.Errorf("fitting %s: %w", m.space.Name(), context.Cause(ctx))
		}
		var err error
		if targets[i], err = m.compile(x.Arch); err != nil {
			return report, fmt.Errorf("fitting: %w", err)
		}
	}
	defer parallel.Warm()()
	for part, net := range m.nets {
		trainer, err := m.trainer(part)
		if err != nil {
			return report, fmt.Errorf("fitting %s: %w", m.space.Name(), err)
		}
		examples := make([]example, len(data))
		for i := range data {
			examples[i] = example{&targets[i][part], data[i].Weight}
		}
		m.objectives[part].criterion, m.objectives[part].halt = likelihood.CriterionOf(o), halt.At(ctx)
		r, err := trainer.Fit(ctx, rng, examples, likelihood.TrainOptions(o))
		report.Steps += r.Steps
		report.FirstLoss += r.FirstLoss
		report.LastLoss += r.LastLoss
		if ctx.Err() != nil && errors.Is(err, finite.ErrNotFinite) {
			err = context.Cause(ctx) // the step was interrupted
		}
		if err != nil {
			return report, fmt.Errorf("fitting %s: part %q: %w", m.space.Name(), net.part.Name, err)
		}
	}
	return report, nil
}

// trainer returns the trainer of a part and creates it on the first call.
func (m *Model) trainer(part int) (*train.Trainer[example], error) {
	if m.trainers[part] == nil {
		t, err := train.New(m.objectives[part], m.params[part])
		if err != nil {
			return nil, err
		}
		m.trainers[part] = t
	}
	return m.trainers[part], nil
}

// example is a part of an architecture to learn from.
type example struct {
	*target
	weight float64 // weight of its loss
}

// objective is the loss of one part's network.
type objective struct {
	net        *network
	passes     *parallel.FreeList[pass]
	criterion  likelihood.Criterion
	transposes transposes
	halt       halt.Point
}

var _ train.Objective[example] = (*objective)(nil)

func (o *objective) Name() string { return "GRAN loss" }

func (o *objective) Prepare(params []float32) { o.net.transpose(params, &o.transposes) }

// Work is the number of edges that messages are passed along; in a chain, whose layers differ, it
// is the total over all layers.
func (o *objective) Work(x example) int {
	work := len(x.steps.graph.From)
	for i := range x.steps.hops {
		work += len(x.steps.hops[i].From)
	}
	return work
}

func (o *objective) MinShard() int { return 1 }

// Gradient processes one graph after another, reusing the same memory.
func (o *objective) Gradient(examples []example, batchSize int, params, grad []float32) (loss float64) {
	p := o.passes.Get()
	p.halt = o.halt
	defer func() {
		p.halt = halt.Point{}
		o.passes.Put(p)
	}()
	defer halt.Catch(&loss)
	share, c := 1/float64(batchSize), o.criterion
	c.Entropy *= share
	for i, x := range examples {
		z := p.forward(o.net, params, &x.steps)
		d := p.zeroGradient()
		nats, entropy := o.net.evaluate(x.target, z, c, &d, share*x.weight)
		loss += share*x.weight*nats - c.Entropy*entropy
		p.backward(d, &o.transposes, nn.Gradients{Flat: grad, Add: i > 0})
	}
	return loss
}
