package generator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Sample draws n architectures, all legal.
func (g *LSTM) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for len(archs) < n {
		batch, err := g.sampleBatch(ctx, rng, min(n-len(archs), maxSampleBatch))
		if err != nil {
			return archs, fmt.Errorf("sampling: %w", err)
		}
		archs = append(archs, batch...)
	}
	return archs, nil
}

func (g *LSTM) sampleBatch(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	drafts := make([]*lstmDraft, n)
	for i := range drafts {
		drafts[i] = g.newDraft()
	}
	active := slices.Clone(drafts)
	for {
		active = slices.DeleteFunc(active, func(d *lstmDraft) bool { return !d.next() })
		if len(active) == 0 {
			break
		}
		if err := g.look(ctx, active); err != nil {
			return nil, err
		}
		for _, d := range active {
			if err := d.decide(rng, g.temperature); err != nil {
				return nil, fmt.Errorf("%s: %w", g.space.Name(), err)
			}
		}
	}
	archs, err := finish(drafts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.space.Name(), err)
	}
	return archs, nil
}

// lstmDraft is an architecture in the making. What it holds of states and logits is never written to again, so that
// clones share it.
type lstmDraft struct {
	path
	complete bool // there is no next decision
	reader   lstmReader
	decision searchspace.Decision // the next
	question lstmQuestion         // the same, read
	states   []float32            // of each layer the state and the cell
	anchors  anchors[[]float32]
	logits   []float32 // of the next decision
}

func (g *LSTM) newDraft() *lstmDraft {
	return &lstmDraft{
		path: path{builder: g.space.Start()}, reader: g.net.newReader(),
		states: make([]float32, 2*len(g.net.layers)*g.net.hidden),
	}
}

// next finds the next decision, if there is one.
func (d *lstmDraft) next() (ok bool) {
	d.decision, ok = d.builder.Next()
	d.complete = !ok
	return ok
}

// look runs the network for the next decision of every draft.
func (g *LSTM) look(ctx context.Context, drafts []*lstmDraft) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, d := range drafts {
		var err error
		if d.question, err = d.reader.ask(d.decision); err != nil {
			return fmt.Errorf("%s: %w", g.space.Name(), err)
		}
	}
	parallel.Do((len(drafts)+lstmPiece-1)/lstmPiece, func(i int) {
		g.step(drafts[i*lstmPiece : min((i+1)*lstmPiece, len(drafts))])
	})
	return nil
}

// step moves the states of drafts on by one decision and reads off its logits.
func (g *LSTM) step(drafts []*lstmDraft) {
	p := g.passes.get()
	defer g.passes.put(p)
	p.arena.Reset()
	n, layers := g.net.hidden, len(g.net.layers)
	x := p.arena.Take(len(drafts) * n)
	for i, d := range drafts {
		g.net.embed(d.question.inputs, g.params, x[i*n:(i+1)*n])
	}
	after := make([]float32, len(drafts)*2*layers*n)
	for k := range layers {
		x = g.stepLayer(k, drafts, x, after, &p.arena)
	}
	for i, d := range drafts {
		d.states = after[i*2*layers*n : (i+1)*2*layers*n]
	}
	g.readOff(drafts, &p.arena)
}

// stepLayer moves one layer on, given its inputs, and returns its states. It also enters them and the cells into after,
// where each draft has a row.
func (g *LSTM) stepLayer(k int, drafts []*lstmDraft, x, after []float32, arena *nn.Arena) []float32 {
	n, l := g.net.hidden, &g.net.layers[k]
	s := newLSTMStates(len(drafts), n, arena)
	for i, d := range drafts {
		copy(s.before[i*n:(i+1)*n], d.states[2*k*n:])
		copy(s.cellBefore[i*n:(i+1)*n], d.states[(2*k+1)*n:])
	}
	l.input.Forward(len(drafts), x, n, g.params, s.gates)
	l.advance(s, g.params)
	for i, d := range drafts {
		row := after[i*len(d.states)+2*k*n:]
		copy(row, s.state[i*n:(i+1)*n])
		copy(row[n:], s.cell[i*n:(i+1)*n])
	}
	return s.state
}

// readOff computes the logits of the drafts' next decisions from their states.
func (g *LSTM) readOff(drafts []*lstmDraft, arena *nn.Arena) {
	n, width := g.net.hidden, g.net.out.Out
	pairs, reads := arena.Zeros(len(drafts)*2*n), arena.Take(len(drafts)*n)
	logits := make([]float32, len(drafts)*width)
	for i, d := range drafts {
		top := d.states[len(d.states)-2*n:][:n]
		d.anchors.enter(d.decision, top)
		if d.decision.Kind != searchspace.NodeOp {
			copy(pairs[2*i*n:], d.anchors.of[d.decision.From])
		}
		copy(pairs[(2*i+1)*n:], top)
		d.logits = logits[i*width : (i+1)*width]
	}
	g.net.answer(len(drafts), pairs, g.params, reads, logits)
}

// logProbs appends the log-probability of each value that the next decision may take.
func (d *lstmDraft) logProbs(dst []float64, temperature float64) []float64 {
	if len(d.question.allowed) == 1 {
		return append(dst, 0)
	}
	return logSoftmax(dst, d.logits[d.question.column:], d.question.allowed, temperature)
}

// decide draws the next decision.
func (d *lstmDraft) decide(rng *rand.Rand, temperature float64) error {
	var few [16]float64
	logProbs := d.logProbs(few[:0], temperature)
	i := 0
	if len(logProbs) > 1 {
		i = draw(logProbs, rng.Float64())
	}
	return d.take(d.decision.Allowed[i], logProbs[i])
}

// take decides.
func (d *lstmDraft) take(value int, logProb float64) error {
	if err := d.builder.Take(value); err != nil {
		return err
	}
	d.logProb += logProb
	d.reader.answer(value)
	return nil
}

func (d *lstmDraft) clone() *lstmDraft {
	c := *d
	c.path, c.anchors.of = d.path.clone(), slices.Clone(d.anchors.of)
	return &c
}
