package rl_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// countingModel is a recorder that draws uniformly and counts its draws.
type countingModel struct {
	*recorder
	uniform *explore.Uniform
	drawn   int
}

func (m *countingModel) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	m.drawn += n
	return m.uniform.Sample(ctx, rng, n)
}

// Because a model may take milliseconds for a draw, a small space is counted instead of sampled
// until nothing new is found.
func TestASmallSpaceIsSoonExhausted(t *testing.T) {
	space := madeSpace(t, searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "b", "c", "d"}})
	for name, method := range map[string]func(m *countingModel) rl.Reinforce{
		"sampled": func(m *countingModel) rl.Reinforce { return rl.Reinforce{Model: m} },
		"ranked": func(m *countingModel) rl.Reinforce {
			return rl.Reinforce{Model: m, Ranking: rl.Ranking{Ranker: judge(byEdges), Samples: 2000}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &countingModel{recorder: newRecorder(space), uniform: explore.NewUniformLabels(space)}
			h, err := mustRun(t, space, method(m), countEdges, rl.Config{Evaluations: 5000, Batch: 1000})
			require.NoError(t, err)
			assert.Equal(t, rl.StopExhausted, h.Stop)
			keys := map[string]bool{}
			for a, err := range searchspace.Enumerate(space.Start()) {
				require.NoError(t, err)
				keys[space.Key(a)] = true
			}
			assert.Len(t, h.Evaluations, len(keys))
			assert.Less(t, m.drawn, 9000)
		})
	}
}
