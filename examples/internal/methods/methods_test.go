package methods

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestTheDefaultBaseline(t *testing.T) {
	all, err := Contenders("local,random:3,evolution", 2)
	require.NoError(t, err)
	for _, c := range []struct {
		given  string
		all    []Contender
		chosen string
	}{{"", all, "random"}, {"evolution", all, "evolution"}, {"", all[2:], "evolution"}, {"", all[:1], "local"}} {
		name, err := Baseline("baseline", c.given, "random", c.all)
		require.NoError(t, err)
		assert.Equal(t, c.chosen, name)
	}
}

// Without its generator a preset explores the same architectures, and asks for as many others in its place.
func TestWithoutTheGenerator(t *testing.T) {
	space := searchspace.NASBench201{}
	explored := func(name string) (archs []string) {
		m, err := tool.Find(All, "method", name)
		require.NoError(t, err)
		method, config, err := m.Value(Task{Space: space})
		require.NoError(t, err)
		config.Seed = 3
		s, err := rl.New(space, method, config)
		require.NoError(t, err)
		for i := range 20 {
			trials, err := s.Ask(t.Context(), 1)
			require.NoError(t, err)
			archs = append(archs, space.Format(trials[0].Arch))
			require.NoError(t, s.Tell(trials[0], evaluator.Result{Value: float64(i % 7)}, nil))
		}
		return archs
	}
	assert.Equal(t, explored("ranked"), explored("ranked-nogen"))
}

// Half of the draws are the explorer's, which leaves out no edge of NAS-Bench-201.
func TestDrawsInPlaceOfAGenerator(t *testing.T) {
	space := searchspace.NASBench201{}
	method, _, err := withoutGenerator(preset.Ranked)(Task{Space: space})
	require.NoError(t, err)
	model := method.(rl.Reinforce).Model
	archs, err := model.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 1000)
	require.NoError(t, err)
	require.Len(t, archs, 1000)
	full := 0
	for _, a := range archs {
		require.NoError(t, space.Validate(a))
		if a.Part(0).NumEdges() == 6 {
			full++
		}
	}
	// A uniform draw has all six edges with probability 0.8⁶ = 0.26.
	assert.InDelta(t, 500+0.26*500, full, 80)
	assert.Equal(t, space, model.Space())
	report, err := model.Fit(t.Context(), nil, nil, generator.FitOptions{})
	require.NoError(t, err)
	assert.Zero(t, report)
	_, err = model.LogProb(t.Context(), archs)
	assert.Error(t, err)
	_, err = model.MostProbable(t.Context(), 1, 1)
	assert.Error(t, err)
	assert.Error(t, model.Save(io.Discard))
}

// Where the explorer's draws are always rejected, all draws are uniform.
func TestAnExplorerThatFindsNothing(t *testing.T) {
	space := searchspace.NASBench201{}
	s := scattered{space, rejected{}, explore.NewUniform(space)}
	archs, err := s.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 20)
	require.NoError(t, err)
	assert.Len(t, archs, 20)
	s.explorer = broken{}
	_, err = s.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 20)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

type rejected struct{}

func (rejected) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) {
	return nil, explore.ErrRejected
}

type broken struct{}

func (broken) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) {
	return nil, io.ErrUnexpectedEOF
}

// Variants of ranked differ from it in the generator alone, and a controller has its own optimizer's settings.
func TestVariantsOfRanked(t *testing.T) {
	space := searchspace.NASBench201{}
	made := func(name string) (rl.Reinforce, rl.Config) {
		m, err := tool.Find(All, "method", name)
		require.NoError(t, err)
		method, config, err := m.Value(Task{Space: space})
		require.NoError(t, err)
		return method.(rl.Reinforce), config
	}
	ranked, config := made("ranked")
	ranked.Exploration = nil
	assert.Equal(t, gran.CausalForm, ranked.Model.(*gran.Model).Config().Form, "the form that preset.Ranked recommends")
	lstmAlone, _ := made("lstm")
	for _, name := range []string{"ranked-paper", "ranked-lstm"} {
		variant, own := made(name)
		assert.Equal(t, config, own, name)
		if name == "ranked-paper" {
			assert.Equal(t, gran.PaperForm, variant.Model.(*gran.Model).Config().Form)
		} else {
			assert.IsType(t, &lstm.Model{}, variant.Model)
			learner := variant.Learner.(rl.Replay)
			assert.Equal(t, lstmAlone.Learner.(rl.Replay).Fit, learner.Fit)
			assert.NotZero(t, learner.Fit)
			learner.Fit = ranked.Learner.(rl.Replay).Fit
			variant.Learner = learner
		}
		variant.Model, variant.Exploration = ranked.Model, nil // functions cannot be compared
		assert.Equal(t, ranked, variant, name)
	}
}

// Methods without a generator begin with draws of the task's explorer.
func TestExplorersOfTasks(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|")
	require.NoError(t, err)
	for _, name := range []string{"process", "local", "evolution", "random"} {
		m, err := tool.Find(All, "method", name)
		require.NoError(t, err)
		method, config, err := m.Value(Task{Space: space, Explorer: single{a}})
		require.NoError(t, err)
		s, err := rl.New(space, method, config)
		require.NoError(t, err)
		trials, err := s.Ask(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, a, trials[0].Arch, name)
	}
}

// single draws the same architecture again and again.
type single struct{ arch searchspace.Arch }

func (s single) Sample(_ context.Context, _ *rand.Rand, n int) ([]searchspace.Arch, error) {
	return slices.Repeat([]searchspace.Arch{s.arch}, n), nil
}

// The first seed of all methods comes first, so that a comparison that is stopped has about as many seeds of each.
func TestTasks(t *testing.T) {
	all, err := Contenders("random:3,local", 1)
	require.NoError(t, err)
	var names []string
	for _, s := range Tasks(all, 5) {
		names = append(names, s.String())
	}
	assert.Equal(t, []string{"random, seed 5", "local, seed 5", "random, seed 6", "random, seed 7"}, names)
}
