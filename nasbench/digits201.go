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

// Digits201 returns an embedded benchmark, which needs no file: small networks for all 15,625 cells of NAS-Bench-201, trained from
// scratch on the UCI handwritten digits with this library's evaluator/oracle, each with two seeds. Its columns are
//
//	valid, test             accuracies on validation and test images, in percent
//	valid_loss, test_loss   mean cross-entropies per image, in nats
//	valid_0, valid_1, …     the same for each seed; the columns above are means over both seeds
//	seconds                 time for training and measuring with both seeds on one processor
//	params                  number of parameters
//	flops                   number of multiplications per image
//
// Use valid as the objective of a search, or valid_0 for an objective with the noise of a single training run.
//
// The networks are those of NAS-Bench-201 with 8 channels and one cell per stage, instead of 16 channels and five cells. They are trained
// for 12 epochs on 500 images, which are shifted at random, and measured on shifted images; unshifted digits are too easy to distinguish
// cells. There are 4,930 classes of cells that compute the same function. Each class was trained once, so its cells have the same
// figures except for parameters and multiplications. Spearman's correlation between the validation accuracies of the two seeds is 0.84.
// The file digits201.txt in this directory describes how the table was made; internal/cmd/digits201 is the program.
func Digits201() (*Table, error) { return readDigits201() }

var readDigits201 = sync.OnceValues(func() (*Table, error) {
	const name = "Digits201"
	unpacked, err := gzip.NewReader(bytes.NewReader(digits201))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return ReadCSV(unpacked, name, searchspace.NASBench201{})
})
