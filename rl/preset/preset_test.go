package preset_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// model draws uniformly and does not learn, so that a search takes no time.
type model struct {
	*explore.Uniform
	space searchspace.Space
	fits  int
}

func newModel(space searchspace.Space) *model {
	return &model{Uniform: explore.NewUniform(space), space: space}
}

var errNoModel = errors.New("a model for tests has no probabilities")

func (m *model) Space() searchspace.Space { return m.space }
func (m *model) LogProb(context.Context, []searchspace.Arch) ([]float64, error) {
	return nil, errNoModel
}
func (m *model) Fit(context.Context, *rand.Rand, []generator.Example, generator.FitOptions) (generator.FitReport, error) {
	m.fits++
	return generator.FitReport{Steps: 1}, nil
}
func (m *model) Reset(*rand.Rand) {}
func (m *model) MostProbable(context.Context, int, int) ([]generator.Scored, error) {
	return nil, errNoModel
}
func (m *model) Save(io.Writer) error { return nil }

// countEdges needs no training.
var countEdges = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
})

// presets maps each preset to the number of trials that explore in a sequential search.
var presets = map[string]struct {
	make     func(generator.Model) (rl.Reinforce, rl.Config)
	explores int
}{
	"CIFAR10":     {preset.CIFAR10, 30},
	"CIFAR100":    {preset.CIFAR100, 15},
	"ImageNet16":  {preset.ImageNet16, 10},
	"NASBench101": {preset.NASBench101, 30},
	"LSTM":        {preset.LSTM, 30},
	"Ranked":      {preset.Ranked, 20},
	"Pareto":      {preset.Pareto, 10},
}

func run(t *testing.T, space searchspace.Space, m rl.Method, c rl.Config) *rl.History {
	t.Helper()
	s, err := rl.New(space, m, c)
	require.NoError(t, err)
	h, err := s.Run(context.Background(), countEdges)
	require.NoError(t, err)
	return h
}

// A preset does not explore longer than necessary, regardless of Lag and Batch.
func TestNumberOfExploringTrials(t *testing.T) {
	space := searchspace.NASBench201{}
	for name, p := range presets {
		t.Run(name, func(t *testing.T) {
			for _, c := range []rl.Config{{Lag: 1, Batch: 1}, {Lag: 1, Batch: 10}, {Lag: 7, Batch: 3}, {Lag: 22, Batch: 1}, {Lag: 46, Batch: 4}, {Workers: 16, Batch: 1}} {
				r, config := p.make(newModel(space))
				if r.Ranking.Ranker != nil {
					if race.Enabled && c.Lag != 46 {
						continue
					}
					r.Ranking.Samples, r.Ranking.Parents, r.Ranking.Scattered = 10, 1, 10 // sufficient for counting
				}
				config.Lag, config.Batch, config.Workers, config.Evaluations = c.Lag, c.Batch, c.Workers, 70
				s, err := rl.New(space, r, config)
				require.NoError(t, err)
				h, err := s.Run(t.Context(), countEdges)
				require.NoError(t, err)
				require.Len(t, h.Evaluations, 70)
				explored := 0
				for _, e := range h.Evaluations {
					if e.Source == rl.SourceExplorer {
						explored++
					}
				}
				blind := 0 // trials of groups that see no result
				for blind < s.Config().LagAt(blind) {
					blind += c.Batch
				}
				assert.LessOrEqual(t, explored, max(p.explores, blind), "%+v", c)
				assert.GreaterOrEqual(t, explored, p.explores, "%+v", c)
			}
		})
	}
}

func TestGroupsOfPresets(t *testing.T) {
	space := searchspace.NASBench201{}
	for name, p := range presets {
		m := newModel(space)
		r, c := p.make(m)
		assert.NoError(t, r.Validate(), name)
		assert.Same(t, m, r.Model, name)
		assert.False(t, r.Learner.OnPolicy(), name)
		assert.Zero(t, c.Workers, name)
		assert.Zero(t, c.Lag, name)
		evaluations, batch := 100, 0
		if name == "NASBench101" {
			evaluations, batch = 150, 10
		}
		assert.Equal(t, evaluations, c.Evaluations, name)
		assert.Equal(t, batch, c.Batch, name)
	}
	m := newModel(space)
	r, c := preset.CIFAR10(m)
	h := run(t, space, r, c)
	assert.Len(t, h.Evaluations, 100)
	assert.Equal(t, 71, m.fits, "before each of 70 trials, and at the end")
	m = newModel(space)
	r, c = preset.NASBench101(m)
	h = run(t, space, r, c)
	assert.Len(t, h.Evaluations, 150)
	assert.Len(t, h.Groups, 15)
	assert.Equal(t, 13, m.fits)
}

// The histories of the paper's presets with a model that draws uniformly. They depend on the
// streams of random numbers, which must not change between versions.
func TestHistoriesOfThePapersPresets(t *testing.T) {
	for name, want := range map[string]string{
		"CIFAR10":     "ad427b72a943920d",
		"CIFAR100":    "300f436be6fc8d56",
		"ImageNet16":  "9869b72acb244d95",
		"NASBench101": "cac51ccaf4efac62",
	} {
		var space searchspace.Space = searchspace.NASBench201{}
		if name == "NASBench101" {
			space = searchspace.NASBench101{}
		}
		r, c := presets[name].make(newModel(space))
		c.Seed = 1
		h := run(t, space, r, c)
		sum := sha256.New()
		for _, e := range h.Evaluations {
			fmt.Fprintln(sum, e.ID, e.Group, e.Source, e.Arch, e.Result.Value)
		}
		assert.Equal(t, want, hex.EncodeToString(sum.Sum(nil)[:8]), name)
	}
}

// The training of Ranked depends on the generator: its default network for graphs of many nodes
// learns faster, and draws fewer candidates.
func TestTrainingOfRanked(t *testing.T) {
	wirings, err := searchspace.NewRandWire(4, 25)
	require.NoError(t, err)
	small, err := searchspace.NewRandWire(24)
	require.NoError(t, err)
	causal := gran.Config{Form: gran.CausalForm}
	deep, narrow := causal, causal
	deep.Layers, narrow.Layers, narrow.Hidden = 4, 2, 8
	type settings struct {
		epochs, samples int
		rate            float64
	}
	usual, fast := settings{30, 500, 0}, settings{15, 200, 4e-3}
	for name, test := range map[string]struct {
		space  searchspace.Space
		config gran.Config
		want   settings
	}{
		"large":                  {wirings, causal, fast},
		"large, two layers":      {wirings, narrow, fast},
		"large, four layers":     {wirings, deep, usual},
		"large, paper's form":    {wirings, gran.Config{Layers: 3}, usual},
		"24 nodes":               {small, causal, usual},
		"24 nodes, two layers":   {small, narrow, usual},
		"NAS-Bench-201":          {searchspace.NASBench201{}, causal, usual},
		"NAS-Bench-101, shallow": {searchspace.NASBench101{}, narrow, usual},
	} {
		m, err := gran.New(test.space, test.config, rand.New(rand.NewPCG(1, 1)))
		require.NoError(t, err)
		method, _ := preset.Ranked(m)
		learner := method.Learner.(rl.Replay)
		assert.Equal(t, test.want, settings{learner.Epochs, method.Ranking.Samples, learner.Fit.LearningRate}, name)
		assert.Equal(t, rl.Replay{Keep: 15, Epochs: learner.Epochs, Lazy: true, Fit: generator.FitOptions{LearningRate: test.want.rate}}, learner, name)
		assert.NoError(t, method.Validate(), name)
	}
	method, _ := preset.Ranked(newModel(wirings))
	assert.Equal(t, rl.Replay{Keep: 15, Epochs: 30, Lazy: true}, method.Learner, "another generator")
	assert.Equal(t, 500, method.Ranking.Samples)
}

// The presets work with the models that they are designed for.
func TestPresetsWithTheirModels(t *testing.T) {
	space := searchspace.NASBench201{}
	small, err := gran.New(space, gran.Config{Layers: 1, Attention: 8, Components: 2}, rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	recurrent, err := lstm.New(space, lstm.Config{Hidden: 8}, rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		make  func(generator.Model) (rl.Reinforce, rl.Config)
		model generator.Model
	}{"ImageNet16": {preset.ImageNet16, small}, "Ranked": {preset.Ranked, small}, "LSTM": {preset.LSTM, recurrent}} {
		r, c := test.make(test.model)
		r.Exploration = rl.First(8)
		c.Seed, c.Evaluations, c.Lag = 2, 12, 3
		h := run(t, space, r, c)
		assert.Len(t, h.Evaluations, 12, name)
		assert.Empty(t, h.Repeats, name)
	}
}
