package nasbench

import (
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/searchspace"
)

// NATS contains the training runs of NAS-Bench-201's 15,625 cells (Dong & Yang 2020, arXiv
// 2001.00326), the topology space of NATS-Bench (Dong et al. 2021, arXiv 2009.00437). Open one with
// [OpenNATS]. It is safe for concurrent use.
//
// Each cell was trained for 12 and for 200 epochs on each of four data sets, up to three times with
// different seeds. [NATS.Info] and [NATS.Cost] return the same figures as the benchmark's Python
// API, with the same names.
type NATS struct {
	name   string
	simple bool // whether name is a directory, from which training runs are loaded when they are first needed
	archs  []searchspace.Arch
	rows   map[string]int // the index of a cell, by its notation
	loaded []atomic.Pointer[natsArch]
}

// NATSMetric is the name of a figure, and of the corresponding metric in the results of an evaluator.
type NATSMetric string

// The figures that [NATS.Info] returns. Losses are mean cross-entropies and accuracies are in
// percent, both after the last epoch. Times are in seconds, for one epoch (the mean) or for all
// epochs.
//
// The data set determines which images they refer to; see [NATSQuery].
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

// The figures that [NATS.Cost] returns besides times.
const (
	NATSFLOPs   NATSMetric = "flops"   // in millions, for one image
	NATSParams  NATSMetric = "params"  // in millions
	NATSLatency NATSMetric = "latency" // in seconds, for a batch of 256 images
)

// NATSQuery selects training runs of a cell. The zero query selects the mean over the training runs
// for 200 epochs on half of CIFAR-10's training set.
type NATSQuery struct {
	// Dataset is the data set of the training. It determines which images the figures refer to:
	//
	//	                 train                       valid                     test            valtest
	//	cifar10-valid    half CIFAR-10's training    the other half            its test set    –
	//	cifar10          CIFAR-10's training set     –                         its test set    –
	//	cifar100         CIFAR-100's training set    half its test set         the other half  both
	//	ImageNet16-120   its training set            half its validation set   the other half  both
	//
	// For CIFAR-10, use the validation accuracy on cifar10-valid as the objective of a search, and the test accuracy on cifar10
	// to judge its result. The default is cifar10-valid.
	Dataset string
	// Epochs is the number of epochs of the training, 12 or 200. The default is 200.
	Epochs int
	// Seed is the seed of one training run; see [NATS.Seeds]. Zero selects the mean over all training runs.
	Seed int
}

// The data sets of NAS-Bench-201, for [NATSQuery].
const (
	NATSCIFAR10Valid  = "cifar10-valid"
	NATSCIFAR10       = "cifar10"
	NATSCIFAR100      = "cifar100"
	NATSImageNet16120 = "ImageNet16-120"
)

// withDefaults fills in the defaults.
func (q NATSQuery) withDefaults() NATSQuery {
	if q.Dataset == "" {
		q.Dataset = NATSCIFAR10Valid
	}
	if q.Epochs == 0 {
		q.Epochs = 200
	}
	return q
}

// String describes the training runs for messages.
func (q NATSQuery) String() string {
	q = q.withDefaults()
	text := fmt.Sprintf("training on %s for %d epochs", q.Dataset, q.Epochs)
	if q.Seed != 0 {
		text += fmt.Sprintf(" with seed %d", q.Seed)
	}
	return text
}

// Space returns searchspace.NASBench201.
func (n *NATS) Space() searchspace.Space { return searchspace.NASBench201{} }

// Len returns the number of cells in the benchmark's index, 15,625 for the published files. Some of them may not be recorded.
func (n *NATS) Len() int { return len(n.archs) }

// Archs yields the cells in the order of the index.
func (n *NATS) Archs() iter.Seq[searchspace.Arch] { return slices.Values(n.archs) }

// Arch returns the cell with the given index, from 0. The error wraps [ErrNotRecorded] if there is none.
func (n *NATS) Arch(index int) (searchspace.Arch, error) {
	if index < 0 || index >= len(n.archs) {
		return searchspace.Arch{}, fmt.Errorf("%s: architecture %d is %w; the indices are 0 to %d",
			n.name, index, ErrNotRecorded, len(n.archs)-1)
	}
	return n.archs[index], nil
}

// Index returns the index of a cell in the benchmark. The error wraps [ErrNotRecorded] if it has none.
func (n *NATS) Index(a searchspace.Arch) (int, error) {
	space := n.Space()
	// The key of an invalid architecture may collide with that of a cell.
	if err := space.Validate(a); err != nil {
		return 0, fmt.Errorf("%s: %w: %w", n.name, ErrNotRecorded, err)
	}
	index, ok := n.rows[space.Key(a)]
	if !ok {
		return 0, fmt.Errorf("%s: architecture %s is %w", n.name, searchspace.Text(space, a), ErrNotRecorded)
	}
	return index, nil
}

// Seeds returns the seeds of the training runs that a query without its Seed selects, in the order of the file. The error wraps
// [ErrNotRecorded] if there are none.
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

// runs returns the training runs that a query selects, at least one.
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
		return nil, fmt.Errorf("%s: architecture %d %s: %s is %w", n.name, index, searchspace.Text(n.Space(), a), q, ErrNotRecorded)
	}
	return runs, nil
}
