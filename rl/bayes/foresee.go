package bayes

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/pareto"
	"github.com/graphpnas/graphpnas/searchspace"
)

// foresight makes forecasts of the figures of candidates and of what is running.
type foresight struct {
	state     *rl.State
	memory    *memory
	succeeded []rl.Evaluation
	numbers   []int // of those that succeeded, among all evaluations
	archs     []searchspace.Arch
	entries   []*entry
	forecasts map[string]*forecast
}

// foresee predicts the figures of candidates, with what is running imagined.
func foresee(ctx context.Context, s *rl.State, candidates []searchspace.Arch) (*vision, error) {
	m := remember(s)
	defer m.turn.Unlock()
	f := &foresight{state: s, memory: m, forecasts: map[string]*forecast{}}
	for i, e := range m.seen {
		if e.OK() && e.Budget == 0 {
			f.numbers, f.succeeded = append(f.numbers, i), append(f.succeeded, e)
		}
	}
	f.archs = append(f.archs, candidates...)
	for _, t := range s.Running() {
		f.archs = append(f.archs, t.Arch)
	}
	f.entries = m.measured(f.archs)
	v, err := f.vision(ctx)
	if err != nil {
		return nil, err
	}
	if v.succeed, err = m.chances(f.entries); err != nil {
		return nil, err
	}
	for i := range s.Running() {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
		}
		v.imagine(len(candidates) + i)
	}
	return v, nil
}

// vision makes the forecasts that the search's objectives and limits need.
func (f *foresight) vision(ctx context.Context) (*vision, error) {
	v := &vision{}
	unknown := 0
	for _, o := range f.state.Objectives() {
		of, err := f.of(ctx, o.Metric)
		if err != nil {
			return nil, err
		}
		a := aim{forecast: of, sign: -1, place: -1}
		if o.Minimize {
			a.sign = 1
		}
		if of.exact == nil {
			a.place = unknown
			unknown++
		}
		v.objectives = append(v.objectives, a)
	}
	for _, l := range f.state.Limits() {
		of, err := f.of(ctx, l.Metric)
		if err != nil {
			return nil, err
		}
		if of.exact == nil { // what is known beforehand is within the limits
			v.limits = append(v.limits, bound{of, l})
		}
	}
	v.point, v.nodes = make([]float64, len(v.objectives)), quasiNormal(unknown)
	f.setFront(v)
	return v, nil
}

// of returns the forecast of a figure, made once.
func (f *foresight) of(ctx context.Context, metric string) (*forecast, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
	}
	if known, ok := f.forecasts[metric]; ok {
		return known, nil
	}
	out := &forecast{exact: f.known(metric)}
	if out.exact == nil {
		figures := make([]float64, len(f.succeeded))
		for i, e := range f.succeeded {
			if figures[i] = e.Result.Value; metric != "" {
				figures[i] = e.Result.Metrics[metric]
			}
		}
		scores := normalScores(figures)
		seen := f.memory.sampleOf(f.numbers, false)
		posteriors, err := fullGrid.fit(seen, scores, averaged.models)
		if err != nil {
			return nil, fmt.Errorf("fitting a Gaussian process to %q of %d evaluations: %w", metric, len(figures), err)
		}
		out.prediction, out.scale = predict(seen, posteriors, f.entries), newScale(scores, figures)
		out.noise = out.prediction.doubt()
	}
	f.forecasts[metric] = out
	return out, nil
}

// known returns the figures of all candidates if they are known beforehand, else nil.
func (f *foresight) known(metric string) []float64 {
	if metric == "" {
		return nil
	}
	figures := make([]float64, len(f.archs))
	for i, a := range f.archs {
		v, ok := f.state.Figures(a)[metric]
		if !ok {
			return nil
		}
		figures[i] = v
	}
	return figures
}

// setFront sets the front of what was evaluated. Its reference is a tenth of the range beyond the worst that was seen, or the
// limit on the objective if that is nearer.
func (f *foresight) setFront(v *vision) {
	low, high := make([]float64, len(v.objectives)), make([]float64, len(v.objectives))
	for k := range low {
		low[k], high[k] = math.Inf(1), math.Inf(-1)
	}
	var points [][]float64
	for _, e := range f.succeeded {
		p := f.state.Point(e)
		for k, x := range p {
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
		if f.state.Feasible(e) {
			points = append(points, p)
		}
	}
	for k, o := range f.state.Objectives() {
		span := high[k] - low[k]
		if span == 0 {
			span = max(1e-9, math.Abs(high[k]))
		}
		high[k] += span / 10
		for _, l := range f.state.Limits() {
			if l.Metric == o.Metric && l.AtLeast != o.Minimize {
				high[k] = min(high[k], v.objectives[k].sign*l.Bound+span*1e-6)
			}
		}
	}
	v.feasible, v.front = len(points) > 0, pareto.NewStaircase(points, high)
}

// quasiDraws is how many quasi-random draws an expectation is the mean of.
const quasiDraws = 64

// quasiNormal returns quasiDraws draws of independent standard normal variables, spread evenly: the additive recurrence with the powers of
// the inverse of a generalized golden ratio (Roberts 2018), through the normal quantile.
func quasiNormal(dimensions int) [][]float64 {
	if dimensions == 0 {
		return [][]float64{nil}
	}
	ratio := 2.0
	for range 60 { // the root of x^(d+1) = x + 1
		ratio = math.Pow(1+ratio, 1/float64(dimensions+1))
	}
	nodes := make([][]float64, quasiDraws)
	for i := range nodes {
		nodes[i] = make([]float64, dimensions)
		for k := range nodes[i] {
			_, u := math.Modf(0.5 + float64(i+1)*math.Pow(ratio, -float64(k+1)))
			nodes[i][k] = distuv.UnitNormal.Quantile(u)
		}
	}
	return nodes
}
