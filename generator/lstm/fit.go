package lstm

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

// Fit trains on weighted architectures.
func (m *Model) Fit(ctx context.Context, rng *rand.Rand, data []generator.Example, o generator.FitOptions) (generator.FitReport, error) {
	if err := likelihood.CheckFit(data, o); err != nil {
		return generator.FitReport{}, fmt.Errorf("fitting %s: %w", m.space.Name(), err)
	}
	examples := make([]example, len(data))
	for i, x := range data {
		if ctx.Err() != nil {
			return generator.FitReport{}, fmt.Errorf("fitting %s: %w", m.space.Name(), context.Cause(ctx))
		}
		steps, err := m.compile(x.Arch)
		if err != nil {
			return generator.FitReport{}, fmt.Errorf("fitting: %w", err)
		}
		examples[i] = example{steps, x.Weight}
	}
	defer parallel.Warm()()
	m.objective.criterion, m.objective.halt = likelihood.CriterionOf(o), halt.At(ctx)
	report, err := m.trainer.Fit(ctx, rng, examples, likelihood.TrainOptions(o))
	if ctx.Err() != nil && errors.Is(err, finite.ErrNotFinite) {
		err = context.Cause(ctx) // the step was interrupted
	}
	if err != nil {
		err = fmt.Errorf("fitting %s: %w", m.space.Name(), err)
	}
	return generator.FitReport(report), err
}

// example is an architecture to learn from.
type example struct {
	steps  []step
	weight float64 // weight of its loss
}

// objective is the loss of the network.
type objective struct {
	net        *network
	passes     *parallel.FreeList[pass]
	criterion  likelihood.Criterion
	transposes transposes
	halt       halt.Point
}

var _ train.Objective[example] = (*objective)(nil)

func (o *objective) Name() string { return "LSTM loss" }

func (o *objective) Prepare(params []float32) { o.net.transpose(params, &o.transposes) }

func (o *objective) Work(x example) int { return len(x.steps) }

// MinShard keeps small batches together, because a matrix product of a few rows takes as long as
// that of one row.
func (o *objective) MinShard() int { return 8 }

// Gradient processes up to archsPerPass sequences at a time to limit memory.
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
	var b batch
	for start := 0; start < len(examples); start += archsPerPass {
		piece := examples[start:min(start+archsPerPass, len(examples))]
		sequences := make([][]step, len(piece))
		for i, x := range piece {
			sequences[i] = x.steps
		}
		order := b.pack(sequences)
		logits := p.forward(o.net, params, &b)
		d := p.arena.Zeros(len(logits))
		for slot, i := range order {
			sum := likelihood.Sum{Criterion: c, Weight: share * piece[i].weight}
			o.net.evaluate(&b, slot, logits, d, &sum)
			loss += sum.Weight*sum.Loss - c.Entropy*sum.Entropy
		}
		p.backward(d, &o.transposes, nn.Gradients{Flat: grad, Add: start > 0})
	}
	return loss
}

// evaluate adds the loss of the sequence in a slot of the batch to sum. Unless d is nil, it adds
// the gradient of the logits to d.
func (net *network) evaluate(b *batch, slot int, logits, d []float32, sum *likelihood.Sum) {
	width := net.out.Out
	for i := range b.sequences[slot] {
		s := &b.sequences[slot][i]
		if len(s.allowed) == 1 {
			continue
		}
		weight := 1.0
		if sum.Criterion.Paper {
			weight = s.paperWeight
		}
		row := (b.start[i] + slot) * width
		lo, hi := row+s.column, row+width
		var dRow []float32
		if d != nil {
			dRow = d[lo:hi]
		}
		sum.Categorical(logits[lo:hi], dRow, s.value, s.allowed, weight)
	}
}
