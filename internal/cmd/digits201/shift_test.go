package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

func TestMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := dataset.Shape{Channels: 1, Height: rapid.IntRange(1, 5).Draw(t, "height"), Width: rapid.IntRange(1, 5).Draw(t, "width")}
		image := rapid.SliceOfN(rapid.Uint8(), shape.Size(), shape.Size()).Draw(t, "image")
		down, right := rapid.IntRange(-6, 6).Draw(t, "down"), rapid.IntRange(-6, 6).Draw(t, "right")
		to := moved(image, shape, down, right)
		for row := range shape.Height {
			for column := range shape.Width {
				want := uint8(0)
				if r, c := row-down, column-right; r >= 0 && r < shape.Height && c >= 0 && c < shape.Width {
					want = image[r*shape.Width+c]
				}
				require.Equal(t, want, to[row*shape.Width+column], "row %d, column %d", row, column)
			}
		}
	})
}

func TestImages(t *testing.T) {
	images, err := openImages(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 500, images.Train.Len())
	assert.Equal(t, 3*600, images.Valid.Len())
	assert.Equal(t, 3*697, images.Test.Len())

	// The copies of an image are shifted uniformly: each of the 25 shifts occurs 72 times in 1,800
	// on average, with a standard deviation of 8.
	digits, err := dataset.Digits()
	require.NoError(t, err)
	_, rest, err := digits.Train.Split(divisionSeed, trainImages)
	require.NoError(t, err)
	valid, _, err := rest.Split(divisionSeed, validImages)
	require.NoError(t, err)
	original, copied := make([]uint8, 64), make([]uint8, 64)
	ways := map[[2]int]int{}
	for i := range images.Valid.Len() {
		require.NoError(t, valid.Read(i/copies, original))
		require.NoError(t, images.Valid.Read(i, copied))
		found := false
		for down := -shift; down <= shift; down++ {
			for right := -shift; right <= shift; right++ {
				if assert.ObjectsAreEqual(moved(original, valid.Shape(), down, right), copied) {
					found = true
					ways[[2]int{down, right}]++
				}
			}
		}
		require.True(t, found, "image %d", i)
	}
	require.Len(t, ways, 25)
	for way, times := range ways {
		assert.InDelta(t, copies*validImages/25, times, 40, "%v", way)
	}
}
