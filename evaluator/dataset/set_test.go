package dataset_test

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// source is a function that implements Source.
type source func(i int, pixels []uint8) error

func (s source) Read(i int, pixels []uint8) error { return s(i, pixels) }

// lazy returns the same set without its images in memory.
func lazy(t require.TestingT, s *dataset.Set) *dataset.Set {
	same, err := dataset.NewLazySet(s.Shape(), s.Classes(), source(s.Read), s.Labels())
	require.NoError(t, err)
	return same
}

func TestInvalidSets(t *testing.T) {
	small := dataset.Shape{Channels: 1, Height: 2, Width: 2}
	for name, c := range map[string]struct {
		shape   dataset.Shape
		classes int
		bytes   int
		labels  []int
		says    string
	}{
		"half an image":  {small, 2, 6, []int{0, 1}, "pixels must have the size of 2 images of 1×2×2, got 6 bytes"},
		"a label more":   {small, 2, 4, []int{0, 1}, "pixels must have the size of 2 images of 1×2×2, got 4 bytes"},
		"a label off":    {small, 2, 8, []int{0, 2}, "image 1 has label 2, but there are 2 classes"},
		"a label below":  {small, 2, 4, []int{-1}, "image 0 has label -1, but there are 2 classes"},
		"no classes":     {small, 0, 0, nil, "must be at least 1, got 0"},
		"no height":      {dataset.Shape{Channels: 1, Width: 2}, 2, 0, nil, "1×0×2"},
		"negative sides": {dataset.Shape{Channels: 1, Height: -2, Width: -2}, 2, 4, []int{0}, "1×-2×-2"},
		"an overflow":    {dataset.Shape{Channels: math.MaxInt, Height: math.MaxInt, Width: 1}, 2, 1, []int{0}, "must be positive"},
	} {
		set, err := dataset.NewSet(c.shape, c.classes, make([]uint8, c.bytes), c.labels)
		require.ErrorContains(t, err, c.says, name)
		require.Nil(t, set)
	}
}

func TestSetReads(t *testing.T) {
	set, err := dataset.NewSet(dataset.Shape{Channels: 1, Height: 1, Width: 2}, 3, []uint8{1, 2, 3, 4, 5, 6}, []int{0, 2, 2})
	require.NoError(t, err)
	assert.Equal(t, 3, set.Len())
	assert.Equal(t, []int{1, 0, 2}, set.Counts())
	assert.Equal(t, []uint8{3, 4}, read(t, set, 1))
	assert.ErrorContains(t, set.Read(3, make([]uint8, 2)), "no image 3 in a set of 3")
	assert.ErrorContains(t, set.Read(-1, make([]uint8, 2)), "no image -1 in a set of 3")
	assert.ErrorContains(t, set.Read(0, make([]uint8, 3)), "an image of 1×1×2 needs 2 bytes, got 3")

	set.Labels()[0] = 1
	assert.Equal(t, []int{0, 2, 2}, set.Labels(), "the caller owns the labels")

	part, err := set.Subset([]int{2, 0, 2})
	require.NoError(t, err)
	part, err = part.Subset([]int{0, 1})
	require.NoError(t, err)
	assert.Equal(t, []int{2, 0}, part.Labels())
	assert.Equal(t, []uint8{5, 6}, read(t, part, 0))
	_, err = part.Subset([]int{2})
	assert.ErrorContains(t, err, "the subset needs image 2, but the set has 2 images")
}

func TestLoadReadsImagesIntoMemory(t *testing.T) {
	set := noise(t, dataset.Shape{Channels: 2, Height: 3, Width: 4}, 5, 1000)
	same, err := set.Load(t.Context())
	require.NoError(t, err)
	assert.Same(t, set, same)

	part, err := lazy(t, set).Subset([]int{7, 999, 3})
	require.NoError(t, err)
	loaded, err := part.Load(t.Context())
	require.NoError(t, err)
	requireSameSet(t, part, loaded)
}

func TestUnreadableImages(t *testing.T) {
	errBad := errors.New("photo 700.png is damaged")
	shape := dataset.Shape{Channels: 1, Height: 1, Width: 1}
	for name, bad := range map[string]source{
		"error": func(int, []uint8) error { return errBad },
		"panic": func(int, []uint8) error { panic(errBad) },
	} {
		set, err := dataset.NewLazySet(shape, 1, source(func(i int, pixels []uint8) error {
			if i == 700 {
				return bad(i, pixels)
			}
			return nil
		}), make([]int, 1000))
		require.NoError(t, err)
		_, err = set.Load(t.Context())
		require.ErrorContains(t, err, errBad.Error(), name)
		_, err = dataset.MeasureNormalization(t.Context(), set)
		require.ErrorContains(t, err, errBad.Error(), name)
		stream, err := dataset.NewStream(set, unchanged(1), dataset.StreamConfig{Batch: 10})
		require.NoError(t, err)
		batches := 0
		for batch, err := range stream.Epoch(t.Context(), 0) {
			if batches++; batches <= 70 {
				require.NoError(t, err)
				continue
			}
			require.Zero(t, batch)
			require.ErrorContains(t, err, "epoch 0, batch 70: ")
			require.ErrorContains(t, err, errBad.Error(), name)
		}
		require.Equal(t, 71, batches)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	set := lazy(t, noise(t, dataset.Shape{Channels: 1, Height: 1, Width: 1}, 1, 100000))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := set.Load(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = dataset.MeasureNormalization(ctx, set)
	require.ErrorIs(t, err, context.Canceled)

	for _, read := range []func(ctx context.Context, s *dataset.Set) error{
		func(ctx context.Context, s *dataset.Set) error { _, err := s.Load(ctx); return err },
		func(ctx context.Context, s *dataset.Set) error {
			_, err := dataset.MeasureNormalization(ctx, s)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var reads atomic.Int64
		set, err := dataset.NewLazySet(dataset.Shape{Channels: 1, Height: 1, Width: 1}, 1, source(func(int, []uint8) error {
			reads.Add(1)
			cancel()
			return nil
		}), make([]int, 200))
		require.NoError(t, err)
		require.ErrorIs(t, read(ctx, set), context.Canceled)
		require.EqualValues(t, 1, reads.Load(), "the run ends before its next image")
	}
}
