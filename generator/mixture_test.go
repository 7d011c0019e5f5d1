package generator_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMixtureDrawsFromEachEquallyOften(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}})
	dense, err := explore.NewUniformOver(s, "x", "y")
	require.NoError(t, err)
	sparse, err := explore.NewUniformOver(s, "none", "x", "y")
	require.NoError(t, err)
	both, err := generator.NewMixture(dense, sparse)
	require.NoError(t, err)
	all := modeltest.Enumerate(t, s)
	p := make([]float64, len(all))
	for i, a := range all {
		p[i] = 0.5 / 27
		if a.Part(0).NumEdges() == 3 {
			p[i] += 0.5 / 8
		}
	}
	modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, both, 1, 20_000))
}

func TestInvalidMixtures(t *testing.T) {
	_, err := generator.NewMixture()
	assert.ErrorContains(t, err, "at least one generator")
	_, err = generator.NewMixture(explore.NewUniform(searchspace.NASBench201{}), nil)
	assert.ErrorContains(t, err, "nil")
}

// drawer is a function as a generator.
type drawer func() []searchspace.Arch

func (d drawer) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) { return d(), nil }

func TestMixtureOfGeneratorsThatDrawNothing(t *testing.T) {
	idle, err := generator.NewMixture(drawer(func() []searchspace.Arch { return nil }))
	require.NoError(t, err)
	_, err = idle.Sample(context.Background(), modeltest.Rand(1), 3)
	assert.ErrorContains(t, err, "returned no architecture")
}

func TestAMixtureStopsBetweenDraws(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	draws := 0
	deaf, err := generator.NewMixture(drawer(func() []searchspace.Arch {
		if draws++; draws == 3 {
			cancel(stop)
		}
		return make([]searchspace.Arch, 1)
	}))
	require.NoError(t, err)
	archs, err := deaf.Sample(ctx, modeltest.Rand(1), 1000)
	assert.ErrorIs(t, err, stop)
	assert.Len(t, archs, 3)
}
