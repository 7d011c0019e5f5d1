package preset

import (
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

// Pareto is this library's preset for several objectives and for limits. Set Config.Objectives,
// Limits and Figures:
//
//	method, config := preset.Pareto(model)
//	config.Objectives = []rl.Objective{rl.Maximize(""), rl.Minimize("latency")}
//	config.Limits = []rl.Limit{rl.AtMost("params", 1e6)}
//	config.Figures = figures // computes params, and possibly latency, without training
//
// The generator learns from the 15 best architectures by non-dominated rank and hypervolume
// contribution (rl.State.Top), weighted by rank; architectures beyond a limit are among them only
// while fewer than 15 are within. It is trained for 100 epochs, so that most of its draws are within the
// limits, and again only if these architectures change. The candidates for a group are 200 draws of
// the generator, the neighbors of the 20 best and 500 architectures from the whole space; in spaces
// that cannot be listed, neighbors of the ten preferred candidates join them, as in Ranked.
// [bayes.HypervolumeImprovement] chooses among those within the limits. Ten trials explore. Use a
// generator with gran.CausalForm.
func Pareto(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{
		Model: m, Exploration: rl.First(10), Learner: rl.Replay{Keep: 15, Epochs: 100, Lazy: true},
		Ranking: rl.Ranking{Ranker: bayes.HypervolumeImprovement{}, Samples: 200, Parents: 20, Scattered: 500, Refine: 10},
	}, rl.Config{Evaluations: 100}
}
