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

// forecaster makes forecasts of the figures of candidates and running trials.
type forecaster struct {
	state     *rl.State
	memories  []*memory // with and without the edges that are on no path
	succeeded []rl.Evaluation
	numbers   []int // indexes of the successful evaluations
	archs     []searchspace.Arch
	entries   [][]*entry // for each memory
	forecasts map[string]*forecast
}

// newAcquisition makes the forecasts for candidates, treating running trials as evaluated with
// their predicted figures.
func newAcquisition(ctx context.Context, s *rl.State, candidates []searchspace.Arch) (*acquisition, error) {
	whole, paths := remember(s, memoryKey{}), remember(s, memoryKey{paths: true})
	defer whole.turn.Unlock()
	defer paths.turn.Unlock()
	f := &forecaster{state: s, memories: []*memory{whole, paths}, forecasts: map[string]*forecast{}}
	for i, e := range whole.seen {
		if e.OK() && e.Budget == 0 {
			f.numbers, f.succeeded = append(f.numbers, i), append(f.succeeded, e)
		}
	}
	f.archs = append(f.archs, candidates...)
	for _, t := range s.Running() {
		f.archs = append(f.archs, t.Arch)
	}
	for _, m := range f.memories {
		f.entries = append(f.entries, m.measured(f.archs))
	}
	a, err := f.acquisition(ctx)
	if err != nil {
		return nil, err
	}
	if a.succeed, err = whole.chances(f.entries[0]); err != nil {
		return nil, err
	}
	for i := range s.Running() {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
		}
		a.imagine(len(candidates) + i)
	}
	return a, nil
}

// acquisition makes the forecasts for the search's objectives and limits, as if there were no running
// trials.
func (f *forecaster) acquisition(ctx context.Context) (*acquisition, error) {
	a := &acquisition{}
	unknown := 0
	for _, o := range f.state.Objectives() {
		of, err := f.of(ctx, o.Metric)
		if err != nil {
			return nil, err
		}
		goal := objective{forecast: of, sign: -1, place: -1}
		if o.Minimize {
			goal.sign = 1
		}
		if of.exact == nil {
			goal.place = unknown
			unknown++
		}
		a.objectives = append(a.objectives, goal)
	}
	for _, l := range f.state.Limits() {
		of, err := f.of(ctx, l.Metric)
		if err != nil {
			return nil, err
		}
		if of.exact == nil { // candidates are already within limits on known figures
			a.limits = append(a.limits, limit{of, l})
		}
	}
	a.point, a.nodes = make([]float64, len(a.objectives)), quasiNormal(unknown)
	f.setFront(a)
	return a, nil
}

// of returns the forecast of a figure. It is made once.
func (f *forecaster) of(ctx context.Context, metric string) (*forecast, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
	}
	if known, ok := f.forecasts[metric]; ok {
		return known, nil
	}
	out := &forecast{exact: f.known(metric)}
	if out.exact == nil {
		var err error
		if out, err = f.predict(metric); err != nil {
			return nil, fmt.Errorf("fitting a Gaussian process to %q of %d evaluations: %w", metric, len(f.succeeded), err)
		}
	}
	f.forecasts[metric] = out
	return out, nil
}

// predict fits processes to a figure, with and without the edges that are on no path, and predicts
// it.
func (f *forecaster) predict(metric string) (*forecast, error) {
	figures := make([]float64, len(f.succeeded))
	for i, e := range f.succeeded {
		if figures[i] = e.Result.Value; metric != "" {
			figures[i] = e.Result.Metrics[metric]
		}
	}
	scores := mixedScores(figures)
	var predictions []*prediction
	for i, m := range f.memories {
		seen := m.sampleOf(f.numbers, false)
		posteriors, err := cautiousGrid.fit(seen, scores, cautiousGrid.size())
		if err != nil {
			return nil, err
		}
		predictions = append(predictions, predictSkewed(seen, posteriors, f.entries[i]))
	}
	out := &forecast{prediction: newBlend(predictions), scale: newScale(scores, figures)}
	out.noise = out.prediction.noiseVariance()
	return out, nil
}

// known returns the figures of all candidates if they are known before evaluation, and nil
// otherwise.
func (f *forecaster) known(metric string) []float64 {
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

// setFront sets the front of the evaluations. Its reference is a tenth of the range beyond the
// worst figure so far, or the limit on the objective if that is closer.
func (f *forecaster) setFront(a *acquisition) {
	low, high := make([]float64, len(a.objectives)), make([]float64, len(a.objectives))
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
				high[k] = min(high[k], a.objectives[k].sign*l.Bound+span*1e-6)
			}
		}
	}
	a.feasible, a.front = len(points) > 0, pareto.NewStaircase(points, high)
}

// quasiDraws is the number of quasi-random draws that an expectation is averaged over.
const quasiDraws = 64

// quasiNormal returns quasiDraws evenly spread draws of independent standard normal variables: the
// additive recurrence with powers of the inverse of a generalized golden ratio (Roberts 2018),
// mapped through the normal quantile function.
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
