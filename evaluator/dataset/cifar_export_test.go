package dataset

import (
	"fmt"
	"io"
)

// OpenSmallCIFAR reads a data set with fewer images in the format of CIFAR-10, or of CIFAR-100 if it has coarse labels.
func OpenSmallCIFAR(dir string, coarse bool, images int) (*Dataset, error) {
	c := cifar10
	if coarse {
		c = cifar100
	}
	c.train, c.test = nil, []cifarFile{{"test.bin", images}}
	for i := range 2 {
		c.train = append(c.train, cifarFile{fmt.Sprintf("train%d.bin", i), images})
	}
	return c.open(dir)
}

// ReadCIFAR reads the records of a file in the format of CIFAR-10, or of CIFAR-100 if it has coarse labels.
func ReadCIFAR(r io.Reader, coarse bool, images int) (pixels []uint8, labels []int, err error) {
	if coarse {
		return cifar100.appendRecords(nil, nil, r, images)
	}
	return cifar10.appendRecords(nil, nil, r, images)
}
