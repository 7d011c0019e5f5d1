package bayes

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The slope relates two objectives and is zero if they are not related.
func TestSlopesAreReducedByTheirUncertainty(t *testing.T) {
	assert.Equal(t, otherSlope, certainSlope(nil, nil), "before anything is known")
	mean := func(related float64, n int) (sum float64) {
		const seeds = 200
		for seed := range uint64(seeds) {
			rng := rand.New(rand.NewPCG(seed, 1))
			z, scores := make([]float64, n), make([]float64, n)
			for i := range z {
				z[i] = rng.NormFloat64()
				scores[i] = related*z[i] + 0.3*rng.NormFloat64()
			}
			slope := certainSlope(z, scores)
			require.GreaterOrEqual(t, slope, 0.0)
			sum += slope / seeds
		}
		return sum
	}
	assert.InDelta(t, 0.9, mean(0.9, 100), 0.1)
	assert.Less(t, mean(0, 100), 0.02)
	assert.Zero(t, mean(-0.9, 100), "objectives that contradict each other are not used")
	assert.Less(t, mean(0.9, 5), mean(0.9, 100), "few evaluations are not certain")
}

// uneven prefers convolutions at some edges and skip connections at others. A search takes longer
// to find this than to find the number of convolutions.
func uneven(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	g := a.Part(0)
	value := 0.0
	for node := range g.Len() {
		for from := range node {
			switch op := g.EdgeOp(from, node); {
			case op == "nor_conv_3x3" && (node+from)%2 == 0, op == "skip_connect" && (node+from)%2 == 1:
				value += float64(node)
			case op == "none":
				value--
			}
		}
	}
	return evaluator.Result{Value: value}, nil
}

// A search that starts from a related objective finds the best sooner than one that starts without
// past evaluations. One that starts from noise takes at most half as long again.
func TestRelatedObjectivesSpeedUpSearches(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	space := searchspace.NASBench201{}
	related, noise := []evaluator.Outcome{}, []evaluator.Outcome{}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, a := range draws(t, space, 5, 60) {
		r, err := uneven(t.Context(), a)
		require.NoError(t, err)
		related = append(related, evaluator.Outcome{Arch: a, Result: evaluator.Result{Value: 100 + r.Value*r.Value*r.Value + rng.NormFloat64()}})
		noise = append(noise, evaluator.Outcome{Arch: a, Result: evaluator.Result{Value: rng.NormFloat64()}})
	}
	until := func(past []evaluator.Outcome) (sum int) {
		for seed := range uint64(2) {
			c := rl.Config{Seed: seed, Evaluations: 40}
			if past != nil {
				c.Past = []rl.Past{{Name: "other", Results: past, OtherObjective: true}}
			}
			h, err := search(t, space, ModelAverage{}, evaluator.Func(uneven), c)
			require.NoError(t, err)
			best, _ := h.Best()
			for i, e := range h.Evaluations {
				if e.Result.Value == best.Result.Value {
					sum += i + 1
					break
				}
			}
			assert.Equal(t, 14.0, best.Result.Value, "the best, found in every search")
		}
		return sum
	}
	cold := until(nil)
	warm, misled := until(related), until(noise)
	t.Logf("evaluations until the best in two searches: cold %d, after a related one %d, after noise %d", cold, warm, misled)
	assert.Less(t, warm, cold)
	assert.Less(t, misled, cold*3/2)
}
