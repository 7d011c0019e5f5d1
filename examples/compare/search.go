package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// search runs one seed of a method. Its seconds are without those spent on looking into the generator.
func (b *bench) search(ctx context.Context, m named[newSearcher], seed uint64, p *progress) (record, error) {
	eval, err := b.table.Evaluator(b.valid, b.test)
	if err != nil {
		return record{}, err
	}
	line := p.begin(fmt.Sprintf("%s seed %d", m.name, seed))
	defer line.end()
	preset, err := find(presets, "preset", b.preset)
	if err != nil {
		return record{}, err
	}
	config := preset.value()
	config.Seed, config.Evaluations = seed, b.evals
	look := &onlooker{bench: b, ctx: ctx, seed: seed}
	config.OnRound = func(h *rl.History) error {
		line.reached(len(h.Evaluations))
		return look.round(h)
	}
	begin := time.Now()
	searcher, model, err := m.value(b.table.Space(), eval, config)
	if err != nil {
		return record{}, err
	}
	look.model = model
	history, err := searcher.Run(ctx)
	if err != nil {
		return record{}, fmt.Errorf("after %d evaluations: %w", len(history.Evaluations), err)
	}
	r := record{Method: m.name, Seed: seed, Seconds: (time.Since(begin) - look.spent).Seconds(), setting: b.setting()}
	if err := look.measure(len(history.Evaluations)); err != nil {
		return record{}, err
	}
	r.Mass = look.mass
	if err := r.read(history, b.table.Space()); err != nil {
		return record{}, err
	}
	line.finish(fmt.Sprintf("best %s %.3f after %d evaluations, %.1f s", b.valid, r.Valid, len(history.Evaluations), r.Seconds))
	return r, nil
}

// read takes from a history what a comparison needs of it.
func (r *record) read(h *rl.History, space searchspace.Space) error {
	best, _ := h.Best() // a search without error has one; of equal ones it is the first
	r.Valid, r.Test = best.Result.Value, best.Result.Value
	r.Arch = fmt.Sprint(best.Arch)
	if n, ok := space.(searchspace.Notation); ok {
		r.Arch = n.Format(best.Arch)
	}
	if r.setting.Test != r.setting.Valid {
		test, ok := best.Result.Metrics[r.setting.Test]
		if !ok {
			return fmt.Errorf("the table has no %s of %s", r.setting.Test, r.Arch)
		}
		r.Test = test
	}
	for _, e := range h.Evaluations {
		if e.Err == nil && (len(r.Better) == 0 || e.Result.Value > r.Better[len(r.Better)-1].Value) {
			r.Better = append(r.Better, point{e.Index + 1, e.Result.Value})
		}
	}
	for n := 10; n <= r.Evals; n += 10 {
		r.BestValid = append(r.BestValid, r.bestAfter(n))
	}
	return nil
}

// bestAfter is the best value after n evaluations; before anything succeeded, the first that did.
func (r *record) bestAfter(n int) float64 {
	best := r.Better[0].Value
	for _, p := range r.Better {
		if p.Evals <= n {
			best = p.Value
		}
	}
	return best
}

// onlooker looks into the learning generator from time to time.
type onlooker struct {
	*bench
	ctx   context.Context
	seed  uint64
	model generator.Model // nil: nothing learns
	mass  []point
	spent time.Duration
}

// A look every lookEvery evaluations or more draws lookSamples architectures.
const (
	lookEvery   = 5
	lookSamples = 256
)

// round looks at a generator that was trained before the round's evaluations.
func (l *onlooker) round(h *rl.History) error {
	last := h.Rounds[len(h.Rounds)-1]
	learned := len(h.Evaluations) - len(last.Drawn)
	if last.Fit.Steps == 0 || len(l.mass) > 0 && learned < l.mass[len(l.mass)-1].Evals+lookEvery {
		return nil
	}
	return l.measure(learned)
}

// measure estimates how much of the distribution lies on the top 1 %, by sampling: that serves every space.
func (l *onlooker) measure(learned int) error {
	if l.model == nil {
		return nil
	}
	begin := time.Now()
	rng := rand.New(rand.NewPCG(l.seed, uint64(learned)))
	archs, err := l.model.Sample(l.ctx, rng, lookSamples)
	if err != nil {
		return fmt.Errorf("looking into the generator: %w", err)
	}
	top := 0
	for _, a := range archs {
		v, err := l.table.Value(a, l.valid)
		if err != nil && !errors.Is(err, nasbench.ErrNotRecorded) {
			return err
		}
		if err == nil && v >= l.top {
			top++
		}
	}
	l.mass = append(l.mass, point{learned, float64(top) / float64(len(archs))})
	l.spent += time.Since(begin)
	return nil
}

// percentile of the table's recorded values in a column.
func (b *bench) percentile(column string, percent float64) (float64, error) {
	if _, _, err := b.table.Best(column); err != nil {
		return 0, err
	}
	var values []float64
	for a := range b.table.Archs() {
		if v, err := b.table.Value(a, column); err == nil {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return stat.Quantile(percent/100, stat.Empirical, values, nil), nil
}
