package dataset_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noise returns n images of random bytes and labels, which depend only on n.
func noise(t require.TestingT, shape dataset.Shape, classes, n int) *dataset.Set {
	pixels, labels := randomBytes(n*shape.Size()), make([]int, n)
	for i := range labels {
		labels[i] = int(pixels[i]) % classes
	}
	set, err := dataset.NewSet(shape, classes, pixels, labels)
	require.NoError(t, err)
	return set
}

func randomBytes(n int) []uint8 {
	rng := rand.New(rand.NewPCG(uint64(n), 0))
	bytes := make([]uint8, n)
	for i := range bytes {
		bytes[i] = uint8(rng.Uint32())
	}
	return bytes
}

// read returns the pixels of an image.
func read(t require.TestingT, s *dataset.Set, i int) []uint8 {
	pixels := make([]uint8, s.Shape().Size())
	require.NoError(t, s.Read(i, pixels))
	return pixels
}

// requireSameSet compares sets by all their methods.
func requireSameSet(t require.TestingT, want, got *dataset.Set) {
	require.Equal(t, want.Shape(), got.Shape())
	require.Equal(t, want.Classes(), got.Classes())
	require.Equal(t, want.Labels(), got.Labels())
	for i := range want.Len() {
		require.Equal(t, read(t, want, i), read(t, got, i))
	}
}

// unchanged returns a normalization that does not change the values of pixels.
func unchanged(channels int) dataset.Normalization {
	n := dataset.Normalization{Mean: make([]float32, channels), Deviation: make([]float32, channels)}
	for c := range n.Deviation {
		n.Deviation[c] = 1
	}
	return n
}
