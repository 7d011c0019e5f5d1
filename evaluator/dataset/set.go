package dataset

import (
	"errors"
	"fmt"
	"slices"
)

// Set is labelled images of one shape, numbered from 0. It does not change and is safe for concurrent use. [Set.Split] and
// [Set.Subset] make sets that share its images, so they cost next to nothing.
type Set struct {
	shape   Shape
	classes int
	labels  []int
	source  Source
	index   []int // of each image in source
}

// Source is where the images of a [Set] come from: a type of yours for files that this package does not read. It is safe
// for concurrent use.
type Source interface {
	// Read puts image i into pixels, channel after channel and row after row. pixels is as long as the size of the shape
	// that [NewLazySet] was told. An error should name the file.
	Read(i int, pixels []uint8) error
}

// NewSet makes a set of images in memory, which it keeps: image i is pixels[i·size : (i+1)·size], channel after channel and
// row after row, where size is shape.Size(). Its label is labels[i], from 0 to classes−1. The error says which length or
// label is wrong.
func NewSet(shape Shape, classes int, pixels []uint8, labels []int) (*Set, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	if size := shape.Size(); len(pixels)%size != 0 || len(pixels)/size != len(labels) {
		return nil, fmt.Errorf("%d bytes are not %d images of %v", len(pixels), len(labels), shape)
	}
	return NewLazySet(shape, classes, memory{pixels, shape.Size()}, labels)
}

// NewLazySet makes a set of images that are read whenever they are needed, one for each label. Labels are from 0 to
// classes−1; the error says which is not.
func NewLazySet(shape Shape, classes int, source Source, labels []int) (*Set, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	if classes < 1 {
		return nil, fmt.Errorf("%d classes", classes)
	}
	index := make([]int, len(labels))
	for i, label := range labels {
		if label < 0 || label >= classes {
			return nil, fmt.Errorf("image %d: a label of %d in %d classes", i, label, classes)
		}
		index[i] = i
	}
	return &Set{shape, classes, slices.Clone(labels), source, index}, nil
}

// memory is the pixels of all images, one after the other.
type memory struct {
	pixels []uint8
	size   int // of an image
}

func (m memory) Read(i int, pixels []uint8) error {
	copy(pixels, m.pixels[i*m.size:])
	return nil
}

// Len returns how many images the set has.
func (s *Set) Len() int { return len(s.labels) }

// Shape returns the size of every image.
func (s *Set) Shape() Shape { return s.shape }

// Classes returns how many classes there are, of which the set may lack some.
func (s *Set) Classes() int { return s.classes }

// Labels returns the label of each image, from 0 to Classes()−1.
func (s *Set) Labels() []int { return slices.Clone(s.labels) }

// Counts returns how many images each class has.
func (s *Set) Counts() []int {
	counts := make([]int, s.classes)
	for _, label := range s.labels {
		counts[label]++
	}
	return counts
}

// Read puts image i into pixels, channel after channel and row after row, as bytes like those of the published files: from
// 0 to 255 mostly, see [Digits]. pixels has Shape().Size() elements. Images of files can fail, by an error that names the
// file.
func (s *Set) Read(i int, pixels []uint8) (err error) {
	if i < 0 || i >= s.Len() {
		return fmt.Errorf("image %d of %d", i, s.Len())
	}
	if len(pixels) != s.shape.Size() {
		return fmt.Errorf("%d bytes for an image of %v", len(pixels), s.shape)
	}
	// Images are read by goroutines of this package, where nobody else could catch what a decoder throws.
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("reading image %d panicked: %v", i, thrown)
		}
	}()
	return s.source.Read(s.index[i], pixels)
}

// Subset returns a set of the images of these numbers, in this order; its image k is image images[k] of s. The error
// says which number is none of an image.
func (s *Set) Subset(images []int) (*Set, error) {
	for _, i := range images {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("a subset with image %d of %d", i, s.Len())
		}
	}
	return s.take(images), nil
}

// take is Subset for numbers that are known to be right.
func (s *Set) take(images []int) *Set {
	part := &Set{shape: s.shape, classes: s.classes, source: s.source}
	for _, i := range images {
		part.labels = append(part.labels, s.labels[i])
		part.index = append(part.index, s.index[i])
	}
	return part
}

// errEmpty says that something needs images.
var errEmpty = errors.New("the set has no images")
