package dataset_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// numbered returns a set whose images contain their number; see numbers.
func numbered(t require.TestingT, labels []int, classes int) *dataset.Set {
	var pixels []uint8
	for i := range labels {
		pixels = append(pixels, uint8(i>>8), uint8(i))
	}
	set, err := dataset.NewSet(dataset.Shape{Channels: 1, Height: 1, Width: 2}, classes, pixels, labels)
	require.NoError(t, err)
	return set
}

func numbers(t require.TestingT, s *dataset.Set) []int {
	list := []int{}
	for i := range s.Len() {
		pixels := read(t, s, i)
		list = append(list, int(pixels[0])<<8|int(pixels[1]))
	}
	return list
}

func TestSplitIsAStratifiedPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(1, 6).Draw(t, "classes")
		labels := rapid.SliceOfN(rapid.IntRange(0, classes-1), 0, 300).Draw(t, "labels")
		n := rapid.IntRange(0, len(labels)).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		set := numbered(t, labels, classes)
		part, rest, err := set.Split(seed, n)
		require.NoError(t, err)

		require.Equal(t, n, part.Len())
		in, out := numbers(t, part), numbers(t, rest)
		require.True(t, slices.IsSorted(in) && slices.IsSorted(out), "the order is kept")
		all := append(slices.Clone(in), out...)
		slices.Sort(all)
		require.Equal(t, numbers(t, set), all)
		for i, number := range in {
			require.Equal(t, labels[number], part.Labels()[i])
		}
		for c, count := range part.Counts() {
			require.InDelta(t, float64(n*set.Counts()[c])/float64(max(1, set.Len())), count, 0.999999)
		}

		again, _, err := set.Split(seed, n)
		require.NoError(t, err)
		require.Equal(t, in, numbers(t, again), "the same seed gives the same split")
	})
}

func TestSplitIsUniform(t *testing.T) {
	labels := make([]int, 40)
	for i := range labels {
		labels[i] = i % 2
	}
	set := numbered(t, labels, 2)
	const seeds = 4000
	chosen := make([]int, len(labels))
	for seed := range uint64(seeds) {
		part, _, err := set.Split(seed, 10)
		require.NoError(t, err)
		for _, i := range numbers(t, part) {
			chosen[i]++
		}
	}
	for _, n := range chosen {
		assert.InDelta(t, seeds/4, n, 5*27.4, "five standard deviations") // √(4000 · ¼ · ¾)
	}
}

func TestSplitRejectsCounts(t *testing.T) {
	set := numbered(t, make([]int, 3), 1)
	for _, n := range []int{-1, 4} {
		_, _, err := set.Split(1, n)
		assert.ErrorContains(t, err, "the part of a split of 3 images must have from 0 to 3 images")
	}
}
