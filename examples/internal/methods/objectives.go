package methods

import (
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/preset"
)

// Several are the methods that can be compared by several objectives, in the order of tables.
var Several = []Named[New]{
	{"pareto", learning(newGRAN(gran.CausalForm), preset.Pareto)},
	{"pareto-nogen", withoutGenerator(preset.Pareto)},
	{"improvement", exploring(func(e Explorer) rl.Method { return bayes.HypervolumeImprovement{Explorer: e} })},
	{"nsga2", exploring(func(e Explorer) rl.Method { return baseline.NSGA2{Explorer: e} })},
	{"nsga2-10", exploring(func(e Explorer) rl.Method { return baseline.NSGA2{Population: 10, Explorer: e} })},
	{"nsga2-40", exploring(func(e Explorer) rl.Method { return baseline.NSGA2{Population: 40, Explorer: e} })},
	{"evolution", exploring(func(e Explorer) rl.Method { return baseline.RegularizedEvolution{Explorer: e} })},
	{"local", exploring(func(e Explorer) rl.Method { return baseline.LocalSearch{Explorer: e} })},
	{"random", exploring(func(e Explorer) rl.Method { return baseline.RandomSearch{Explorer: e} })},
}
