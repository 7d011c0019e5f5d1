package supernet_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// layers is the number of layers of the networks in these tests.
const layers = 3

var (
	space = func() searchspace.ENASMacro {
		s, err := searchspace.NewENASMacro(layers)
		if err != nil {
			panic(err)
		}
		return s
	}()
	design  = network.ENASMacro{Channels: 4, Shared: true}
	wide    = network.ENASMacro{Channels: 8, Shared: true}
	uniform = explore.NewUniform(space)
)

// These networks share the operation of the third layer, the stem, the head, and what follows each layer, but nothing else.
const convs, pools = "0 3 0 0 0 1", "4 5 0 0 0 0"

func parse(t require.TestingT, text string) searchspace.Arch {
	a, err := space.Parse(text)
	require.NoError(t, err)
	return a
}

// digits returns n digits, a quarter of them for validation.
func digits(t testing.TB, n int) *oracle.Images {
	data, err := dataset.Digits()
	require.NoError(t, err)
	few, _, err := data.Train.Split(1, n)
	require.NoError(t, err)
	valid, train, err := few.Split(2, n/4)
	require.NoError(t, err)
	images, err := oracle.NewImages(t.Context(), train, valid, nil)
	require.NoError(t, err)
	return images
}

// config returns the configuration of a small supernet.
func config(t testing.TB, images *oracle.Images) supernet.Config {
	cover, err := supernet.ENASCover(layers)
	require.NoError(t, err)
	return supernet.Config{
		Design: design, Cover: cover, Images: images, Seed: 1, Recipe: supernet.Recipe{Epochs: 4, Batch: 32},
	}
}

func create(t testing.TB, c supernet.Config) *supernet.Supernet {
	s, err := supernet.New(c)
	require.NoError(t, err)
	return s
}

// requireSame fails the test unless the weights are identical.
func requireSame(t require.TestingT, want, got *network.Weights) {
	require.True(t, slices.Equal(want.Params, got.Params), "parameters")
	require.True(t, slices.Equal(want.Statistics, got.Statistics), "statistics")
}

func train(t testing.TB, s *supernet.Supernet, sampler supernet.Sampler, steps int) oracle.Figures {
	figures, err := s.Train(t.Context(), sampler, steps)
	require.NoError(t, err)
	return figures
}
