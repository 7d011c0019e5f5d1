package dataset

import "fmt"

// Dataset is labelled images in the parts in which they are published.
type Dataset struct {
	// Name is how the data set is commonly called, "CIFAR-10" for instance.
	Name string

	// Classes are the names of the classes, in the order of their labels.
	Classes []string

	// Train is what to train and validate on, see [Set.Split], and Test what to measure at the very end. Both have images of
	// the same shape. Test has no images where only one part is published.
	Train, Test *Set
}

// Shape is the size of an image: how many channels of how many rows and columns.
type Shape struct{ Channels, Height, Width int }

// Size returns how many values an image has, which is Channels × Height × Width.
func (s Shape) Size() int { return s.Channels * s.Height * s.Width }

// String writes the shape as in "3×32×32".
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.Channels, s.Height, s.Width) }

// maxSize is the most values of an image, far below what overflows.
const maxSize = 1 << 28

func (s Shape) check() error {
	if min(s.Channels, s.Height, s.Width) < 1 || max(s.Channels, s.Height, s.Width) > maxSize ||
		float64(s.Channels)*float64(s.Height)*float64(s.Width) > maxSize {
		return fmt.Errorf("no image has a shape of %v", s)
	}
	return nil
}
