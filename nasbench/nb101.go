package nasbench

import (
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/searchspace"
)

// NB101 holds the trainings of NAS-Bench-101's cells (Ying et al. 2019, arXiv 1902.09635): in the published file each
// of the 423,624 is trained three times for each of 4, 12, 36 and 108 epochs. It is immutable and safe for concurrent
// use. [OpenNB101] and [ReadNB101] make one.
//
// Figures are kept in single precision, in which the benchmark measured them.
type NB101 struct {
	name string

	// Of each cell, in the order of the file:
	keys       [][16]byte // the md5 that the file gives it
	cells      []nb101.Cell
	parameters []int32 // 0: not recorded
	records    []int32 // the number of its first record

	rows    map[[16]byte]int32 // the place of a cell in these, by md5
	budgets []nb101Budget      // by epochs, ascending
}

// nb101Budget holds the trainings of a number of epochs.
type nb101Budget struct {
	epochs int
	first  []int32    // of each cell its first run, and at the end the number of runs
	runs   []nb101Run // by cell, those of one cell in the order of the file
}

// nb101Run is one training.
type nb101Run struct{ halfway, final nb101.Evaluation }

// NB101Metric names a figure of a training. Metrics of an evaluator's results go by the same names.
type NB101Metric string

// The figures of NAS-Bench-101. Accuracies are on CIFAR-10, from 0 to 1.
const (
	NB101TrainAccuracy      NB101Metric = "train_accuracy"
	NB101ValidationAccuracy NB101Metric = "validation_accuracy"
	NB101TestAccuracy       NB101Metric = "test_accuracy"
	NB101TrainingTime       NB101Metric = "training_time"        // in seconds, up to the evaluation
	NB101Parameters         NB101Metric = "trainable_parameters" // the same for all trainings of a cell
)

// nb101Metrics are all of them. The first have their places in an evaluation.
var nb101Metrics = []NB101Metric{
	nb101.TrainingTime:       NB101TrainingTime,
	nb101.TrainAccuracy:      NB101TrainAccuracy,
	nb101.ValidationAccuracy: NB101ValidationAccuracy,
	nb101.TestAccuracy:       NB101TestAccuracy,
	nb101ParametersPlace:     NB101Parameters,
}

const nb101ParametersPlace = nb101.TestAccuracy + 1

// NB101Query says which figure of a cell is asked for. The zero query asks for the mean validation accuracy at the end
// of the longest trainings.
type NB101Query struct {
	// Metric is the figure. Empty: NB101ValidationAccuracy.
	Metric NB101Metric
	// Epochs is how long was trained, one of NB101.Epochs. 0: the longest of them.
	Epochs int
	// Repeat is the number of one training, from 1 in the order of the file. 0: the mean over all trainings of which the
	// figure is recorded.
	Repeat int
	// Halfway asks for the evaluation after half of the epochs, instead of that at the end. The learning rate goes by
	// the whole training, so it is not what half the epochs would give.
	Halfway bool
}

// Space returns searchspace.NASBench101.
func (b *NB101) Space() searchspace.Space { return searchspace.NASBench101{} }

// Len returns the number of cells.
func (b *NB101) Len() int { return len(b.cells) }

// Epochs returns the numbers of epochs of the trainings, ascending.
func (b *NB101) Epochs() []int {
	var epochs []int
	for _, budget := range b.budgets {
		epochs = append(epochs, budget.epochs)
	}
	return epochs
}

// Archs yields the cells in the order of the file, with their nodes as the file has them.
func (b *NB101) Archs() iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for _, c := range b.cells {
			if !yield(c.Arch()) {
				return
			}
		}
	}
}

// Keys yields the cells' published hashes, md5 in hexadecimal digits, in the order of the file.
func (b *NB101) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for row := range b.keys {
			if !yield(b.hash(int32(row))) {
				return
			}
		}
	}
}

// Repeats returns how many trainings of so many epochs (0: the longest) are recorded of a cell, given by its hash. Of what
// is unknown that is none.
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

// Value returns a figure of a cell, or of one isomorphic to it. The error wraps [ErrNotRecorded] where the file has no
// such cell or training or leaves the figure unset, and [ErrNoColumn] where the metric is unknown. Most of its time goes
// into hashing the cell; see [NB101.ValueOfKey].
func (b *NB101) Value(a searchspace.Arch, q NB101Query) (float64, error) {
	row, err := b.row(a)
	if err != nil {
		return 0, err
	}
	return b.value(row, q)
}

// ValueOfKey is [NB101.Value] of a cell given by its published md5, the Key of searchspace.NASBench101, in hexadecimal
// digits.
func (b *NB101) ValueOfKey(key string, q NB101Query) (float64, error) {
	row, err := b.rowOfKey(key)
	if err != nil {
		return 0, err
	}
	return b.value(row, q)
}

// row finds a cell. A Key promises nothing of what is no member of the space, and could find it a row.
func (b *NB101) row(a searchspace.Arch) (int32, error) {
	space := b.Space()
	if err := space.Validate(a); err != nil {
		return 0, fmt.Errorf("%s: %w: %w", b.name, ErrNotRecorded, err)
	}
	row, err := b.rowOfKey(space.Key(a))
	if err != nil {
		return 0, fmt.Errorf("architecture [%v]: %w", a, err)
	}
	return row, nil
}

func (b *NB101) rowOfKey(digits string) (int32, error) {
	if key, ok := nb101.ParseKey(digits); ok {
		if row, ok := b.rows[key]; ok {
			return row, nil
		}
	}
	return 0, fmt.Errorf("%s: cell %q is %w", b.name, digits, ErrNotRecorded)
}

// value answers a query.
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

// runs returns the trainings that a query is about, one at least.
func (b *NB101) runs(row int32, q NB101Query) ([]nb101Run, error) {
	budget, err := b.budget(q.Epochs)
	if err != nil {
		return nil, err
	}
	runs := budget.of(row)
	if q.Repeat < 0 || q.Repeat > len(runs) || len(runs) == 0 {
		return nil, fmt.Errorf("%s: cell %s: repeat %d of %d of %d epochs is %w",
			b.name, b.hash(row), q.Repeat, len(runs), budget.epochs, ErrNotRecorded)
	}
	if q.Repeat > 0 {
		runs = runs[q.Repeat-1 : q.Repeat]
	}
	return runs, nil
}

// place finds a metric among nb101Metrics.
func (b *NB101) place(m NB101Metric) (int, error) {
	if m == "" {
		m = NB101ValidationAccuracy
	}
	place := slices.Index(nb101Metrics, m)
	if place < 0 {
		return 0, fmt.Errorf("%s: metric %q: %w, but %q", b.name, m, ErrNoColumn, nb101Metrics)
	}
	return place, nil
}

// budget finds the trainings of so many epochs, the longest for 0.
func (b *NB101) budget(epochs int) (*nb101Budget, error) {
	for i := len(b.budgets) - 1; i >= 0; i-- {
		if epochs == 0 || b.budgets[i].epochs == epochs {
			return &b.budgets[i], nil
		}
	}
	return nil, fmt.Errorf("%s: a training of %d epochs is %w, but of %d", b.name, epochs, ErrNotRecorded, b.Epochs())
}

// of returns the trainings of a cell.
func (b *nb101Budget) of(row int32) []nb101Run { return b.runs[b.first[row]:b.first[row+1]] }

// figure returns the mean of a figure over the runs that recorded it, NaN where none did.
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

// unset makes the error for a figure that the file leaves unset.
func (b *NB101) unset(row int32, place int) error {
	return fmt.Errorf("%s: cell %s: %s is %w", b.name, b.hash(row), nb101Metrics[place], ErrNotRecorded)
}

// hash returns the md5 of a cell as the file writes it.
func (b *NB101) hash(row int32) string { return hex.EncodeToString(b.keys[row][:]) }
