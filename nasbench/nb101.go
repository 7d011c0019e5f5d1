package nasbench

import (
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/searchspace"
)

// NB101 contains the training runs of NAS-Bench-101's cells (Ying et al. 2019, arXiv 1902.09635):
// the published file has 423,624 cells, each trained three times for each of 4, 12, 36 and 108
// epochs. Open one with [OpenNB101] or [ReadNB101]. It is immutable and safe for concurrent use.
//
// Figures are stored in single precision, like the benchmark's measurements.
type NB101 struct {
	name string

	// For each cell, in the order of the file:
	keys       [][16]byte // its md5 in the file
	cells      []nb101.Cell
	parameters []int32 // 0 if not recorded
	records    []int32 // the number of its first record

	rows    map[[16]byte]int32 // the index of a cell, by md5
	budgets []nb101Budget      // by epochs, ascending
}

// nb101Budget holds the training runs for a number of epochs.
type nb101Budget struct {
	epochs int
	first  []int32    // the index of each cell's first run, followed by the number of runs
	runs   []nb101Run // grouped by cell; those of one cell are in the order of the file
}

// nb101Run is one training run.
type nb101Run struct{ halfway, final nb101.Evaluation }

// NB101Metric is the name of a figure, and of the corresponding metric in the results of an evaluator.
type NB101Metric string

// The figures of NAS-Bench-101. Accuracies are on CIFAR-10, from 0 to 1.
const (
	NB101TrainAccuracy      NB101Metric = "train_accuracy"
	NB101ValidationAccuracy NB101Metric = "validation_accuracy"
	NB101TestAccuracy       NB101Metric = "test_accuracy"
	NB101TrainingTime       NB101Metric = "training_time"        // in seconds, until the evaluation
	NB101Parameters         NB101Metric = "trainable_parameters" // the same for all training runs of a cell
)

// nb101Metrics lists all metrics. Their order is that of the figures in an evaluation.
var nb101Metrics = []NB101Metric{
	nb101.TrainingTime:       NB101TrainingTime,
	nb101.TrainAccuracy:      NB101TrainAccuracy,
	nb101.ValidationAccuracy: NB101ValidationAccuracy,
	nb101.TestAccuracy:       NB101TestAccuracy,
	nb101ParametersPlace:     NB101Parameters,
}

const nb101ParametersPlace = nb101.TestAccuracy + 1

// NB101Query selects a figure of a cell. The zero query selects the mean validation accuracy at the
// end of the longest training runs.
type NB101Query struct {
	// Metric is the figure. The default is NB101ValidationAccuracy.
	Metric NB101Metric
	// Epochs is the number of epochs of the training, one of NB101.Epochs. The default is the largest of them.
	Epochs int
	// Repeat is the number of one training run, from 1, in the order of the file. Zero selects the
	// mean over all training runs that recorded the figure.
	Repeat int
	// Halfway selects the evaluation after half of the epochs instead of that at the end. It
	// differs from that of a training run for half the epochs, because the learning rate is
	// scheduled for the whole training run.
	Halfway bool
}

// Space returns searchspace.NASBench101.
func (b *NB101) Space() searchspace.Space { return searchspace.NASBench101{} }

// Len returns the number of cells.
func (b *NB101) Len() int { return len(b.cells) }

// Epochs returns the numbers of epochs of the training runs in memory, ascending.
func (b *NB101) Epochs() []int {
	var epochs []int
	for _, budget := range b.budgets {
		epochs = append(epochs, budget.epochs)
	}
	return epochs
}

// Archs yields the cells in the order of the file, with their nodes in the order of the file.
func (b *NB101) Archs() iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for _, c := range b.cells {
			if !yield(c.Arch()) {
				return
			}
		}
	}
}

// Keys yields the published hashes of the cells, md5 in hexadecimal digits, in the order of the file.
func (b *NB101) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for row := range b.keys {
			if !yield(b.hash(int32(row))) {
				return
			}
		}
	}
}

// Cell returns the cell with a published hash, as yielded by [NB101.Keys]. The error wraps
// [ErrNotRecorded] if the file has no such cell.
func (b *NB101) Cell(hash string) (searchspace.Arch, error) {
	row, err := b.rowOfKey(hash)
	if err != nil {
		return searchspace.Arch{}, err
	}
	return b.cells[row].Arch(), nil
}

// Repeats returns the number of recorded training runs of the cell with the given hash for a number
// of epochs; epochs 0 means the largest. It returns 0 if the cell or the number of epochs is
// unknown.
func (b *NB101) Repeats(key string, epochs int) int {
	row, err := b.rowOfKey(key)
	if err != nil {
		return 0
	}
	budget, err := b.budget(epochs)
	if err != nil {
		return 0
	}
	return len(budget.of(row))
}

// Value returns a figure of a cell. Isomorphic cells have the same figures. The error wraps
// [ErrNotRecorded] if the cell, the training or the figure is not recorded, and [ErrNoColumn] if
// the metric is unknown. Value spends most of its time on hashing the cell; if you know the hash,
// use [NB101.ValueOfKey].
func (b *NB101) Value(a searchspace.Arch, q NB101Query) (float64, error) {
	row, err := b.row(a)
	if err != nil {
		return 0, err
	}
	return b.value(row, q)
}

// ValueOfKey is like [NB101.Value] for the cell with a published hash, which is its Key in searchspace.NASBench101.
func (b *NB101) ValueOfKey(key string, q NB101Query) (float64, error) {
	row, err := b.rowOfKey(key)
	if err != nil {
		return 0, err
	}
	return b.value(row, q)
}

// row returns the index of a cell. It validates the cell first, because the key of an invalid one may collide with a valid one's.
func (b *NB101) row(a searchspace.Arch) (int32, error) {
	space := b.Space()
	if err := space.Validate(a); err != nil {
		return 0, fmt.Errorf("%s: %w: %w", b.name, ErrNotRecorded, err)
	}
	row, err := b.rowOfKey(space.Key(a))
	if err != nil {
		return 0, fmt.Errorf("architecture [%s]: %w", searchspace.Text(space, a), err)
	}
	return row, nil
}

func (b *NB101) rowOfKey(digits string) (int32, error) {
	if key, ok := nb101.ParseKey(digits); ok {
		if row, ok := b.rows[key]; ok {
			return row, nil
		}
	}
	return 0, fmt.Errorf("%s: the cell with hash %q is %w", b.name, digits, ErrNotRecorded)
}

// value returns the figure that a query selects.
func (b *NB101) value(row int32, q NB101Query) (float64, error) {
	place, err := b.place(q.Metric)
	if err != nil {
		return 0, err
	}
	runs, err := b.runs(row, q)
	if err != nil {
		return 0, err
	}
	v := b.figure(row, runs, place, q.Halfway)
	if math.IsNaN(v) {
		return 0, b.unset(row, place)
	}
	return v, nil
}

// runs returns the training runs that a query selects, at least one.
func (b *NB101) runs(row int32, q NB101Query) ([]nb101Run, error) {
	budget, err := b.budget(q.Epochs)
	if err != nil {
		return nil, err
	}
	runs := budget.of(row)
	if q.Repeat < 0 || q.Repeat > len(runs) || len(runs) == 0 {
		wanted := "training"
		if q.Repeat != 0 {
			wanted = fmt.Sprintf("training %d", q.Repeat)
		}
		return nil, fmt.Errorf("%s: cell %s: %s for %d epochs is %w; there are %d",
			b.name, b.hash(row), wanted, budget.epochs, ErrNotRecorded, len(runs))
	}
	if q.Repeat > 0 {
		runs = runs[q.Repeat-1 : q.Repeat]
	}
	return runs, nil
}

// place returns the index of a metric in nb101Metrics.
func (b *NB101) place(m NB101Metric) (int, error) {
	if m == "" {
		m = NB101ValidationAccuracy
	}
	place := slices.Index(nb101Metrics, m)
	if place < 0 {
		return 0, fmt.Errorf("%s: metric %q: %w; the metrics are %q", b.name, m, ErrNoColumn, nb101Metrics)
	}
	return place, nil
}

// budget returns the training runs for a number of epochs; 0 means the largest.
func (b *NB101) budget(epochs int) (*nb101Budget, error) {
	for i := len(b.budgets) - 1; i >= 0; i-- {
		if epochs == 0 || b.budgets[i].epochs == epochs {
			return &b.budgets[i], nil
		}
	}
	return nil, fmt.Errorf("%s: training for %d epochs is %w; the training runs read from the file (NB101Options.Epochs) are for %s epochs",
		b.name, epochs, ErrNotRecorded, joinInts(b.Epochs()))
}

// of returns the training runs of a cell.
func (b *nb101Budget) of(row int32) []nb101Run { return b.runs[b.first[row]:b.first[row+1]] }

// figure returns the mean of a figure over the runs that recorded it, or NaN if none did.
func (b *NB101) figure(row int32, runs []nb101Run, place int, halfway bool) float64 {
	if place == nb101ParametersPlace {
		if b.parameters[row] == 0 {
			return math.NaN()
		}
		return float64(b.parameters[row])
	}
	sum, n := 0.0, 0
	for _, run := range runs {
		evaluation := &run.final
		if halfway {
			evaluation = &run.halfway
		}
		if v := float64(evaluation[place]); !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}

// unset returns the error for a figure that is not set in the file.
func (b *NB101) unset(row int32, place int) error {
	return fmt.Errorf("%s: cell %s: %s is %w", b.name, b.hash(row), nb101Metrics[place], ErrNotRecorded)
}

// hash returns the md5 of a cell in hexadecimal digits.
func (b *NB101) hash(row int32) string { return hex.EncodeToString(b.keys[row][:]) }

// joinInts formats a list of numbers for messages.
func joinInts(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}
