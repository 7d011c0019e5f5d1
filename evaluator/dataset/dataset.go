package dataset

import "fmt"

// Dataset is a set of labeled images, divided into a training and a test part as published.
type Dataset struct {
	// Name is the common name of the data set, such as "CIFAR-10".
	Name string

	// Classes are the names of the classes, in the order of their labels.
	Classes []string

	// Train contains the images for training and validation, see [Set.Split]. Test contains the images for the final
	// measurement; it is empty if only one part is published. All images have the same shape.
	Train, Test *Set
}

// Shape is the size of an image: its numbers of channels, rows and columns.
type Shape struct{ Channels, Height, Width int }

// Size returns the number of values of an image: Channels × Height × Width.
func (s Shape) Size() int { return s.Channels * s.Height * s.Width }

// String formats the shape, for example "3×32×32".
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.Channels, s.Height, s.Width) }

// maxSize is the maximum number of values of an image. It is small enough that no product overflows.
const maxSize = 1 << 28

func (s Shape) check() error {
	if min(s.Channels, s.Height, s.Width) < 1 || max(s.Channels, s.Height, s.Width) > maxSize ||
		float64(s.Channels)*float64(s.Height)*float64(s.Width) > maxSize {
		return fmt.Errorf("the sides of an image must be positive and its size at most %d, got %v", maxSize, s)
	}
	return nil
}
