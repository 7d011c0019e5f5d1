package searchspace_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestEstimatedSizes(t *testing.T) {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	e, err := searchspace.EstimateSize(ctx, searchspace.RandWire{}, rng, 3)
	require.NoError(t, err)
	assert.InDelta(t, 1488*math.Log10(2), e.Log10, 1e-9, "every walk has the same product")
	assert.InDelta(t, e.Low, e.High, 1e-9)

	e, err = searchspace.EstimateSize(ctx, searchspace.NASBench101{}, rng, 20_000)
	require.NoError(t, err)
	want := math.Log10(1_293_208)
	assert.InDelta(t, want, e.Log10, 0.05)
	assert.Less(t, e.Low, e.Log10)
	assert.Greater(t, e.High, e.Log10)
	assert.Less(t, e.High-e.Low, 0.1)

	_, err = searchspace.EstimateSize(ctx, searchspace.NASBench101{}, rng, 0)
	assert.ErrorContains(t, err, "at least 1")
	dead, err := searchspace.NewUnprobed("dead", []searchspace.Part{{Name: "p", MaxNodes: 2}},
		searchspace.Named("nothing", func(*searchspace.Draft, searchspace.Decision) []int { return nil }))
	require.NoError(t, err)
	_, err = searchspace.EstimateSize(ctx, dead, rng, 1)
	assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
}
