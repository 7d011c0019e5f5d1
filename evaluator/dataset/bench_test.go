package dataset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// BenchmarkStream measures an epoch of images like CIFAR's, without training.
func BenchmarkStream(b *testing.B) {
	set := noise(b, dataset.Shape{Channels: 3, Height: 32, Width: 32}, 10, 10000)
	for name, config := range map[string]dataset.StreamConfig{
		"plain":     {Batch: 128},
		"augmented": {Batch: 128, Shuffle: true, Pad: 4, Flip: true},
	} {
		b.Run(name, func(b *testing.B) { benchmarkStream(b, set, config) })
	}
}

func benchmarkStream(b *testing.B, set *dataset.Set, config dataset.StreamConfig) {
	stream, err := dataset.NewStream(set, unchanged(3), config)
	require.NoError(b, err)
	b.ReportAllocs()
	images := 0
	for epoch := range b.N {
		for batch, err := range stream.Epoch(b.Context(), epoch) {
			require.NoError(b, err)
			images += len(batch.Labels)
		}
	}
	b.ReportMetric(float64(images)/b.Elapsed().Seconds(), "images/s")
}
