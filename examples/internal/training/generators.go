package training

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Generator is a generator that a tool trains.
type Generator struct {
	New func(searchspace.Space, *rand.Rand) (generator.Model, error)
	// Learner trains it on the best architectures, with settings that suit it.
	Learner rl.Learner
}

// generators are the values of the flag -generators.
var generators = []tool.Named[Generator]{
	{Name: "graph", Value: Generator{New: newGraph, Learner: rl.Replay{}}},
	{Name: "lstm", Value: Generator{New: newLSTM, Learner: lstmLearner()}},
}

// newGraph returns a graph generator in the causal form, which learns from graphs of many nodes in seconds.
func newGraph(space searchspace.Space, rng *rand.Rand) (generator.Model, error) {
	return gran.New(space, gran.Config{Form: gran.CausalForm}, rng)
}

// newLSTM returns ENAS's recurrent controller.
func newLSTM(space searchspace.Space, rng *rand.Rand) (generator.Model, error) {
	return lstm.New(space, lstm.Config{}, rng)
}

func lstmLearner() rl.Learner {
	method, _ := preset.LSTM(nil)
	return method.Learner
}

// Generators returns the generators that the flag -generators lists.
func Generators(list string) ([]tool.Named[Generator], error) {
	var all []tool.Named[Generator]
	for name := range strings.SplitSeq(list, ",") {
		g, err := tool.Find(generators, "generator", name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(other tool.Named[Generator]) bool { return other.Name == name }) {
			return nil, program.Usagef("-generators names %s twice", name)
		}
		all = append(all, g)
	}
	return all, nil
}
