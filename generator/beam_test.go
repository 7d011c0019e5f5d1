package generator_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func mostProbable(t require.TestingT, g generator.Model, k, width int) []generator.Scored {
	best, err := g.MostProbable(context.Background(), k, width)
	require.NoError(t, err)
	return best
}

// requireRanking checks that the architectures are distinct and legal, that each LogProb is the
// model's, and that they are in descending order.
func requireRanking(t require.TestingT, g generator.Model, best []generator.Scored) {
	seen := map[string]bool{}
	for i, b := range best {
		require.NoError(t, g.Space().Validate(b.Arch))
		require.False(t, seen[b.Arch.String()], "%v twice", b.Arch)
		seen[b.Arch.String()] = true
		require.InDelta(t, modeltest.LogProbs(t, g, b.Arch)[0], b.LogProb, 1e-4)
		if i > 0 {
			require.LessOrEqual(t, b.LogProb, best[i-1].LogProb)
		}
	}
}

// TestWideBeamIsTheRanking also checks that decision-by-decision passes, which sampling uses too,
// yield the same logits as passes over whole architectures.
func TestWideBeamIsTheRanking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.SmallSpace(t)
		g := anyModel(t, s, rapid.Uint64().Draw(t, "seed"))
		g = at(t, g, rapid.SampledFrom([]float64{0.2, 1, 2}).Draw(t, "temperature"))
		want := modeltest.LogProbs(t, g, modeltest.Enumerate(t, s)...)
		slices.Sort(want)
		slices.Reverse(want)

		best := mostProbable(t, g, len(want), len(want)+rapid.IntRange(0, 1).Draw(t, "too wide"))
		require.Len(t, best, len(want))
		requireRanking(t, g, best)
		for i := range want {
			require.InDelta(t, want[i], best[i].LogProb, 1e-4)
		}
	})
}

func TestNarrowBeam(t *testing.T) {
	for _, s := range modeltest.Benchmarks {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				for _, k := range []int{1, 10, 50} {
					best := mostProbable(t, g, k, 50)
					require.Len(t, best, k)
					requireRanking(t, g, best)
				}
			})
		}
	}
}

func TestBeamFindsWhatWasLearned(t *testing.T) {
	for _, s := range published() {
		for model, make := range models {
			g := make(t, s, 1)
			a := modeltest.Sample(t, g, 2, 1)[0]
			modeltest.Fit(t, g, 3, modeltest.Examples(1, a), generator.FitOptions{Epochs: 200, Loss: generator.LogLikelihood, LearningRate: 3e-3})
			best := mostProbable(t, g, 1, 5)
			assert.True(t, a.Equal(best[0].Arch), "%s: %v, not %v", model, best[0], a)
		}
	}
}

func TestInvalidBeams(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	for _, make := range models {
		g := make(t, searchspace.NASBench201{}, 1)
		for _, bad := range [][2]int{{0, 5}, {-1, 5}, {6, 5}, {1, 0}, {0, 0}} {
			_, err := g.MostProbable(context.Background(), bad[0], bad[1])
			assert.ErrorContains(t, err, "most probable", "%v", bad)
		}
		_, err := g.MostProbable(ctx, 1, 1)
		assert.ErrorIs(t, err, stop)
	}
}

func TestBeamOfASmallSpaceHasAllOfIt(t *testing.T) {
	g := newGRAN(t, modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 2}), little, 1)
	assert.Len(t, mostProbable(t, g, 100, 100), 2)
}
