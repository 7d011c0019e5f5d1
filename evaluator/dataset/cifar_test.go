package dataset_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

var cifarShape = dataset.Shape{Channels: 3, Height: 32, Width: 32}

// cifarFile returns a file in the format of CIFAR-10, or of CIFAR-100 if it has coarse labels.
func cifarFile(t require.TestingT, s *dataset.Set, coarse bool) []byte {
	var file []byte
	for i, label := range s.Labels() {
		if coarse {
			file = append(file, byte(label/5))
		}
		file = append(append(file, byte(label)), read(t, s, i)...)
	}
	return file
}

func TestOpenCIFAR(t *testing.T) {
	for _, coarse := range []bool{false, true} {
		classes := 10
		if coarse {
			classes = 100
		}
		all := noise(t, cifarShape, classes, 12)
		train, err := all.Subset([]int{0, 1, 2, 3, 4, 5, 6, 7})
		require.NoError(t, err)
		test, err := all.Subset([]int{8, 9, 10, 11})
		require.NoError(t, err)
		file, record := cifarFile(t, train, coarse), len(cifarFile(t, train, coarse))/8
		dir := t.TempDir()
		write(t, file[:4*record], dir, "train0.bin")
		write(t, file[4*record:], dir, "train1.bin")
		path := write(t, cifarFile(t, test, coarse), dir, "test.bin")
		d, err := dataset.OpenSmallCIFAR(dir, coarse, 4)
		require.NoError(t, err)
		assert.Len(t, d.Classes, classes)
		requireSameSet(t, train, d.Train)
		requireSameSet(t, test, d.Test)

		bad := cifarFile(t, test, coarse)
		bad[2*record+record-3072-1] = 100 // the label of image 2
		write(t, bad, dir, "test.bin")
		_, err = dataset.OpenSmallCIFAR(dir, coarse, 4)
		assert.ErrorContains(t, err, path+": image 2 has label 100, but there are ")
		write(t, bad[1:], dir, "test.bin")
		_, err = dataset.OpenSmallCIFAR(dir, coarse, 4)
		assert.ErrorContains(t, err, path+" must have ")
		assert.ErrorContains(t, err, "bytes for 4 images")
		require.NoError(t, os.Remove(path))
		_, err = dataset.OpenSmallCIFAR(dir, coarse, 4)
		assert.ErrorIs(t, err, fs.ErrNotExist)
		assert.ErrorContains(t, err, path)
	}
}

func TestCIFAR100ChecksCoarseLabels(t *testing.T) {
	record := make([]byte, 2+3072)
	record[0] = 20
	_, _, err := dataset.ReadCIFAR(bytes.NewReader(record), true, 1)
	assert.EqualError(t, err, "image 0 has label 20, but there are 20 classes")
}

// The files have the published sizes. They are all zeros, so they use no disk space.
func TestOpenCIFARNeedsThePublishedFiles(t *testing.T) {
	dir := t.TempDir()
	sized := func(name string, size int64) {
		file, err := os.Create(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NoError(t, file.Truncate(size))
		require.NoError(t, file.Close())
	}
	for _, name := range []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"} {
		_, err := dataset.OpenCIFAR10(dir)
		assert.ErrorIs(t, err, fs.ErrNotExist)
		sized(name+".bin", 30730000)
	}
	d, err := dataset.OpenCIFAR10(dir)
	require.NoError(t, err)
	assert.Equal(t, []int{50000, 0, 0, 0, 0, 0, 0, 0, 0, 0}, d.Train.Counts())
	assert.Equal(t, 10000, d.Test.Len())
	assert.Equal(t, "airplane", d.Classes[0])

	sized("train.bin", 50000*3074)
	sized("test.bin", 10000*3074)
	d, err = dataset.OpenCIFAR100(dir)
	require.NoError(t, err)
	assert.Equal(t, 50000, d.Train.Len())
	assert.Equal(t, "worm", d.Classes[99])
	sized("train.bin", 49999*3074)
	_, err = dataset.OpenCIFAR100(dir)
	assert.ErrorContains(t, err, "train.bin must have 153700000 bytes for 50000 images, got 153696926")
}

func FuzzCIFAR(f *testing.F) {
	f.Add(cifarFile(f, noise(f, cifarShape, 10, 2), false), false, 2)
	f.Add(cifarFile(f, noise(f, cifarShape, 100, 2), true), true, 2)
	f.Fuzz(func(t *testing.T, file []byte, coarse bool, images int) {
		images = max(0, min(images, 1<<20))
		var pixels []uint8
		var labels []int
		var err error
		allocated := allocates(func() { pixels, labels, err = dataset.ReadCIFAR(bytes.NewReader(file), coarse, images) })
		require.Less(t, allocated, uint64(1<<20+20*len(file)))
		if err != nil {
			require.Nil(t, pixels)
			return
		}
		classes, record := 10, 3073
		if coarse {
			classes, record = 100, 3074
		}
		require.Len(t, file, images*record)
		if images == 0 {
			return
		}
		set, err := dataset.NewSet(cifarShape, classes, pixels, labels)
		require.NoError(t, err)
		written := cifarFile(t, set, coarse)
		if coarse { // coarse labels are not returned
			for i := range images {
				written[i*record] = file[i*record]
			}
		}
		require.Equal(t, file, written)
	})
}
