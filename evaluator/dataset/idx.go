package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// OpenIDX reads images and their labels from two files in MNIST's IDX format. Each may be compressed
// with gzip. The images have one channel and the size given in the file. Labels must be from 0 to
// classes−1. Errors name the file.
func OpenIDX(imagesPath, labelsPath string, classes int) (*Set, error) {
	images, err := os.Open(imagesPath)
	if err != nil {
		return nil, fmt.Errorf("opening images: %w", err)
	}
	defer images.Close()
	labels, err := os.Open(labelsPath)
	if err != nil {
		return nil, fmt.Errorf("opening labels: %w", err)
	}
	defer labels.Close()
	return readIDXFiles(images, labels, classes, nil)
}

// readIDXFiles reads a set from two files. If shape is not nil, the images must have that shape.
func readIDXFiles(images, labels *os.File, classes int, shape *Shape) (*Set, error) {
	var found Shape
	sides, pixels, err := readIDX(images, 3, func(sides []int) error {
		if sides[0] > maxIDXImages {
			return fmt.Errorf("the header announces more than %d images", maxIDXImages)
		}
		found = Shape{1, sides[1], sides[2]}
		if shape != nil && found != *shape {
			return fmt.Errorf("images must be %[2]v, got %[1]v", found, *shape)
		}
		return found.check()
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", images.Name(), err)
	}
	_, bytes, err := readIDX(labels, 1, func(counts []int) error {
		if counts[0] != sides[0] {
			return fmt.Errorf("there are %d labels, but %s has %d images", counts[0], images.Name(), sides[0])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", labels.Name(), err)
	}
	numbers := make([]int, len(bytes))
	for i, label := range bytes {
		numbers[i] = int(label)
	}
	set, err := NewSet(found, classes, pixels, numbers)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", labels.Name(), err)
	}
	return set, nil
}

// The maximum size of a file's decompressed content. EMNIST's largest part has 697,932 images and 547 MB.
const (
	maxIDX       = 1 << 30 // bytes
	maxIDXImages = 1 << 22
)

// readIDX reads a file of bytes: a magic number, the length of each dimension, and the content. check may reject the lengths
// before memory is allocated for the content.
func readIDX(r io.Reader, dimensions int, check func(lengths []int) error) (lengths []int, content []byte, err error) {
	if r, err = unpacked(r); err != nil {
		return nil, nil, err
	}
	lengths, size, err := readIDXHeader(r, dimensions)
	if err != nil {
		return nil, nil, err
	}
	if err := check(lengths); err != nil {
		return nil, nil, err
	}
	content, err = readExactly(r, size)
	return lengths, content, err
}

// readIDXHeader returns the length of each dimension, and their product.
func readIDXHeader(r io.Reader, dimensions int) (lengths []int, size int, err error) {
	const unsignedBytes = 8 // the type of the elements
	magic, err := readUint32(r)
	if err != nil {
		return nil, 0, err
	}
	if want := uint32(unsignedBytes<<8 | dimensions); magic != want {
		return nil, 0, fmt.Errorf("the magic number must be %#08x, got %#08x", want, magic)
	}
	total := uint64(1)
	for range dimensions {
		length, err := readUint32(r)
		if err != nil {
			return nil, 0, err
		}
		if length == 0 {
			return nil, 0, errors.New("the file contains no data")
		}
		if total *= uint64(length); total > maxIDX {
			return nil, 0, fmt.Errorf("the header announces more than %d bytes", maxIDX)
		}
		lengths = append(lengths, int(length))
	}
	return lengths, int(total), nil
}

func readUint32(r io.Reader) (uint32, error) {
	var number [4]byte
	if _, err := io.ReadFull(r, number[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return 0, fmt.Errorf("reading the header: %w", io.ErrUnexpectedEOF)
	} else if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(number[:]), nil
}
