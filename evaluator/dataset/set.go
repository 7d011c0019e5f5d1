package dataset

import (
	"errors"
	"fmt"
	"slices"
)

// Set is a set of labeled images of the same shape, numbered from 0. It is immutable and safe for concurrent use. [Set.Split] and
// [Set.Subset] return sets that share its images.
type Set struct {
	shape   Shape
	classes int
	labels  []int
	source  Source
	index   []int // the number of each image in source
}

// Source provides the images of a [Set]. Implement it for files that this package cannot read. It
// must be safe for concurrent use.
type Source interface {
	// Read decodes image i into pixels, channel by channel and row by row. pixels has as many elements as the shape passed to
	// [NewLazySet]. Errors should name the file.
	Read(i int, pixels []uint8) error
}

// NewSet returns a set of images in memory. It does not copy pixels: image i is pixels[i*size : (i+1)*size], channel by channel
// and row by row, where size is shape.Size(). Its label is labels[i], from 0 to classes−1. NewSet returns an error if a length
// or a label is not valid.
func NewSet(shape Shape, classes int, pixels []uint8, labels []int) (*Set, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	if size := shape.Size(); len(pixels)%size != 0 || len(pixels)/size != len(labels) {
		return nil, fmt.Errorf("pixels must have the size of %[2]d images of %[3]v, got %[1]d bytes", len(pixels), len(labels), shape)
	}
	return NewLazySet(shape, classes, memory{pixels, shape.Size()}, labels)
}

// NewLazySet returns a set of images, one for each label, that are read from source whenever they
// are needed. Labels must be from 0 to classes−1.
func NewLazySet(shape Shape, classes int, source Source, labels []int) (*Set, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	if classes < 1 {
		return nil, fmt.Errorf("the number of classes must be at least 1, got %d", classes)
	}
	index := make([]int, len(labels))
	for i, label := range labels {
		if label < 0 || label >= classes {
			return nil, fmt.Errorf("image %d has label %d, but there are %d classes", i, label, classes)
		}
		index[i] = i
	}
	return &Set{shape, classes, slices.Clone(labels), source, index}, nil
}

// memory holds the pixels of all images, one after the other. It implements Source.
type memory struct {
	pixels []uint8
	size   int // bytes per image
}

func (m memory) Read(i int, pixels []uint8) error {
	copy(pixels, m.pixels[i*m.size:])
	return nil
}

// Len returns the number of images.
func (s *Set) Len() int { return len(s.labels) }

// Shape returns the size of every image.
func (s *Set) Shape() Shape { return s.shape }

// Classes returns the number of classes. Some of them may have no images in the set.
func (s *Set) Classes() int { return s.classes }

// Labels returns a copy of the labels of the images, from 0 to Classes()−1.
func (s *Set) Labels() []int { return slices.Clone(s.labels) }

// Counts returns the number of images of each class.
func (s *Set) Counts() []int {
	counts := make([]int, s.classes)
	for _, label := range s.labels {
		counts[label]++
	}
	return counts
}

// Read reads image i into pixels, channel by channel and row by row. The values are those of the published files, usually
// from 0 to 255; see [Digits] for an exception. pixels must have Shape().Size() elements. If a file cannot be read, the error
// names it.
func (s *Set) Read(i int, pixels []uint8) (err error) {
	if i < 0 || i >= s.Len() {
		return fmt.Errorf("there is no image %d in a set of %d", i, s.Len())
	}
	if len(pixels) != s.shape.Size() {
		return fmt.Errorf("an image of %v needs %d bytes, got %d", s.shape, s.shape.Size(), len(pixels))
	}
	// Images are read in goroutines of this package, where callers could not recover from a panic of a decoder.
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("reading image %d panicked: %v", i, thrown)
		}
	}()
	return s.source.Read(s.index[i], pixels)
}

// Subset returns a set of the images with the given numbers, in this order: its image k is image
// images[k] of s. It returns an error if a number is out of range.
func (s *Set) Subset(images []int) (*Set, error) {
	for _, i := range images {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("the subset needs image %d, but the set has %d images", i, s.Len())
		}
	}
	return s.take(images), nil
}

// take is Subset for valid numbers.
func (s *Set) take(images []int) *Set {
	part := &Set{shape: s.shape, classes: s.classes, source: s.source}
	for _, i := range images {
		part.labels = append(part.labels, s.labels[i])
		part.index = append(part.index, s.index[i])
	}
	return part
}

// errEmpty is the error of operations that need at least one image.
var errEmpty = errors.New("the set has no images")
