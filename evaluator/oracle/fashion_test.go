package oracle_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// convolutional is a design that ignores the architecture: three convolutions, each of which halves the image.
var convolutional = network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
	x := b.Images()
	for i, channels := range []int{16, 32, 64} {
		layer := b.In("layer%d", i)
		x = layer.ReLU(layer.BatchNorm("norm", layer.Conv("conv", x, channels, network.Kernel{Size: 3, Stride: 2})))
	}
	return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
})

// TestFashionMNISTIsLearned trains on 10,000 images of Fashion-MNIST.
func TestFashionMNISTIsLearned(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, under which other tests train")
	}
	data, err := dataset.OpenFashionMNIST("/usr/share/datasets/fashion-mnist")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the package dataset-fashion-mnist is not installed")
	}
	require.NoError(t, err)
	train, rest, err := data.Train.Split(1, 10000)
	require.NoError(t, err)
	valid, _, err := rest.Split(1, 1000)
	require.NoError(t, err)
	images, err := oracle.NewImages(t.Context(), train, valid, data.Test)
	require.NoError(t, err)

	training := newTraining(t, planOf(t, convolutional, light, images), images, oracle.Recipe{Epochs: 10, Batch: 32, Flip: true}, 1)
	require.NoError(t, training.Run(t.Context()))
	test, err := training.Measure(t.Context(), images.Test)
	require.NoError(t, err)
	assert.Greater(t, test.Accuracy, 85.0)
	t.Logf("%.2f %% of the test images after %v", test.Accuracy, training.Progress().Elapsed)
}
