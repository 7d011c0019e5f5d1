package nasbench

import (
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/searchspace"
)

// nb101Builder is an NB101 in the making.
type nb101Builder struct {
	*NB101
	cellOf [][]int32 // of each budget's runs the cell, in the order of the file
	empty  bool      // no record yet
}

func newNB101Builder(name string, options NB101Options) (*nb101Builder, error) {
	epochs := slices.Sorted(slices.Values(options.Epochs))
	if options.Epochs == nil {
		epochs = []int{108}
	}
	if len(epochs) == 0 || epochs[0] < 1 || len(slices.Compact(slices.Clone(epochs))) < len(epochs) {
		return nil, fmt.Errorf("%s: epochs %v are not positive and all different", name, options.Epochs)
	}
	b := &nb101Builder{NB101: &NB101{name: name, rows: map[[16]byte]int32{}}, empty: true}
	for _, n := range epochs {
		b.budgets = append(b.budgets, nb101Budget{epochs: n})
	}
	b.cellOf = make([][]int32, len(epochs))
	return b, nil
}

// add adds a row of the file, if its epochs are asked for.
func (b *nb101Builder) add(record int, row *nb101.Row) error {
	b.empty = false
	i := slices.IndexFunc(b.budgets, func(budget nb101Budget) bool { return budget.epochs == row.Epochs })
	if i < 0 {
		return nil
	}
	cell, known := b.rows[row.Key]
	if !known {
		cell = int32(len(b.cells))
		b.rows[row.Key] = cell
		b.keys = append(b.keys, row.Key)
		b.cells = append(b.cells, row.Cell)
		b.parameters = append(b.parameters, 0)
		b.records = append(b.records, int32(record))
	}
	if err := b.merge(cell, row); err != nil {
		return err
	}
	evaluations := &row.Metrics.Evaluations
	b.budgets[i].runs = append(b.budgets[i].runs, nb101Run{evaluations[nb101.Halfway], evaluations[nb101.Final]})
	b.cellOf[i] = append(b.cellOf[i], cell)
	return nil
}

// merge compares a row with the earlier ones of its md5. Isomorphic cells have the same md5 by definition.
func (b *nb101Builder) merge(cell int32, row *nb101.Row) error {
	var space searchspace.NASBench101
	if known := b.cells[cell]; known != row.Cell && space.Key(known.Arch()) != space.Key(row.Cell.Arch()) {
		return fmt.Errorf("md5 %x is that of [%v], but in record %d of [%v]",
			row.Key, row.Cell.Arch(), b.records[cell], known.Arch())
	}
	known, parameters := b.parameters[cell], row.Metrics.Parameters
	if known != 0 && parameters != 0 && known != parameters {
		return fmt.Errorf("cell %s has %d parameters, but %d in an earlier record",
			hex.EncodeToString(row.Key[:]), parameters, known)
	}
	b.parameters[cell] = max(known, parameters)
	return nil
}

// finish orders the runs by cell.
func (b *nb101Builder) finish() (*NB101, error) {
	if b.empty {
		return nil, fmt.Errorf("%s: the file holds no record", b.name)
	}
	for i := range b.budgets {
		budget := &b.budgets[i]
		if len(budget.runs) == 0 {
			return nil, fmt.Errorf("%s: a training of %d epochs is %w", b.name, budget.epochs, ErrNotRecorded)
		}
		budget.group(b.cellOf[i], len(b.cells))
		b.cellOf[i] = nil
	}
	return b.NB101, nil
}

// group orders the runs, which are in the order of the file, by cell. cellOf is each run's cell.
func (b *nb101Budget) group(cellOf []int32, cells int) {
	b.first = make([]int32, cells+1)
	for _, cell := range cellOf {
		b.first[cell+1]++
	}
	for cell := range cells {
		b.first[cell+1] += b.first[cell]
	}
	next := slices.Clone(b.first)
	runs := make([]nb101Run, len(b.runs))
	for i, cell := range cellOf {
		runs[next[cell]] = b.runs[i]
		next[cell]++
	}
	b.runs = runs
}
