package dataset_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
)

// idx returns a file in the IDX format.
func idx(lengths []int, content []uint8) []byte {
	file := []byte{0, 0, 8, byte(len(lengths))}
	for _, length := range lengths {
		file = binary.BigEndian.AppendUint32(file, uint32(length))
	}
	return append(file, content...)
}

func idxImages(t require.TestingT, s *dataset.Set) []byte {
	var pixels []uint8
	for i := range s.Len() {
		pixels = append(pixels, read(t, s, i)...)
	}
	return idx([]int{s.Len(), s.Shape().Height, s.Shape().Width}, pixels)
}

func idxLabels(s *dataset.Set) []byte {
	var labels []uint8
	for _, label := range s.Labels() {
		labels = append(labels, uint8(label))
	}
	return idx([]int{len(labels)}, labels)
}

func gz(t require.TestingT, content []byte) []byte {
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file.Bytes()
}

func write(t require.TestingT, content []byte, path ...string) string {
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name
}

func TestOpenIDX(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 9)
		shape := dataset.Shape{Channels: 1, Height: side.Draw(t, "H"), Width: side.Draw(t, "W")}
		set := noise(t, shape, 7, rapid.IntRange(1, 2000).Draw(t, "images"))
		images, labels := idxImages(t, set), idxLabels(set)
		if rapid.Bool().Draw(t, "compressed") {
			images, labels = gz(t, images), gz(t, labels)
		}
		got, err := dataset.OpenIDX(write(t, images, dir, "images"), write(t, labels, dir, "labels"), 7)
		require.NoError(t, err)
		requireSameSet(t, set, got)
	})
}

func TestBadIDX(t *testing.T) {
	dir := t.TempDir()
	set := noise(t, dataset.Shape{Channels: 1, Height: 2, Width: 3}, 4, 5)
	images, labels := idxImages(t, set), idxLabels(set)
	damaged := gz(t, images)
	damaged[len(damaged)-5]++ // the checksum
	good := write(t, images, dir, "good-images")
	for name, c := range map[string]struct {
		images, labels []byte
		says           string
	}{
		"empty file":       {nil, labels, "images: reading the header: unexpected EOF"},
		"cut header":       {images[:9], labels, "images: reading the header: unexpected EOF"},
		"cut images":       {images[:40], labels, "images: 24 bytes of 30: unexpected EOF"},
		"cut labels":       {images, labels[:10], "labels: 2 bytes of 5: unexpected EOF"},
		"more":             {append(bytes.Clone(images), 0), labels, "images: there is extra data at the end of the file"},
		"labels as images": {labels, labels, "images: the magic number must be 0x00000803, got 0x00000801"},
		"floats":           {append([]byte{0, 0, 13}, images[3:]...), labels, "images: the magic number must be 0x00000803, got 0x00000d03"},
		"other count":      {images, idx([]int{4}, []uint8{0, 1, 2, 3}), "labels: there are 4 labels, but "},
		"label":            {images, idx([]int{5}, []uint8{0, 1, 2, 3, 4}), "labels: image 4 has label 4, but there are 4 classes"},
		"none":             {idx([]int{0, 2, 3}, nil), idx([]int{0}, nil), "images: the file contains no data"},
		"huge":             {idx([]int{1 << 30, 1 << 30, 1 << 30}, nil), labels, "images: the header announces more than"},
		"many":             {idx([]int{1 << 23, 1, 1}, nil), labels, "images: the header announces more than 4194304 images"},
		"cut gzip":         {gz(t, images)[:30], labels, "images: "},
		"gzip header":      {gz(t, images)[:5], labels, "images: "},
		"checksum":         {damaged, labels, "images: gzip: invalid checksum"},
	} {
		got, err := dataset.OpenIDX(write(t, c.images, dir, "images"), write(t, c.labels, dir, "labels"), 4)
		assert.ErrorContains(t, err, dir, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.Nil(t, got)
	}
	for _, paths := range [][2]string{{"missing", good}, {good, "missing"}} {
		_, err := dataset.OpenIDX(paths[0], paths[1], 4)
		assert.ErrorIs(t, err, fs.ErrNotExist)
		assert.ErrorContains(t, err, "missing")
	}
	_, _, err := dataset.ReadIDX(io.MultiReader(bytes.NewReader(images[:20]), iotest.ErrReader(assert.AnError)), 3, accept)
	assert.ErrorIs(t, err, assert.AnError)
}

// accept accepts all lengths.
func accept([]int) error { return nil }

// allocates returns the number of bytes that a call allocates in total.
func allocates(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestMemoryForIDXGrowsWithTheFile(t *testing.T) {
	claim := idx([]int{1 << 20, 16, 16}, make([]byte, 1000))
	bomb := gz(t, idx([]int{1000, 16, 16}, make([]byte, 16<<20)))
	assert.Less(t, len(bomb), 32<<10)
	for name, file := range map[string][]byte{"claim": claim, "compressed claim": gz(t, claim), "bomb": bomb} {
		assert.Less(t, allocates(func() {
			_, _, err := dataset.ReadIDX(bytes.NewReader(file), 3, accept)
			assert.Error(t, err, name)
		}), uint64(2<<20), name)
	}
}

func FuzzIDX(f *testing.F) {
	set := noise(f, dataset.Shape{Channels: 1, Height: 2, Width: 3}, 4, 5)
	for _, file := range [][]byte{idxImages(f, set), idxLabels(set)} {
		f.Add(file)
		f.Add(gz(f, file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, dimensions := range []int{1, 3} {
			var lengths []int
			var content []byte
			var err error
			allocated := allocates(func() { lengths, content, err = dataset.ReadIDX(bytes.NewReader(file), dimensions, accept) })
			require.Less(t, allocated, uint64(1<<20+5000*len(file))) // gzip compresses up to a thousand times
			if err != nil {
				require.Nil(t, content)
				continue
			}
			again, same, err := dataset.ReadIDX(bytes.NewReader(idx(lengths, content)), dimensions, accept)
			require.NoError(t, err)
			require.Equal(t, lengths, again)
			require.Equal(t, content, same)
		}
	})
}
