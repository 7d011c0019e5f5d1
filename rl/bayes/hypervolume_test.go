package bayes

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Scores preserve the order of figures, and the scale inverts them.
func TestAScaleTurnsScoresIntoFigures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]float64{1e-9, 1, 1e9}).Draw(t, "unit")
		figures := rapid.SliceOfN(rapid.Map(rapid.IntRange(-5, 5), func(i int) float64 { return unit * float64(i) }), 1, 20).Draw(t, "figures")
		scores := mixedScores(figures)
		s := newScale(scores, figures)
		for i := range figures {
			for j := range figures {
				require.Equal(t, figures[i] < figures[j], scores[i] < scores[j])
			}
			require.InDelta(t, figures[i], s.figure(scores[i]), 1e-9*unit)
			require.InDelta(t, scores[i], s.score(figures[i]), 1e-9)
		}
		last := math.Inf(-1)
		for z := -6.0; z < 6; z += 0.25 {
			require.GreaterOrEqual(t, s.figure(z), last)
			last = s.figure(z)
		}
	})
}

// Beyond the best figures, a scale rises with the mean slope of a quarter of them, even if the last ones
// hardly differ.
func TestAScaleDoesNotEndWhereFiguresAreDense(t *testing.T) {
	var scores, figures []float64
	for i := range 40 {
		scores, figures = append(scores, float64(i)), append(figures, float64(i))
	}
	for i := 34; i < 40; i++ {
		figures[i] = 34 + 0.001*float64(i)
	}
	s := newScale(scores, figures)
	assert.InDelta(t, figures[39]+2*(figures[39]-figures[29])/10, s.figure(41), 1e-9)
	assert.InDelta(t, -2, s.figure(-2), 1e-9)
	assert.InDelta(t, 5, newScale([]float64{0, 1}, []float64{3, 4}).figure(2), 1e-9, "fewer than five steps")
}

func TestQuasiNormalDrawsAreNormal(t *testing.T) {
	for dimensions := range 4 {
		nodes := quasiNormal(dimensions)
		for k := range dimensions {
			var x []float64
			for _, n := range nodes {
				x = append(x, n[k])
			}
			sum, squares := 0.0, 0.0
			for _, v := range x {
				sum, squares = sum+v, squares+v*v
			}
			assert.InDelta(t, 0, sum/quasiDraws, 0.08)
			assert.InDelta(t, 1, squares/quasiDraws, 0.12)
		}
	}
	assert.Len(t, quasiNormal(0), 1)
}

// trade is a search for many edges and few nodes "c"; countEdges returns the sum of both.
var trade = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	c := 0.0
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "c" {
			c++
		}
	}
	edges := float64(a.Part(0).NumEdges())
	return evaluator.Result{Value: edges - 0.3*c*(3-edges), Metrics: map[string]float64{"load": 1e9 * (edges + 1.5*c), "c": c}}, nil
})

// volume returns the mean hypervolume after some evaluations.
func volume(t *testing.T, m rl.Method, c rl.Config) float64 {
	c.Evaluations, c.Objectives = 24, []rl.Objective{rl.Maximize(""), rl.Minimize("load")}
	sum := 0.0
	const seeds = 4
	for seed := range uint64(seeds) {
		c.Seed = seed
		h, err := search(t, smallSpace(t), m, trade, c)
		require.NoError(t, err)
		volumes, err := h.Hypervolume([]float64{-4, 8e9})
		require.NoError(t, err)
		sum += volumes[len(volumes)-1] / seeds
	}
	return sum
}

// random proposes unknown architectures at random.
type random struct{}

func (random) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	c := s.NewCandidates()
	_, err := c.Explore(ctx, rl.SourceExplorer, nil, s.Rand(rl.ToPropose), n)
	return c.Trials(n), err
}

// Expected hypervolume improvement finds more than random draws, whether or not figures are known
// before evaluation.
func TestHypervolumeImprovement(t *testing.T) {
	known := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := trade(ctx, a)
		return evaluator.Result{Metrics: map[string]float64{"load": r.Metrics["load"]}}, err
	})
	for name, c := range map[string]rl.Config{
		"nothing known": {}, "known beforehand": {Figures: known}, "a limit on an objective": {Limits: []rl.Limit{rl.AtMost("load", 5e9)}},
	} {
		assert.Greater(t, volume(t, HypervolumeImprovement{}, c), volume(t, random{}, c), name)
	}
}

// A limit on a figure that is only known after an evaluation is learned: more evaluations are
// within it than with random draws.
func TestALimitIsLearned(t *testing.T) {
	within := func(m rl.Method) (n int) {
		for seed := range uint64(2) {
			h, err := search(t, smallSpace(t), m, trade, rl.Config{
				Seed: seed, Evaluations: 24, Lag: 3, Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("load")}, Limits: []rl.Limit{rl.AtLeast("c", 2)},
			})
			require.NoError(t, err)
			for _, e := range h.Evaluations {
				if h.Feasible(e) {
					n++
				}
			}
		}
		return n
	}
	assert.Greater(t, within(HypervolumeImprovement{}), within(random{}))
}

// With one objective, it is expected improvement.
func TestOneObjective(t *testing.T) {
	h, err := search(t, smallSpace(t), HypervolumeImprovement{}, countEdges, rl.Config{Evaluations: 40})
	require.NoError(t, err)
	best, ok := h.Best()
	require.True(t, ok)
	assert.Equal(t, 6.0, best.Result.Value)
}

// It handles figures that are all equal, and three objectives.
func TestHypervolumeImprovementWithLittleToLearnFrom(t *testing.T) {
	same := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Metrics: map[string]float64{"a": 0, "b": 7}}, nil
	})
	for _, objectives := range [][]rl.Objective{
		{rl.Maximize("a"), rl.Minimize("b")}, {rl.Maximize("a"), rl.Minimize("b"), rl.Minimize("")},
	} {
		h, err := search(t, smallSpace(t), HypervolumeImprovement{}, same, rl.Config{Evaluations: 20, Objectives: objectives})
		require.NoError(t, err)
		assert.Len(t, h.Front(), 20)
	}
}

func TestForecastsEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := rl.NewState(smallSpace(t), rl.Snapshot{Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: draws(t, smallSpace(t), 1, 1)[0]}}}})
	require.NoError(t, err)
	_, err = HypervolumeImprovement{}.Rank(ctx, s, draws(t, smallSpace(t), 2, 3), 1)
	assert.ErrorIs(t, err, context.Canceled)
}

// Edges that are on no path from the first node to the last do not affect the features of paths.
func TestFeaturesOfPaths(t *testing.T) {
	space := searchspace.NASBench201{}
	e := newEncoder(space)
	e.paths = true
	of := func(text string) features {
		a, err := space.Parse(text)
		require.NoError(t, err)
		return e.encode(a)
	}
	connected := of("|none~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|none~2|")
	direct := of("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
	other := of("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	assert.Zero(t, connected.decisionDistance(&direct))
	assert.Zero(t, connected.walkDistance(&direct))
	assert.Positive(t, connected.decisionDistance(&other))
	e.paths = false
	connected = of("|none~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|none~2|")
	direct = of("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
	assert.Positive(t, connected.decisionDistance(&direct))
	assert.True(t, slices.IsSortedFunc(direct.walks, func(a, b walkCount) int {
		if a.id < b.id {
			return -1
		}
		return 1
	}))
}
