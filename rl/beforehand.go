package rl

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// maxFigures limits how many architectures' figures are cached. When it is reached, the cache is
// emptied.
const maxFigures = 200_000

// beforehand computes and caches the figures of architectures that do not need an evaluation.
type beforehand struct {
	goals
	space     searchspace.Space
	evaluator evaluator.Evaluator

	mu       sync.Mutex
	known    map[string]estimate // by key
	giveUp   int                 // 10·giveUp failures before the first success end the search; negative means never
	failures int                 // before the first success
	broken   error               // set if the evaluator is broken
	nearest  error               // the refusal with the smallest excess
	least    float64             // the excess of nearest, relative to the bound
}

// estimate holds what is known about an architecture before its evaluation.
type estimate struct {
	metrics map[string]float64
	refusal error // set if the architecture must not be evaluated
}

// newBeforehand returns nil if there is no evaluator. If the evaluator fails for the first 10·giveUp
// architectures, it counts as broken, unless giveUp is negative.
func newBeforehand(space searchspace.Space, g goals, e evaluator.Evaluator, giveUp int) *beforehand {
	if e == nil {
		return nil
	}
	return &beforehand{goals: g, space: space, evaluator: e, giveUp: giveUp, known: map[string]estimate{}, least: math.Inf(1)}
}

// of returns the estimate of an architecture. If f is nil, the estimate is empty.
func (f *beforehand) of(ctx context.Context, key string, a searchspace.Arch) estimate {
	if f == nil {
		return estimate{}
	}
	f.mu.Lock()
	known, ok := f.known[key]
	f.mu.Unlock()
	if ok {
		return known
	}
	r, err := evaluator.Try(ctx, f.evaluator, a)
	out := estimate{metrics: r.Metrics}
	excess, computed := math.Inf(1), err == nil
	if computed {
		excess, err = f.judge(r.Metrics)
	}
	if err != nil {
		out.refusal = fmt.Errorf("architecture [%s]: %w", searchspace.Text(f.space, a), err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if errors.Is(err, evaluator.ErrBroken) || ctx.Err() != nil && err != nil {
		if f.broken == nil && ctx.Err() == nil {
			f.broken = fmt.Errorf("Config.Figures: %w", out.refusal)
		}
		return out
	}
	if computed {
		f.giveUp = -1
	} else if f.failures++; f.failures%10 == 0 && f.failures/10 == f.giveUp {
		f.broken = fmt.Errorf("Config.Figures failed for the first %d architectures (10·rl.Config.GiveUp); the last: %w", f.failures, out.refusal)
	}
	if len(f.known) >= maxFigures {
		clear(f.known)
	}
	f.known[key] = out
	if err != nil && (f.nearest == nil || excess < f.least) {
		f.nearest, f.least = out.refusal, excess
	}
	return out
}

// judge returns an error if a figure breaks a limit or is not finite, and the excess over the bound
// relative to the bound.
func (f *beforehand) judge(metrics map[string]float64) (float64, error) {
	for _, o := range f.objectives {
		if v, ok := metrics[o.Metric]; ok && !finite(v) {
			return math.Inf(1), fmt.Errorf("%w: %s is %v", evaluator.ErrNotFinite, o.Metric, v)
		}
	}
	for _, l := range f.limits {
		v, ok := metrics[l.Metric]
		if !ok {
			continue
		}
		if !finite(v) {
			return math.Inf(1), fmt.Errorf("%w: %s is %v", evaluator.ErrNotFinite, l.Metric, v)
		}
		if x := l.Excess(v); x > 0 {
			return x / max(math.Abs(l.Bound), 1e-300), fmt.Errorf("%w %v: %s is %v", ErrLimit, l, l.Metric, v)
		}
	}
	return 0, nil
}

// failed returns the error of a broken evaluator, or nil.
func (f *beforehand) failed() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.broken
}

// none returns an error if every architecture so far was refused.
func (f *beforehand) none() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.known {
		if e.refusal == nil {
			return nil
		}
	}
	if f.nearest == nil {
		return nil
	}
	if !errors.Is(f.nearest, ErrLimit) {
		return fmt.Errorf("%w: Config.Figures failed for all of %d architectures; one of them: %w", ErrInfeasible, len(f.known), f.nearest)
	}
	return fmt.Errorf("%w: tried %d architectures; the nearest: %w. Loosen the limit, or restrict the space to "+
		"architectures within it (searchspace.AtMost, searchspace.Listed)", ErrInfeasible, len(f.known), f.nearest)
}

// complete adds the figures that f knows beforehand to the metrics of a result. Metrics that the
// result already has stay. It returns an error if a figure is then missing or not finite.
func (g goals) complete(ctx context.Context, f *beforehand, t Trial, r evaluator.Result) (evaluator.Result, error) {
	known := f.of(ctx, t.Key, t.Arch)
	if len(known.metrics) > 0 {
		all := maps.Clone(known.metrics)
		maps.Copy(all, r.Metrics)
		r.Metrics = all
	}
	err := g.check(r)
	if errors.Is(err, ErrNoFigure) && known.metrics == nil && known.refusal != nil {
		err = fmt.Errorf("%w; Config.Figures failed: %w", err, known.refusal)
	}
	return r, err
}
