package generator_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// little is a configuration of a GRAN that is fast.
var little = gran.Config{Layers: 2, Attention: 8, Components: 3}

// forms lists the forms of a GRAN at small sizes.
var forms = map[string]gran.Config{
	"paper":  little,
	"causal": {Form: gran.CausalForm, Layers: 2, Attention: 8, Components: 3},
}

// published returns the published spaces, the large ones at small sizes. Under the race detector, two of them are enough.
func published() []searchspace.Space {
	if race.Enabled {
		return []searchspace.Space{searchspace.NASBench201{}, modeltest.SmallTrained[0]}
	}
	return slices.Concat(modeltest.Benchmarks, modeltest.SmallTrained)
}

// maker returns a model for a space from a seed.
type maker func(t require.TestingT, space searchspace.Space, seed uint64) generator.Model

// models lists all models at small sizes: the forms of a GRAN, and an LSTM.
var models = func() map[string]maker {
	makers := map[string]maker{
		"LSTM": func(t require.TestingT, s searchspace.Space, seed uint64) generator.Model { return newLSTM(t, s, seed) },
	}
	for name, c := range forms {
		makers[name] = func(t require.TestingT, s searchspace.Space, seed uint64) generator.Model {
			return newGRAN(t, s, c, seed)
		}
	}
	return makers
}()

func eachModel(t *testing.T, test func(t *testing.T, make maker)) {
	for name, make := range models {
		t.Run(name, func(t *testing.T) { test(t, make) })
	}
}

func anyModel(t *rapid.T, space searchspace.Space, seed uint64) generator.Model {
	return models[rapid.SampledFrom([]string{"paper", "causal", "LSTM"}).Draw(t, "model")](t, space, seed)
}

func newLSTM(t require.TestingT, space searchspace.Space, seed uint64) *lstm.Model {
	m, err := lstm.New(space, lstm.Config{Hidden: 12, Layers: 2}, modeltest.Rand(seed))
	require.NoError(t, err)
	return m
}

func newGRAN(t require.TestingT, space searchspace.Space, c gran.Config, seed uint64) *gran.Model {
	m, err := gran.New(space, c, modeltest.Rand(seed))
	require.NoError(t, err)
	return m
}

// at returns a model at a temperature.
func at(t require.TestingT, m generator.Model, temperature float64) (view generator.Model) {
	var err error
	switch m := m.(type) {
	case *gran.Model:
		view, err = m.WithTemperature(temperature)
	case *lstm.Model:
		view, err = m.WithTemperature(temperature)
	}
	require.NoError(t, err)
	return view
}
