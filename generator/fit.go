package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Fit trains on weighted architectures. The parts' networks learn one after another, each from its part of the data.
func (g *GRAN) Fit(ctx context.Context, rng *rand.Rand, data []Example, o FitOptions) (FitReport, error) {
	if err := checkFit(data, o); err != nil {
		return FitReport{}, fmt.Errorf("fitting %s: %w", g.space.Name(), err)
	}
	targets := make([][]target, len(data))
	for i, x := range data {
		var err error
		if targets[i], err = g.compile(x.Arch); err != nil {
			return FitReport{}, fmt.Errorf("fitting: %w", err)
		}
	}
	defer parallel.Warm()()
	var report FitReport
	for part, net := range g.nets {
		if g.trainers[part] == nil {
			t, err := newTrainer(&granLearner{net: net, passes: g.passes}, g.params[part])
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

// weighted is a target with the weight of its loss.
type weighted struct {
	*target
	weight float64
}

// granLearner is one part's network as its trainer sees it.
type granLearner struct {
	net        *network
	passes     *pool[pass]
	transposes transposes
}

var _ learner[weighted] = (*granLearner)(nil)

func (l *granLearner) name() string { return "GRAN loss" }

func (l *granLearner) prepare(flat []float32) { l.net.transpose(flat, &l.transposes) }

// work is the number of edges that messages pass along.
func (l *granLearner) work(x weighted) int { return len(x.steps.graph.From) }

func (l *granLearner) grain() int { return 1 }

// pass takes one graph after another in the same memory.
func (l *granLearner) pass(batch []weighted, share float64, o objective, flat, grad []float32) (loss float64) {
	p := l.passes.get()
	defer l.passes.put(p)
	o.entropy *= share
	for i, x := range batch {
		z := p.forward(l.net, flat, &x.steps)
		d := p.zeroGradient()
		nats, entropy := l.net.evaluate(x.target, z, o, &d, share*x.weight)
		loss += share*x.weight*nats - o.entropy*entropy
		p.backward(d, &l.transposes, nn.Gradients{Flat: grad, Add: i > 0})
	}
	return loss
}
