package dataset_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

func TestNormalizedImagesHaveMeanZeroAndDeviationOne(t *testing.T) {
	set := noise(t, dataset.Shape{Channels: 3, Height: 5, Width: 4}, 2, 700)
	n, err := dataset.MeasureNormalization(t.Context(), lazy(t, set))
	require.NoError(t, err)
	stream, err := dataset.NewStream(set, n, dataset.StreamConfig{Batch: 700})
	require.NoError(t, err)
	for batch, err := range stream.Epoch(t.Context(), 0) {
		require.NoError(t, err)
		for c := range 3 {
			var sum, squares float64
			for i := range 700 {
				for _, x := range batch.Images[(i*3+c)*20:][:20] {
					sum += float64(x)
					squares += float64(x) * float64(x)
				}
			}
			assert.InDelta(t, 0, sum/14000, 1e-5)
			assert.InDelta(t, 1, squares/14000, 1e-5)
		}
	}
}

func TestMeasureNormalization(t *testing.T) {
	// Two images with two channels of two pixels. The values of one channel are 0, 2, 4 and 6; the other is constant.
	set, err := dataset.NewSet(dataset.Shape{Channels: 2, Height: 1, Width: 2}, 1, []uint8{0, 2, 9, 9, 4, 6, 9, 9}, []int{0, 0})
	require.NoError(t, err)
	n, err := dataset.MeasureNormalization(t.Context(), set)
	require.NoError(t, err)
	assert.Equal(t, dataset.Normalization{Mean: []float32{3, 9}, Deviation: []float32{float32(math.Sqrt(5)), 1}}, n)

	empty, err := set.Subset(nil)
	require.NoError(t, err)
	_, err = dataset.MeasureNormalization(t.Context(), empty)
	assert.ErrorContains(t, err, "no images")
}
