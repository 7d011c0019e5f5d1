package lstm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Sample draws n architectures. All are valid.
func (m *Model) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	return decode.InBatches(n, decode.MaxBatch, func(n int) ([]searchspace.Arch, error) { return m.sampleBatch(ctx, rng, n) })
}

func (m *Model) sampleBatch(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	drafts := make([]*draft, n)
	for i := range drafts {
		drafts[i] = m.newDraft()
	}
	active := slices.Clone(drafts)
	for {
		active = slices.DeleteFunc(active, func(d *draft) bool { return !d.next() })
		if len(active) == 0 {
			break
		}
		if err := m.predict(ctx, active); err != nil {
			return nil, err
		}
		for _, d := range active {
			if err := d.decide(rng, m.temperature); err != nil {
				return nil, fmt.Errorf("%s: %w", m.space.Name(), err)
			}
		}
	}
	archs, err := decode.Archs(drafts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.space.Name(), err)
	}
	return archs, nil
}

// draft is an architecture under construction. Clones share its states and logits, which are never
// overwritten.
type draft struct {
	decode.Hypothesis
	complete bool // whether there is no next decision
	reader   reader
	decision searchspace.Decision // the next decision
	question question             // the same decision as the network reads it
	states   []float32            // state and cell of each layer
	anchors  anchors[[]float32]
	logits   []float32 // logits of the next decision
}

func (m *Model) newDraft() *draft {
	return &draft{
		Hypothesis: decode.New(m.space), reader: m.net.newReader(),
		states: make([]float32, 2*len(m.net.layers)*m.net.hidden),
	}
}

// next reads the next decision and reports whether there is one.
func (d *draft) next() (ok bool) {
	d.decision, ok = d.Builder.Next()
	d.complete = !ok
	return ok
}

// predict runs the network for the next decision of every draft.
func (m *Model) predict(ctx context.Context, drafts []*draft) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, d := range drafts {
		var err error
		if d.question, err = d.reader.ask(d.decision); err != nil {
			return fmt.Errorf("%s: %w", m.space.Name(), err)
		}
	}
	parallel.Do((len(drafts)+archsPerPass-1)/archsPerPass, func(i int) {
		m.advance(drafts[i*archsPerPass : min((i+1)*archsPerPass, len(drafts))])
	})
	return nil
}

// advance advances the states of drafts by one decision and computes the logits of the next.
func (m *Model) advance(drafts []*draft) {
	p := m.passes.Get()
	defer m.passes.Put(p)
	p.arena.Reset()
	n, layers := m.net.hidden, len(m.net.layers)
	x := p.arena.Take(len(drafts) * n)
	for i, d := range drafts {
		m.net.embed(d.question.inputs, m.params, x[i*n:(i+1)*n])
	}
	after := make([]float32, len(drafts)*2*layers*n)
	for k := range layers {
		x = m.advanceLayer(k, drafts, x, after, &p.arena)
	}
	for i, d := range drafts {
		d.states = after[i*2*layers*n : (i+1)*2*layers*n]
	}
	m.setLogits(drafts, &p.arena)
}

// advanceLayer advances one layer given its inputs x and returns its states. It also writes the
// states and cells to after, which has a row for each draft.
func (m *Model) advanceLayer(k int, drafts []*draft, x, after []float32, arena *nn.Arena) []float32 {
	n, l := m.net.hidden, &m.net.layers[k]
	s := newStates(len(drafts), n, arena)
	for i, d := range drafts {
		copy(s.before[i*n:(i+1)*n], d.states[2*k*n:])
		copy(s.cellBefore[i*n:(i+1)*n], d.states[(2*k+1)*n:])
	}
	l.input.Forward(len(drafts), x, n, m.params, s.gates)
	l.forward(s, m.params)
	for i, d := range drafts {
		row := after[i*len(d.states)+2*k*n:]
		copy(row, s.state[i*n:(i+1)*n])
		copy(row[n:], s.cell[i*n:(i+1)*n])
	}
	return s.state
}

// setLogits computes the logits of the drafts' next decisions from their states.
func (m *Model) setLogits(drafts []*draft, arena *nn.Arena) {
	n, width := m.net.hidden, m.net.out.Out
	pairs, reads := arena.Zeros(len(drafts)*2*n), arena.Take(len(drafts)*n)
	logits := make([]float32, len(drafts)*width)
	for i, d := range drafts {
		top := d.states[len(d.states)-2*n:][:n]
		d.anchors.enter(d.decision, top)
		if hasSource(d.decision.Kind) {
			copy(pairs[2*i*n:], d.anchors.of[d.decision.From])
		}
		copy(pairs[(2*i+1)*n:], top)
		d.logits = logits[i*width : (i+1)*width]
	}
	m.net.head(len(drafts), pairs, m.params, reads, logits)
}

// logProbs appends the log-probability of each allowed value of the next decision.
func (d *draft) logProbs(dst []float64, temperature float64) []float64 {
	if len(d.question.allowed) == 1 {
		return append(dst, 0)
	}
	return likelihood.LogSoftmax(dst, d.logits[d.question.column:], d.question.allowed, temperature)
}

// decide draws the next decision.
func (d *draft) decide(rng *rand.Rand, temperature float64) error {
	var buffer [16]float64
	logProbs := d.logProbs(buffer[:0], temperature)
	i := decode.Draw(rng, logProbs)
	return d.take(d.decision.Allowed[i], logProbs[i])
}

// take makes the next decision.
func (d *draft) take(value int, logProb float64) error {
	if err := d.Take(value, logProb); err != nil {
		return err
	}
	d.reader.answer(value)
	return nil
}

func (d *draft) clone() *draft {
	c := *d
	c.Hypothesis, c.anchors.of = d.Hypothesis.Clone(), slices.Clone(d.anchors.of)
	return &c
}
