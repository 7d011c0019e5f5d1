package evaluator

import (
	"context"
	"maps"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Costs computes additive figures, such as parameters, or the latency by a look-up table of operations. The figures are the
// metrics of its results, whose value is zero. It trains nothing, so it serves as rl.Config.Figures. To draw within a limit on
// such a figure, without rejections, restrict the space by searchspace.AtMost with the same Cost.
type Costs map[string]searchspace.Cost

var _ Evaluator = Costs{}

// Evaluate adds up the costs.
func (c Costs) Evaluate(_ context.Context, a searchspace.Arch) (Result, error) {
	r := Result{Metrics: make(map[string]float64, len(c))}
	for name, cost := range c {
		r.Metrics[name] = cost.Of(a)
	}
	return r, nil
}

// Joined asks several evaluators. The result is that of the first, with the metrics of all; of equal names those of the first
// that has it, and the sum of the costs. It fails as soon as one fails. With it, figures that are known before an evaluation
// may come from different sources.
type Joined []Evaluator

var _ Evaluator = Joined{}

// Evaluate asks the evaluators one after the other.
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
