package nasbench

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/searchspace"
)

//go:embed digits201.csv.gz
var digits201 []byte

// Digits201 returns a benchmark that needs no file: small networks of all 15,625 cells of NAS-Bench-201, trained from
// scratch on the UCI handwritten digits by this library's evaluator/oracle, each with two seeds. Its columns are
//
//	valid, test             accuracies on validation and test images, in percent
//	valid_loss, test_loss   mean cross-entropies of an image, in nats
//	valid_0, valid_1, …     the same of each seed; those above are the means over both
//	seconds                 what training and measuring with both seeds took on one processor
//	params                  how many parameters the network has
//	flops                   how many multiplications an image takes
//
// A search is by valid, or by valid_0 for an objective that is as noisy as a single training is.
//
// The networks are NAS-Bench-201's with 8 channels and one cell a stage, in place of 16 channels and five cells. They are
// trained for 12 epochs on 500 images, shifted at random, and measured on shifted images as well: digits in their places
// are too easy to tell cells apart. Cells that compute the same function, of which there are 4,930, are trained once and
// have the same figures, but parameters and multiplications of their own. Spearman's correlation of the two seeds'
// validation accuracies is 0.84. digits201.txt beside this package's source says how the table was made;
// internal/cmd/digits201 is the program.
func Digits201() (*Table, error) { return readDigits201() }

var readDigits201 = sync.OnceValues(func() (*Table, error) {
	const name = "Digits201"
	unpacked, err := gzip.NewReader(bytes.NewReader(digits201))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return ReadCSV(unpacked, name, searchspace.NASBench201{})
})
