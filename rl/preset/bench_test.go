package preset_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkPropose measures a proposal of the library's preset for graphs of 64 nodes after 200
// evaluations: with the causal form of the generator, which it trains and draws from, with a network
// of the paper's sizes, and with uniform draws in its place, which leaves what the ranking costs.
func BenchmarkPropose(b *testing.B) {
	space, err := searchspace.NewRandWire(64)
	require.NoError(b, err)
	rng := rand.New(rand.NewPCG(1, 1))
	graphs, err := explore.NewWattsStrogatz(space, 4, 0.75)
	require.NoError(b, err)
	archs, err := graphs.Sample(context.Background(), rng, 200)
	require.NoError(b, err)
	causal, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rng)
	require.NoError(b, err)
	sizes := gran.Config{Form: gran.CausalForm, Hidden: 128, Layers: 7, Attention: 128}
	paper, err := gran.New(space, sizes, rng)
	require.NoError(b, err)
	for name, m := range map[string]generator.Model{"generator": causal, "paper's_sizes": paper, "uniform": newModel(space)} {
		method, _ := preset.Ranked(m)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := method.Propose(context.Background(), evaluatedState(b, space, archs), 1)
				require.NoError(b, err)
			}
		})
	}
}

// evaluatedState returns a state in which the architectures have been evaluated, with values that
// depend on their edges.
func evaluatedState(b *testing.B, space searchspace.Space, archs []searchspace.Arch) *rl.State {
	snapshot := rl.Snapshot{Left: 100}
	for i, a := range archs {
		t := rl.Trial{ID: i, Group: i, Arch: a, Key: space.Key(a)}
		value := 0.0
		for to := range 64 {
			for from := range to {
				if a.Part(0).HasEdge(from, to) {
					value += float64(to%7) / float64(1+to-from)
				}
			}
		}
		snapshot.Evaluations = append(snapshot.Evaluations, rl.Evaluation{Trial: t, Result: evaluator.Result{Value: value}})
	}
	snapshot.Group = len(archs)
	s, err := rl.NewState(space, snapshot)
	require.NoError(b, err)
	return s
}
