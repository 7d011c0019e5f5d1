package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Fit trains on weighted architectures.
func (g *LSTM) Fit(ctx context.Context, rng *rand.Rand, data []Example, o FitOptions) (FitReport, error) {
	if err := checkFit(data, o); err != nil {
		return FitReport{}, fmt.Errorf("fitting %s: %w", g.space.Name(), err)
	}
	sequences := make([]weightedSteps, len(data))
	for i, x := range data {
		steps, err := g.compile(x.Arch)
		if err != nil {
			return FitReport{}, fmt.Errorf("fitting: %w", err)
		}
		sequences[i] = weightedSteps{steps, x.Weight}
	}
	defer parallel.Warm()()
	var report FitReport
	if err := g.trainer.fit(ctx, rng, sequences, o, &report); err != nil {
		return report, fmt.Errorf("fitting %s: %w", g.space.Name(), err)
	}
	return report, nil
}

// weightedSteps are an architecture's decisions with the weight of their loss.
type weightedSteps struct {
	steps  []lstmStep
	weight float64
}

// lstmLearner is the network as its trainer sees it.
type lstmLearner struct {
	net        *lstmNetwork
	passes     *pool[lstmPass]
	transposes lstmTransposes
}

var _ learner[weightedSteps] = (*lstmLearner)(nil)

func (l *lstmLearner) name() string { return "LSTM loss" }

func (l *lstmLearner) prepare(flat []float32) { l.net.transpose(flat, &l.transposes) }

func (l *lstmLearner) work(x weightedSteps) int { return len(x.steps) }

// grain keeps small batches together: matrix products of few rows take as long as those of one.
func (l *lstmLearner) grain() int { return 8 }

// pass takes up to lstmPiece sequences at a time, which bounds the memory.
func (l *lstmLearner) pass(batch []weightedSteps, share float64, o objective, flat, grad []float32) (loss float64) {
	p := l.passes.get()
	defer l.passes.put(p)
	o.entropy *= share
	var b lstmBatch
	for start := 0; start < len(batch); start += lstmPiece {
		piece := batch[start:min(start+lstmPiece, len(batch))]
		sequences := make([][]lstmStep, len(piece))
		for i, x := range piece {
			sequences[i] = x.steps
		}
		order := b.pack(sequences)
		logits := p.forward(l.net, flat, &b)
		d := p.arena.Zeros(len(logits))
		for place, i := range order {
			t := tally{o: o, weight: share * piece[i].weight}
			l.net.evaluate(&b, place, logits, d, &t)
			loss += t.weight*t.loss - o.entropy*t.nats
		}
		p.backward(d, &l.transposes, nn.Gradients{Flat: grad, Add: start > 0})
	}
	return loss
}

// evaluate adds the loss of the sequence at a place of the batch to the tally, and to d, where set, the gradient in the
// logits.
func (net *lstmNetwork) evaluate(b *lstmBatch, place int, logits, d []float32, t *tally) {
	width := net.out.Out
	for i := range b.sequences[place] {
		s := &b.sequences[place][i]
		if len(s.allowed) == 1 {
			continue
		}
		weight := 1.0
		if t.o.paper {
			weight = s.paperWeight
		}
		row := (b.start[i] + place) * width
		lo, hi := row+s.column, row+width
		var dRow []float32
		if d != nil {
			dRow = d[lo:hi]
		}
		t.categorical(logits[lo:hi], dRow, s.value, s.allowed, weight)
	}
}
