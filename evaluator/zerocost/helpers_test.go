package zerocost_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/zerocost"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Cells of NAS-Bench-201: with convolutions on all edges, on some, and on none, and one without a path from input to output.
const (
	heavy  = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"
	mixed  = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|nor_conv_3x3~1|avg_pool_3x3~2|"
	pooled = "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
	broken = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
)

func parse(t require.TestingT, cell string) searchspace.Arch {
	a, err := searchspace.NASBench201{}.Parse(cell)
	require.NoError(t, err)
	return a
}

// firstBatch returns normalized images of a set, and the input of networks for them.
func firstBatch(t testing.TB, set *dataset.Set, size int) ([]float32, network.Input) {
	normalization, err := dataset.MeasureNormalization(t.Context(), set)
	require.NoError(t, err)
	stream, err := dataset.NewStream(set, normalization, dataset.StreamConfig{Batch: size, Shuffle: true, Seed: 1})
	require.NoError(t, err)
	shape := set.Shape()
	in := network.Input{Channels: shape.Channels, Height: shape.Height, Width: shape.Width, Classes: set.Classes()}
	for batch, err := range stream.Epoch(t.Context(), 0) {
		require.NoError(t, err)
		return slices.Clone(batch.Images), in
	}
	panic("no batch")
}

func digits(t testing.TB, size int) ([]float32, network.Input) {
	data, err := dataset.Digits()
	require.NoError(t, err)
	return firstBatch(t, data.Train, size)
}

func mustNASWOT(t require.TestingT, c zerocost.Config, images []float32) *zerocost.Scorer {
	s, err := zerocost.NewNASWOT(c, images)
	require.NoError(t, err)
	return s
}

func mustSynflow(t require.TestingT, c zerocost.Config) *zerocost.Scorer {
	s, err := zerocost.NewSynflow(c)
	require.NoError(t, err)
	return s
}

// value evaluates an architecture and returns its value.
func value(t require.TestingT, e evaluator.Evaluator, a searchspace.Arch) float64 {
	r, err := e.Evaluate(context.Background(), a)
	require.NoError(t, err)
	return r.Value
}
