package dataset_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// BenchmarkStreamJPEG measures an epoch of JPEG files like Tiny-ImageNet's.
func BenchmarkStreamJPEG(b *testing.B) {
	set, err := dataset.NewLazySet(dataset.Shape{Channels: 3, Height: 64, Width: 64}, 1, jpegNoise(b), make([]int, 2000))
	require.NoError(b, err)
	benchmarkStream(b, set, dataset.StreamConfig{Batch: 128, Shuffle: true, Pad: 8, Flip: true})
}

// jpegNoise returns a source whose images all decode the same file of about 2 kB, the size of the published ones.
func jpegNoise(t require.TestingT) dataset.Source {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i, p := range randomBytes(len(img.Pix)) {
		img.Pix[i] = 96 + p/3
	}
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, img, nil))
	return source(func(_ int, pixels []uint8) error { return dataset.DecodeJPEG(file.Bytes(), pixels) })
}
