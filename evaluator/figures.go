package evaluator

import (
	"context"
	"maps"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Costs is an Evaluator that computes additive figures of an architecture, such as its number of parameters, or its latency
// from a table of operations. The key is the name of the metric. Results have these metrics and the value zero. Costs trains
// nothing, so it can be used as rl.Config.Figures. To sample only architectures within a limit on such a figure, restrict the
// space with searchspace.AtMost and the same Cost.
type Costs map[string]searchspace.Cost

var _ Evaluator = Costs{}

// Evaluate returns the architecture's costs as metrics.
func (c Costs) Evaluate(_ context.Context, a searchspace.Arch) (Result, error) {
	r := Result{Metrics: make(map[string]float64, len(c))}
	for name, cost := range c {
		r.Metrics[name] = cost.Of(a)
	}
	return r, nil
}

// Joined is an Evaluator that merges the results of several, such as figures from different sources. Its result is that of the
// first evaluator, with the metrics of all and the sum of their costs. If several evaluators return a metric of the same name,
// the first one's is kept. Joined fails as soon as one of them fails.
type Joined []Evaluator

var _ Evaluator = Joined{}

// Evaluate calls the evaluators one after the other.
func (j Joined) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	if len(j) == 0 {
		return Result{}, errNoEvaluator
	}
	var all Result
	for i, e := range j {
		r, err := Try(ctx, e, a)
		if err != nil {
			return Result{}, err
		}
		if i == 0 {
			all, all.Metrics = r, maps.Clone(r.Metrics)
			continue
		}
		all.Cost += r.Cost
		for name, v := range r.Metrics {
			if _, ok := all.Metrics[name]; ok {
				continue
			}
			if all.Metrics == nil {
				all.Metrics = map[string]float64{}
			}
			all.Metrics[name] = v
		}
	}
	return all, nil
}
