package predictor

import (
	"bytes"
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// processOf calls TrainProcess, which must succeed.
func processOf(t require.TestingT, s searchspace.Space, data []Example, c ProcessConfig) *Predictor {
	p, err := TrainProcess(context.Background(), s, data, c)
	require.NoError(t, err)
	return p
}

// twoFeatures is a user-defined Features.
func twoFeatures(a searchspace.Arch) []float64 { return []float64{edges(a), float64(a.Part(0).Len())} }

// TestProcessLearnsFromFewNoisyValues uses an objective that depends on the whole wiring, and half of whose variance is noise.
func TestProcessLearnsFromFewNoisyValues(t *testing.T) {
	s := space(t, searchspace.Part{Name: "wiring", MaxNodes: 10})
	rng := newRand(1)
	var data []Example
	for _, a := range randomArchs(t, s, rng, 300) {
		data = append(data, Example{a, newFlow(a.Part(0)).paths})
	}
	noisy := make([]Example, 150)
	for i, x := range data[:150] {
		noisy[i] = Example{x.Arch, x.Value + rng.NormFloat64()}
	}
	tau, rho := accuracy(t, processOf(t, s, noisy, ProcessConfig{}), data[150:])
	t.Logf("tau %.3f, rho %.3f", tau, rho)
	assert.Greater(t, tau, 0.7)
}

func TestProcessWithUserDefinedFeatures(t *testing.T) {
	s := searchspace.NASBench101{}
	data := examplesOf(randomArchs(t, s, newRand(1), 200), edges)
	tau, _ := accuracy(t, processOf(t, s, data[:100], ProcessConfig{Features: twoFeatures}), data[100:])
	assert.Greater(t, tau, 0.95)
	blind := processOf(t, s, data[:100], ProcessConfig{Features: func(searchspace.Arch) []float64 { return []float64{7} }})
	values := predict(t, blind, data[0].Arch, data[1].Arch)
	assert.Equal(t, values[0], values[1])
}

func TestSaveAndLoadProcess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, rng := anySpace(t), newRand(rapid.Uint64().Draw(t, "seed"))
		var own Features
		if rapid.Bool().Draw(t, "own features") {
			own = twoFeatures
		}
		data := examplesOf(randomArchs(t, s, rng, rapid.IntRange(1, 20).Draw(t, "examples")), func(searchspace.Arch) float64 {
			return rng.NormFloat64()
		})
		p := processOf(t, s, data, ProcessConfig{Features: own})
		file := save(t, p)
		loaded, err := LoadWith(bytes.NewReader(file), s, own)
		require.NoError(t, err)
		archs := randomArchs(t, s, rng, 10)
		require.Equal(t, predict(t, p, archs...), predict(t, loaded, archs...), "identical values")
		require.Equal(t, file, save(t, loaded))
		other := Features(twoFeatures)
		if own != nil {
			other = nil
		}
		_, err = LoadWith(bytes.NewReader(file), s, other)
		require.ErrorContains(t, err, "Features")
	})
}

func TestSeedDeterminesTheProcess(t *testing.T) {
	s := searchspace.NASBench101{}
	archs := randomArchs(t, s, newRand(1), 60)
	predictions := func(seed uint64) []float64 {
		p := processOf(t, s, examplesOf(archs[:50], edges), ProcessConfig{Seed: seed, Points: 20})
		return predict(t, p, archs...)
	}
	want := predictions(1)
	assert.Equal(t, want, predictions(1))
	assert.NotEqual(t, want, predictions(2), "another seed chooses other points")
}

func TestProcessOfOneValue(t *testing.T) {
	s := twoParts(t)
	archs := randomArchs(t, s, newRand(1), 20)
	for _, known := range []int{1, 10} {
		p := processOf(t, s, examplesOf(archs[:known], func(searchspace.Arch) float64 { return 0.1 }), ProcessConfig{})
		for _, v := range predict(t, p, archs...) {
			require.Equal(t, 0.1, v)
		}
	}
}

func TestProcessErrors(t *testing.T) {
	s := searchspace.NASBench201{}
	good := examplesOf(randomArchs(t, s, newRand(1), 3), edges)
	stranger := Example{Arch: randomArchs(t, searchspace.NASBench101{}, newRand(1), 1)[0]}
	growing := func(a searchspace.Arch) []float64 {
		if a.Equal(good[2].Arch) {
			return []float64{1}
		}
		return []float64{1, 2}
	}
	for name, c := range map[string]struct {
		space  searchspace.Space
		data   []Example
		config ProcessConfig
		is     error
		says   string
	}{
		"no data":               {s, nil, ProcessConfig{}, ErrNoExamples, ""},
		"no space":              {nil, good, ProcessConfig{}, nil, "space must not be nil"},
		"NaN":                   {s, []Example{{good[0].Arch, math.NaN()}}, ProcessConfig{}, evaluator.ErrNotFinite, "example 0"},
		"a stranger":            {s, append(good[:2:2], stranger), ProcessConfig{}, searchspace.ErrInvalid, "example 2"},
		"negative points":       {s, good, ProcessConfig{Points: -1}, nil, "-1"},
		"an infinite feature":   {s, good, ProcessConfig{Features: func(searchspace.Arch) []float64 { return []float64{0, math.Inf(1)} }}, evaluator.ErrNotFinite, "feature 1"},
		"no features":           {s, good, ProcessConfig{Features: func(searchspace.Arch) []float64 { return nil }}, nil, "returned no numbers"},
		"a changing number":     {s, good, ProcessConfig{Features: growing}, nil, "numbers, but"},
		"a space without parts": {brokenSpace{}, good, ProcessConfig{}, nil, "MaxNodes"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := TrainProcess(t.Context(), c.space, c.data, c.config)
			require.Error(t, err)
			assert.Nil(t, p)
			assert.ErrorContains(t, err, c.says)
			if c.is != nil {
				assert.ErrorIs(t, err, c.is)
			}
		})
	}
	_, err := TrainProcess(newCountdown(3), s, good, ProcessConfig{})
	require.ErrorIs(t, err, errCountdown)
}
