package dataset

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// OpenCIFAR10 reads CIFAR-10 (Krizhevsky 2009) from the directory of its binary version, cifar-10-batches-bin: data_batch_1.bin
// to data_batch_5.bin and test_batch.bin with 10,000 images each. Images are 3×32×32 (red, green, blue) with values from 0 to 255.
// Errors name the file.
func OpenCIFAR10(dir string) (*Dataset, error) { return cifar10.open(dir) }

// OpenCIFAR100 reads CIFAR-100 from the directory of its binary version, cifar-100-binary: train.bin with 50,000 images and
// test.bin with 10,000, in the format of CIFAR-10. Labels are the fine labels, of 100 classes; the coarse labels are checked but
// not returned. Errors name the file.
func OpenCIFAR100(dir string) (*Dataset, error) { return cifar100.open(dir) }

// cifar describes one of the two data sets. Its files consist of records, each with one or more labels and an image.
type cifar struct {
	name        string
	classes     []string
	labels      []int // the number of classes of each label in a record; only the last label is used
	train, test []cifarFile
}

type cifarFile struct {
	name   string
	images int
}

var (
	cifar10 = cifar{
		name: "CIFAR-10", classes: cifar10Names, labels: []int{10},
		train: []cifarFile{
			{"data_batch_1.bin", 10000}, {"data_batch_2.bin", 10000}, {"data_batch_3.bin", 10000},
			{"data_batch_4.bin", 10000}, {"data_batch_5.bin", 10000},
		},
		test: []cifarFile{{"test_batch.bin", 10000}},
	}
	cifar100 = cifar{
		name: "CIFAR-100", classes: cifar100Names, labels: []int{20, 100},
		train: []cifarFile{{"train.bin", 50000}},
		test:  []cifarFile{{"test.bin", 10000}},
	}
	cifarShape = Shape{3, 32, 32}
)

func (c cifar) open(dir string) (*Dataset, error) {
	train, err := c.openPart(dir, c.train)
	if err != nil {
		return nil, err
	}
	test, err := c.openPart(dir, c.test)
	if err != nil {
		return nil, err
	}
	return &Dataset{Name: c.name, Classes: slices.Clone(c.classes), Train: train, Test: test}, nil
}

// openPart reads the images of the given files.
func (c cifar) openPart(dir string, files []cifarFile) (*Set, error) {
	images := 0
	for _, f := range files {
		// A file has no header, so its size shows whether it is complete, before memory is allocated.
		path := filepath.Join(dir, f.name)
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", c.name, err)
		}
		if want := int64(f.images * (len(c.labels) + cifarShape.Size())); info.Size() != want {
			return nil, fmt.Errorf("%s must have %[3]d bytes for %[4]d images, got %[2]d", path, info.Size(), want, f.images)
		}
		images += f.images
	}
	pixels := make([]uint8, 0, images*cifarShape.Size())
	labels := make([]int, 0, images)
	for _, f := range files {
		var err error
		if pixels, labels, err = c.appendFile(pixels, labels, filepath.Join(dir, f.name), f.images); err != nil {
			return nil, err
		}
	}
	return NewSet(cifarShape, len(c.classes), pixels, labels)
}

func (c cifar) appendFile(pixels []uint8, labels []int, path string, images int) ([]uint8, []int, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", c.name, err)
	}
	defer file.Close()
	if pixels, labels, err = c.appendRecords(pixels, labels, bufio.NewReaderSize(file, 1<<20), images); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return pixels, labels, nil
}

// appendRecords reads the given number of records, after which r must end.
func (c cifar) appendRecords(pixels []uint8, labels []int, r io.Reader, images int) ([]uint8, []int, error) {
	record := make([]byte, len(c.labels)+cifarShape.Size())
	for i := range images {
		if _, err := io.ReadFull(r, record); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, nil, fmt.Errorf("image %d: %w", i, err)
		}
		for l, classes := range c.labels {
			if int(record[l]) >= classes {
				return nil, nil, fmt.Errorf("image %d has label %d, but there are %d classes", i, record[l], classes)
			}
		}
		labels = append(labels, int(record[len(c.labels)-1]))
		pixels = append(pixels, record[len(c.labels):]...)
	}
	if err := readEnd(r); err != nil {
		return nil, nil, err
	}
	return pixels, labels, nil
}
