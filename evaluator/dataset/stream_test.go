package dataset_test

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// epoch returns copies of the batches of an epoch.
func epoch(t require.TestingT, s *dataset.Stream, number int) []dataset.Batch {
	var batches []dataset.Batch
	for b, err := range s.Epoch(context.Background(), number) {
		require.NoError(t, err)
		batches = append(batches, dataset.Batch{
			Images: slices.Clone(b.Images), Labels: slices.Clone(b.Labels), Indices: slices.Clone(b.Indices),
		})
	}
	return batches
}

// placed computes an image after a shift and an optional flip, as a reference.
func placed(pixels []uint8, shape dataset.Shape, down, right int, flip bool) []float32 {
	image := make([]float32, 0, len(pixels))
	for c := range shape.Channels {
		for y := range shape.Height {
			for x := range shape.Width {
				if flip {
					x = shape.Width - 1 - x
				}
				y, x := y+down, x+right
				if y < 0 || y >= shape.Height || x < 0 || x >= shape.Width {
					image = append(image, 0)
				} else {
					image = append(image, float32(pixels[(c*shape.Height+y)*shape.Width+x]))
				}
			}
		}
	}
	return image
}

// isPlaced reports whether an image is another one shifted by at most pad, and possibly flipped if flip is true.
func isPlaced(image []float32, pixels []uint8, shape dataset.Shape, pad int, flip bool) bool {
	for down := -pad; down <= pad; down++ {
		for right := -pad; right <= pad; right++ {
			if slices.Equal(image, placed(pixels, shape, down, right, false)) ||
				flip && slices.Equal(image, placed(pixels, shape, down, right, true)) {
				return true
			}
		}
	}
	return false
}

func TestEpochSeesEachImageOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 5)
		shape := dataset.Shape{Channels: side.Draw(t, "C"), Height: side.Draw(t, "H"), Width: side.Draw(t, "W")}
		set := noise(t, shape, 3, rapid.IntRange(1, 60).Draw(t, "images"))
		config := dataset.StreamConfig{
			Batch:    rapid.IntRange(1, 70).Draw(t, "batch"),
			DropLast: rapid.Bool().Draw(t, "drop"),
			Shuffle:  rapid.Bool().Draw(t, "shuffle"),
			Seed:     rapid.Uint64().Draw(t, "seed"),
			Pad:      rapid.IntRange(0, min(shape.Height, shape.Width)-1).Draw(t, "pad"),
			Flip:     rapid.Bool().Draw(t, "flip"),
		}
		if config.DropLast { // a stream without a batch is an error
			config.Batch = min(config.Batch, set.Len())
		}
		stream, err := dataset.NewStream(set, unchanged(shape.Channels), config)
		require.NoError(t, err)
		batches := epoch(t, stream, rapid.Int().Draw(t, "epoch"))

		require.Len(t, batches, stream.Batches())
		var seen []int
		for number, b := range batches {
			require.Len(t, b.Labels, len(b.Indices))
			require.Len(t, b.Images, len(b.Indices)*shape.Size())
			if number < len(batches)-1 || config.DropLast {
				require.Len(t, b.Indices, config.Batch)
			}
			for k, i := range b.Indices {
				require.Equal(t, set.Labels()[i], b.Labels[k])
				image := b.Images[k*shape.Size():][:shape.Size()]
				require.True(t, isPlaced(image, read(t, set, i), shape, config.Pad, config.Flip))
			}
			seen = append(seen, b.Indices...)
		}
		if !config.Shuffle {
			require.True(t, slices.IsSorted(seen))
		}
		slices.Sort(seen)
		require.Len(t, slices.Compact(seen), len(seen), "no image is repeated")
		if config.DropLast {
			require.Len(t, seen, set.Len()-set.Len()%config.Batch)
		} else {
			require.Len(t, seen, set.Len())
		}
	})
}

func TestEpochDependsOnlyOnItsNumber(t *testing.T) {
	set := noise(t, dataset.Shape{Channels: 3, Height: 8, Width: 8}, 10, 1000)
	stream, err := dataset.NewStream(lazy(t, set), unchanged(3),
		dataset.StreamConfig{Batch: 7, Shuffle: true, Seed: 5, Pad: 2, Flip: true})
	require.NoError(t, err)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	first, second := epoch(t, stream, 1), epoch(t, stream, 2)
	assert.NotEqual(t, first, second)
	for _, processors := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(processors)
		var both sync.WaitGroup // two concurrent epochs of one stream
		both.Go(func() { assert.Equal(t, second, epoch(t, stream, 2)) })
		both.Go(func() { assert.Equal(t, first, epoch(t, stream, 1)) })
		both.Wait()
	}
	another, err := dataset.NewStream(set, unchanged(3), dataset.StreamConfig{Batch: 7, Shuffle: true, Seed: 6, Pad: 2, Flip: true})
	require.NoError(t, err)
	assert.NotEqual(t, first, epoch(t, another, 1))
}

// Augmentation is uniform over its 2·(2·pad+1)² outcomes and independent of that of the next epoch, and so is the first image of
// an epoch. Each is a chi-square test.
func TestAugmentationIsUniform(t *testing.T) {
	shape := dataset.Shape{Channels: 1, Height: 3, Width: 3}
	set, err := dataset.NewSet(shape, 1, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, []int{0, 0})
	require.NoError(t, err)
	stream, err := dataset.NewStream(set, unchanged(1), dataset.StreamConfig{Batch: 2, Shuffle: true, Pad: 1, Flip: true})
	require.NoError(t, err)
	outcome := func(image []float32) int {
		for k := range 18 {
			if slices.Equal(image, placed(read(t, set, 0), shape, k/3%3-1, k%3-1, k >= 9)) {
				return k
			}
		}
		panic("no outcome")
	}
	const epochs = 18 * 18 * 40
	pairs, firsts := make([]int, 18*18), make([]int, 2)
	previous := 0
	for e := range epochs {
		b := epoch(t, stream, e)[0]
		current := outcome(b.Images[:9])
		pairs[previous*18+current]++
		firsts[b.Indices[0]]++
		previous = current
	}
	assert.Less(t, chiSquare(pairs, epochs), 423.0) // 99.99 % quantile for 323 degrees of freedom
	assert.Less(t, chiSquare(firsts, epochs), 15.1) // 99.99 % quantile for one degree of freedom
}

// chiSquare returns the chi-square statistic of counts against a uniform distribution.
func chiSquare(counts []int, total int) (sum float64) {
	want := float64(total) / float64(len(counts))
	for _, n := range counts {
		sum += (float64(n) - want) * (float64(n) - want) / want
	}
	return sum
}

func TestEpochEndsWithItsLoopAndItsContext(t *testing.T) {
	set := noise(t, dataset.Shape{Channels: 1, Height: 4, Width: 4}, 10, 1000)
	stream, err := dataset.NewStream(set, unchanged(1), dataset.StreamConfig{Batch: 3})
	require.NoError(t, err)
	for _, last := range []int{0, 1, 100, 333} {
		n := 0
		for range stream.Epoch(t.Context(), 0) {
			if n++; n > last {
				break
			}
		}
		assert.NoError(t, goleak.Find())

		ctx, cancel := context.WithCancel(t.Context())
		n = 0
		for _, err := range stream.Epoch(ctx, 0) {
			if n > last {
				assert.ErrorIs(t, err, context.Canceled)
				n++
				continue
			}
			assert.NoError(t, err)
			if n == last {
				cancel()
			}
			n++
		}
		cancel()
		assert.Equal(t, min(last+2, 334), n, "one error without delay, and nothing after it")
		assert.NoError(t, goleak.Find())
	}
	assert.Panics(t, func() {
		for range stream.Epoch(t.Context(), 0) {
			panic("the trainer's")
		}
	})
	assert.NoError(t, goleak.Find())
}

func TestBuffersAreReused(t *testing.T) {
	set := noise(t, dataset.Shape{Channels: 1, Height: 8, Width: 8}, 10, 4000)
	stream, err := dataset.NewStream(set, unchanged(1), dataset.StreamConfig{Batch: 4})
	require.NoError(t, err)
	buffers := map[*float32]bool{}
	for batch, err := range stream.Epoch(t.Context(), 0) {
		require.NoError(t, err)
		buffers[&batch.Images[0]] = true
	}
	assert.LessOrEqual(t, len(buffers), 2*runtime.GOMAXPROCS(0)+1)
}

func TestNewStreamRejectsInvalidArguments(t *testing.T) {
	set := noise(t, dataset.Shape{Channels: 2, Height: 4, Width: 3}, 2, 10)
	empty, err := set.Subset(nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		set    *dataset.Set
		n      dataset.Normalization
		config dataset.StreamConfig
		says   string
	}{
		"no batch":      {set, unchanged(2), dataset.StreamConfig{}, "Batch must be at least 1, got 0"},
		"empty":         {empty, unchanged(2), dataset.StreamConfig{Batch: 1}, "no images"},
		"all dropped":   {set, unchanged(2), dataset.StreamConfig{Batch: 11, DropLast: true}, "StreamConfig.DropLast would drop all 10 images, because Batch is 11"},
		"padding":       {set, unchanged(2), dataset.StreamConfig{Batch: 1, Pad: 3}, "got 3 for images of 2×4×3"},
		"padding below": {set, unchanged(2), dataset.StreamConfig{Batch: 1, Pad: -1}, "got -1 for images"},
		"channels":      {set, unchanged(3), dataset.StreamConfig{Batch: 1}, "for each of 2 channels, got 3 and 3"},
		"deviation": {set, dataset.Normalization{Mean: []float32{0, 0}, Deviation: []float32{1, 0}}, dataset.StreamConfig{Batch: 1},
			"channel 1: the mean must be finite and the deviation finite and positive, got 0 and 0"},
	} {
		_, err := dataset.NewStream(c.set, c.n, c.config)
		assert.ErrorContains(t, err, c.says, name)
	}
	_, err = dataset.NewStream(set, unchanged(2), dataset.StreamConfig{Batch: math.MaxInt})
	assert.NoError(t, err)
}
