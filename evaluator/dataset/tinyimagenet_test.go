package dataset_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// jpegOf encodes an image of one color, in gray if it has only one channel.
func jpegOf(t require.TestingT, height, width int, channels ...uint8) []byte {
	var img image.Image
	if len(channels) == 1 {
		gray := image.NewGray(image.Rect(0, 0, width, height))
		for i := range gray.Pix {
			gray.Pix[i] = channels[0]
		}
		img = gray
	} else {
		rgba := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				rgba.SetRGBA(x, y, color.RGBA{channels[0], channels[1], channels[2], 255})
			}
		}
		img = rgba
	}
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, img, &jpeg.Options{Quality: 100}))
	return file.Bytes()
}

var wnids = []string{"n02124075", "n01443537", "n03444034"}

// tiny writes a small data set. Image i of class c has the color (50c, 10i, 200).
func tiny(t *testing.T) (dir string) {
	dir = t.TempDir()
	write(t, []byte(strings.Join(wnids, "\n")+"\n"), dir, "wnids.txt")
	var list strings.Builder
	for c, wnid := range wnids {
		for i := range 4 {
			name := fmt.Sprintf("%s_%d.JPEG", wnid, i)
			write(t, jpegOf(t, 64, 64, uint8(50*c), uint8(10*i), 200), dir, "train", wnid, "images", name)
		}
		write(t, []byte("n02124075_0.JPEG\t0\t0\t63\t63\n"), dir, "train", wnid, wnid+"_boxes.txt")
		name := fmt.Sprintf("val_%d.JPEG", c)
		write(t, jpegOf(t, 64, 64, uint8(90*c)), dir, "val", "images", name)
		fmt.Fprintf(&list, "%s\t%s\t0\t32\t44\t62\n", name, wnids[2-c])
	}
	write(t, []byte(list.String()), dir, "val", "val_annotations.txt")
	return dir
}

func TestOpenTinyImageNet(t *testing.T) {
	d, err := dataset.OpenTinyImageNet(tiny(t))
	require.NoError(t, err)
	assert.Equal(t, wnids, d.Classes)
	assert.Equal(t, dataset.Shape{Channels: 3, Height: 64, Width: 64}, d.Train.Shape())
	assert.Equal(t, []int{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2}, d.Train.Labels())
	assert.Equal(t, []int{2, 1, 0}, d.Test.Labels())
	for i := range d.Train.Len() {
		pixels := read(t, d.Train, i)
		for c, want := range []int{50 * (i / 4), 10 * (i % 4), 200} {
			for _, p := range pixels[c*64*64:][:64*64] {
				require.InDelta(t, want, p, 3)
			}
		}
	}
	for i := range 3 { // in gray
		for _, p := range read(t, d.Test, i) {
			require.InDelta(t, 90*i, p, 1)
		}
	}
	loaded, err := d.Train.Load(t.Context())
	require.NoError(t, err)
	requireSameSet(t, d.Train, loaded)
}

func TestImagesHaveTheirRowsAndColumns(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(i/64/8*8*3 + i%64/8) // constant in JPEG's blocks of 8×8
	}
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, img, &jpeg.Options{Quality: 100}))
	pixels := make([]uint8, 3*64*64)
	require.NoError(t, dataset.DecodeJPEG(file.Bytes(), pixels))
	for c := range 3 {
		for i, want := range img.Pix {
			require.InDelta(t, want, pixels[c*64*64+i], 1)
		}
	}
}

func TestBadTinyImageNet(t *testing.T) {
	val := func(lines string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { write(t, []byte(lines), dir, "val", "val_annotations.txt") }
	}
	remove := func(path string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, path))) }
	}
	for name, c := range map[string]struct {
		damage     func(t *testing.T, dir string)
		path, says string
	}{
		"no list":       {remove("wnids.txt"), "wnids.txt", "no such file"},
		"empty list":    {func(t *testing.T, dir string) { write(t, nil, dir, "wnids.txt") }, "wnids.txt", "contains no class"},
		"huge list":     {func(t *testing.T, dir string) { write(t, make([]byte, 1<<24+1), dir, "wnids.txt") }, "wnids.txt", "more than"},
		"no class":      {func(t *testing.T, dir string) { write(t, []byte("../../x\n"), dir, "wnids.txt") }, "wnids.txt", "line 1"},
		"class twice":   {func(t *testing.T, dir string) { write(t, []byte("n01443537\r\nn01443537"), dir, "wnids.txt") }, "wnids.txt", "line 2: n01443537 appears twice"},
		"no folder":     {remove("train/n03444034"), "train/n03444034/images", "no such file"},
		"missing image": {remove("train/n03444034/images/n03444034_2.JPEG"), "train/n03444034/images", "has 3 images, but class n02124075 has 4"},
		"no images":     {remove("val/images/val_1.JPEG"), "val_annotations.txt", "line 2: "}, // a missing file too
		"no val":        {remove("val/images"), "val/images", "no such file"},
		"no annotation": {remove("val/val_annotations.txt"), "val_annotations.txt", "no such file"},
		"cut list":      {val("val_0.JPEG\tn03444034\t0\t32\t44\t62\n"), "val/images", "has 3 images, but "},
		"cut line":      {val("val_0.JPEG\tn03444034\t0\t32\t44"), "val_annotations.txt", "line 1 must have 6 fields, got 5"},
		"no lines":      {val("\n"), "val_annotations.txt", "contains no image"},
		"outside":       {val("../x.JPEG\tn03444034\t0\t32\t44\t62\n"), "val_annotations.txt", `line 1: "../x.JPEG" is not the name`},
		"unknown class": {val("val_0.JPEG\tn99999999\t0\t32\t44\t62\n"), "val_annotations.txt", `line 1: unknown class "n99999999"`},
		"image twice": {val("val_0.JPEG\tn03444034\t0\t32\t44\t62\nval_0.JPEG\tn03444034\t0\t32\t44\t62\n"), "val_annotations.txt",
			"line 2: val_0.JPEG appears twice"},
	} {
		dir := tiny(t)
		c.damage(t, dir)
		d, err := dataset.OpenTinyImageNet(dir)
		require.ErrorContains(t, err, c.path, name)
		require.ErrorContains(t, err, dir, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.Equal(t, c.says == "no such file" || name == "no images", errors.Is(err, fs.ErrNotExist), name)
		assert.Nil(t, d)
	}
}

func TestDamagedImagesFailWhenRead(t *testing.T) {
	whole := jpegOf(t, 64, 64, 1, 2, 3)
	huge := jpegOf(t, 8, 8, 1)
	at := bytes.Index(huge, []byte{0xff, 0xc0}) // the position of its size
	copy(huge[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	dir := tiny(t)
	path := filepath.Join(dir, "train", wnids[1], "images", wnids[1]+"_2.JPEG")
	d, err := dataset.OpenTinyImageNet(dir)
	require.NoError(t, err)
	pixels := make([]uint8, 3*64*64)
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"other size": {jpegOf(t, 64, 32, 1, 2, 3), "the image must be 64×64, got 64×32"},
		"huge size":  {huge, "the image must be 64×64, got 65535×65535"},
		"cut":        {whole[:len(whole)/2], "EOF"},
		"empty":      {nil, "EOF"},
		"no image":   {[]byte("GIF89a"), "missing SOI marker"},
		"huge file":  {make([]byte, 1<<20+1), "more than 1048576 bytes"},
	} {
		write(t, c.file, path)
		allocated := allocates(func() { err = d.Train.Read(6, pixels) })
		require.ErrorContains(t, err, path, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.Less(t, allocated, uint64(8<<20))
	}
	require.NoError(t, os.Remove(path))
	stream, err := dataset.NewStream(d.Train, unchanged(3), dataset.StreamConfig{Batch: 5})
	require.NoError(t, err)
	n := 0
	for _, err := range stream.Epoch(t.Context(), 3) {
		if n++; n == 2 {
			assert.ErrorIs(t, err, fs.ErrNotExist)
			assert.ErrorContains(t, err, "epoch 3, batch 1: ")
			assert.ErrorContains(t, err, path)
		} else {
			assert.NoError(t, err)
		}
	}
	assert.Equal(t, 2, n)
}

func FuzzAnnotations(f *testing.F) {
	f.Add("val_0.JPEG\tn03444034\t0\t32\t44\t62\nval_1.JPEG\tn01443537\t1\t2\t3\t4\n")
	f.Add("n03444034\r\nn01443537\r\n")
	classes := map[string]int{"n03444034": 0, "n01443537": 1}
	f.Fuzz(func(t *testing.T, text string) {
		if list, err := dataset.ParseWNIDs(text); err == nil {
			again, err := dataset.ParseWNIDs(strings.Join(list, "\n"))
			require.NoError(t, err)
			require.Equal(t, list, again)
		}
		names, labels, err := dataset.ParseAnnotations(text, classes)
		if err != nil {
			require.Empty(t, names)
			return
		}
		require.Len(t, labels, len(names))
		require.NotEmpty(t, names)
		for i, name := range names {
			require.Equal(t, "x", filepath.Dir(filepath.Join("x", name)), "the path stays inside the directory")
			require.Contains(t, []int{0, 1}, labels[i])
		}
	})
}

func FuzzJPEG(f *testing.F) {
	f.Add(jpegOf(f, 64, 64, 1, 2, 3))
	f.Add(jpegOf(f, 64, 64, 100))
	f.Add(jpegOf(f, 8, 8, 100))
	f.Fuzz(func(t *testing.T, file []byte) {
		pixels := make([]uint8, 3*64*64)
		allocated := allocates(func() { _ = dataset.DecodeJPEG(file, pixels) })
		require.Less(t, allocated, uint64(4<<20))
	})
}
