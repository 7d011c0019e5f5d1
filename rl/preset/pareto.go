package preset

import (
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

// Pareto is this library's preset for several objectives, and for limits. Set Config.Objectives, Limits and Figures:
//
//	method, config := preset.Pareto(model)
//	config.Objectives = []rl.Objective{rl.Maximize(""), rl.Minimize("latency")}
//	config.Limits = []rl.Limit{rl.AtMost("params", 1e6)}
//	config.Figures = figures // knows the parameters, and perhaps the latency, without training
//
// The generator learns from the fifteen best by non-dominated rank and hypervolume contribution (rl.State.Top), each weighted
// by its place, all of them within the limits as soon as there are fifteen. It draws 200 candidates for a group. The neighbors
// of the twenty best join them, and 500 architectures from anywhere in the space, as in Ranked. [bayes.HypervolumeImprovement]
// chooses among those that are within the limits. Ten trials explore. The generator to use it with is gran.CausalForm.
func Pareto(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{
		Model: m, Exploration: rl.First(10), Learner: rl.Replay{Keep: 15, Epochs: 30},
		Ranking: rl.Ranking{Ranker: bayes.HypervolumeImprovement{}, Samples: 200, Parents: 20, Scattered: 500},
	}, rl.Config{Evaluations: 100}
}
