package dataset

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

//go:embed digits.csv.gz
var digits []byte

// Digits returns the UCI handwritten digits, which are embedded and need no download: 1,797 images of 1×8×8 in 10 classes, with
// values from 0 to 16. All images are in Train; use [Set.Split] to divide them.
//
// They are the test part of Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak 1998, UCI Machine Learning
// Repository, https://doi.org/10.24432/C50P49), licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). The copy
// is from scikit-learn.
func Digits() (*Dataset, error) {
	const name = "digits.csv.gz"
	unpacked, err := gzip.NewReader(bytes.NewReader(digits))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	train, err := readDigits(unpacked, name)
	if err != nil {
		return nil, err
	}
	return &Dataset{Name: "UCI digits", Classes: slices.Clone(digitNames), Train: train, Test: train.take(nil)}, nil
}

// digitNames are the names of the classes, in the order of their labels.
var digitNames = strings.Fields("0 1 2 3 4 5 6 7 8 9")

const (
	digitSide = 8
	maxDigit  = 16 // the maximum value of a pixel
)

// readDigits reads lines of 64 pixels and a label. Errors contain the given name of the file and the line.
func readDigits(r io.Reader, name string) (*Set, error) {
	shape := Shape{1, digitSide, digitSide}
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = shape.Size() + 1
	lines.ReuseRecord = true
	var pixels []uint8
	var labels []int
	for {
		fields, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i, field := range fields {
			limit := maxDigit
			if i == shape.Size() {
				limit = len(digitNames) - 1
			}
			value, err := strconv.ParseUint(field, 10, 8)
			if err != nil || int(value) > limit {
				line, _ := lines.FieldPos(i)
				return nil, fmt.Errorf("%s: line %d: number %d must be from 0 to %[5]d, got %[4]q", name, line, i+1, field, limit)
			}
			if i == shape.Size() {
				labels = append(labels, int(value))
			} else {
				pixels = append(pixels, uint8(value))
			}
		}
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errEmpty)
	}
	return NewSet(shape, len(digitNames), pixels, labels)
}
