package nasbench

import (
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/searchspace"
)

// NATS holds the trainings of NAS-Bench-201's 15,625 cells (Dong & Yang 2020, arXiv 2001.00326), which are the topology
// space of NATS-Bench (Dong et al. 2021, arXiv 2009.00437). It is safe for concurrent use. [OpenNATS] makes one.
//
// Each cell is trained for 12 and for 200 epochs on each of four data sets, up to three times with different seeds.
// [NATS.Info] and [NATS.Cost] give what the benchmark's Python API gives, under its names.
type NATS struct {
	name   string
	simple bool // name is a directory, and trainings are loaded from it when they are asked for
	archs  []searchspace.Arch
	rows   map[string]int // the index of a cell, by its notation
	loaded []atomic.Pointer[natsArch]
}

// NATSMetric names a figure. Metrics of an evaluator's results go by the same names.
type NATSMetric string

// The figures that [NATS.Info] gives. Losses are mean cross-entropies, accuracies are in percent, both after the last
// epoch; times are in seconds, of one epoch (the mean) and of all of them.
//
// Which images they are of depends on the data set, see [NATSQuery].
const (
	NATSTrainLoss       NATSMetric = "train-loss"
	NATSTrainAccuracy   NATSMetric = "train-accuracy"
	NATSTrainPerTime    NATSMetric = "train-per-time"
	NATSTrainAllTime    NATSMetric = "train-all-time"
	NATSValidLoss       NATSMetric = "valid-loss"
	NATSValidAccuracy   NATSMetric = "valid-accuracy"
	NATSValidPerTime    NATSMetric = "valid-per-time"
	NATSValidAllTime    NATSMetric = "valid-all-time"
	NATSTestLoss        NATSMetric = "test-loss"
	NATSTestAccuracy    NATSMetric = "test-accuracy"
	NATSTestPerTime     NATSMetric = "test-per-time"
	NATSTestAllTime     NATSMetric = "test-all-time"
	NATSValTestLoss     NATSMetric = "valtest-loss"
	NATSValTestAccuracy NATSMetric = "valtest-accuracy"
	NATSValTestPerTime  NATSMetric = "valtest-per-time"
	NATSValTestAllTime  NATSMetric = "valtest-all-time"
)

// The figures that [NATS.Cost] gives, besides times.
const (
	NATSFLOPs   NATSMetric = "flops"   // in millions, of one image
	NATSParams  NATSMetric = "params"  // in millions
	NATSLatency NATSMetric = "latency" // in seconds, of a batch of 256 images
)

// NATSQuery says which trainings of a cell are asked for. The zero query asks for the mean over those on half of
// CIFAR-10's training set for 200 epochs.
type NATSQuery struct {
	// Dataset is what was trained on, and decides which images the figures are of:
	//
	//	                 train                       valid                     test            valtest
	//	cifar10-valid    half CIFAR-10's training    the other half            its test set    –
	//	cifar10          CIFAR-10's training set     –                         its test set    –
	//	cifar100         CIFAR-100's training set    half its test set         the other half  both
	//	ImageNet16-120   its training set            half its validation set   the other half  both
	//
	// On CIFAR-10, a search goes by the validation accuracy on cifar10-valid, and is judged by the test accuracy on
	// cifar10. Empty: cifar10-valid.
	Dataset string
	// Epochs is how long was trained, 12 or 200. 0: 200.
	Epochs int
	// Seed is the seed of one training, see [NATS.Seeds]. 0: the mean over all.
	Seed int
}

// The data sets of NAS-Bench-201, for [NATSQuery].
const (
	NATSCIFAR10Valid  = "cifar10-valid"
	NATSCIFAR10       = "cifar10"
	NATSCIFAR100      = "cifar100"
	NATSImageNet16120 = "ImageNet16-120"
)

// withDefaults spells a query out.
func (q NATSQuery) withDefaults() NATSQuery {
	if q.Dataset == "" {
		q.Dataset = NATSCIFAR10Valid
	}
	if q.Epochs == 0 {
		q.Epochs = 200
	}
	return q
}

// Space returns searchspace.NASBench201.
func (n *NATS) Space() searchspace.Space { return searchspace.NASBench201{} }

// Len returns the number of cells that the benchmark's index lists, 15,625 in the published files. Not all of them need
// be recorded.
func (n *NATS) Len() int { return len(n.archs) }

// Archs yields the cells in the order of the index.
func (n *NATS) Archs() iter.Seq[searchspace.Arch] { return slices.Values(n.archs) }

// Arch returns the cell of an index, from 0. The error wraps [ErrNotRecorded] where there is none.
func (n *NATS) Arch(index int) (searchspace.Arch, error) {
	if index < 0 || index >= len(n.archs) {
		return searchspace.Arch{}, fmt.Errorf("%s: architecture %d of %d is %w", n.name, index, len(n.archs), ErrNotRecorded)
	}
	return n.archs[index], nil
}

// Index returns the index of a cell, by which the benchmark calls it. The error wraps [ErrNotRecorded] where it has
// none.
func (n *NATS) Index(a searchspace.Arch) (int, error) {
	space := n.Space()
	// A Key promises nothing of what is no member of the space.
	if err := space.Validate(a); err != nil {
		return 0, fmt.Errorf("%s: %w: %w", n.name, ErrNotRecorded, err)
	}
	index, ok := n.rows[space.Key(a)]
	if !ok {
		return 0, fmt.Errorf("%s: architecture [%v] is %w", n.name, a, ErrNotRecorded)
	}
	return index, nil
}

// Seeds returns the seeds of the trainings that a query is about, in the order of the file, its Seed aside. The error
// wraps [ErrNotRecorded] where there is none.
func (n *NATS) Seeds(a searchspace.Arch, q NATSQuery) ([]int, error) {
	q.Seed = 0
	runs, err := n.runs(a, q.withDefaults())
	if err != nil {
		return nil, err
	}
	var seeds []int
	for _, run := range runs {
		seeds = append(seeds, run.seed)
	}
	return seeds, nil
}

// runs returns the trainings that a query is about, one at least.
func (n *NATS) runs(a searchspace.Arch, q NATSQuery) ([]natsRun, error) {
	index, err := n.Index(a)
	if err != nil {
		return nil, err
	}
	record, err := n.arch(index)
	if err != nil {
		return nil, err
	}
	var runs []natsRun
	for _, run := range record.runs {
		if run.dataset == q.Dataset && run.epochs == q.Epochs && (q.Seed == 0 || run.seed == q.Seed) {
			runs = append(runs, run)
		}
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("%s: architecture %d [%v]: training on %q for %d epochs, seed %d, is %w",
			n.name, index, a, q.Dataset, q.Epochs, q.Seed, ErrNotRecorded)
	}
	return runs, nil
}
