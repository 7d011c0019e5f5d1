package dataset_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

func TestOpenMNIST(t *testing.T) {
	train := noise(t, dataset.Shape{Channels: 1, Height: 28, Width: 28}, 10, 7)
	test := noise(t, dataset.Shape{Channels: 1, Height: 28, Width: 28}, 10, 3)
	dir := t.TempDir()
	write(t, gz(t, idxImages(t, train)), dir, "train-images-idx3-ubyte.gz")
	write(t, idxLabels(train), dir, "train-labels-idx1-ubyte")
	write(t, idxImages(t, test), dir, "t10k-images-idx3-ubyte")
	_, err := dataset.OpenMNIST(dir)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, dir+" contains neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz")

	write(t, gz(t, idxLabels(test)), dir, "t10k-labels-idx1-ubyte.gz")
	d, err := dataset.OpenMNIST(dir)
	require.NoError(t, err)
	assert.Equal(t, "MNIST", d.Name)
	assert.Len(t, d.Classes, 10)
	requireSameSet(t, train, d.Train)
	requireSameSet(t, test, d.Test)

	small := noise(t, dataset.Shape{Channels: 1, Height: 28, Width: 27}, 10, 3)
	path := write(t, idxImages(t, small), dir, "t10k-images-idx3-ubyte")
	_, err = dataset.OpenFashionMNIST(dir)
	assert.EqualError(t, err, path+": images must be 1×28×28, got 1×28×27")
}

func TestPublishedFashionMNIST(t *testing.T) {
	d, err := dataset.OpenFashionMNIST("/usr/share/datasets/fashion-mnist")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the package dataset-fashion-mnist is not installed")
	}
	require.NoError(t, err)
	assert.Equal(t, "Fashion-MNIST", d.Name)
	assert.Equal(t, "ankle boot", d.Classes[d.Train.Labels()[0]])
	for c := range 10 {
		assert.Equal(t, 6000, d.Train.Counts()[c])
		assert.Equal(t, 1000, d.Test.Counts()[c])
	}
	n, err := dataset.MeasureNormalization(t.Context(), d.Train)
	require.NoError(t, err)
	// The common values are 0.2860 and 0.3530, for pixels from 0 to 1.
	assert.InDelta(t, 0.2860, n.Mean[0]/255, 5e-5)
	assert.InDelta(t, 0.3530, n.Deviation[0]/255, 5e-5)
}
