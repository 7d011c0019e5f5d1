package methods

import (
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/preset"
)

// Several lists the methods that can be compared with several objectives, in the order of tables.
var Several = []tool.Named[New]{
	{Name: "pareto", Value: learning(newGRAN(gran.CausalForm), preset.Pareto)},
	{Name: "pareto-nogen", Value: withoutGenerator(preset.Pareto)},
	{Name: "improvement", Value: exploring(func(e Explorer) rl.Method { return bayes.HypervolumeImprovement{Explorer: e} })},
	{Name: "nsga2", Value: exploring(func(e Explorer) rl.Method { return baseline.NSGA2{Explorer: e} })},
	{Name: "nsga2-10", Value: exploring(func(e Explorer) rl.Method { return baseline.NSGA2{Population: 10, Explorer: e} })},
	{Name: "nsga2-40", Value: exploring(func(e Explorer) rl.Method { return baseline.NSGA2{Population: 40, Explorer: e} })},
	{Name: "evolution", Value: exploring(func(e Explorer) rl.Method { return baseline.RegularizedEvolution{Explorer: e} })},
	{Name: "local", Value: exploring(func(e Explorer) rl.Method { return baseline.LocalSearch{Explorer: e} })},
	{Name: "random", Value: exploring(func(e Explorer) rl.Method { return baseline.RandomSearch{Explorer: e} })},
}
