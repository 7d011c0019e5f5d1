package nasbench

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/searchspace"
)

// nb101Builder builds an NB101.
type nb101Builder struct {
	*NB101
	cellOf [][]int32    // for each budget, the cell of each run, in the order of the file
	epochs map[int]bool // the numbers of epochs of all records
}

func newNB101Builder(name string, options NB101Options) (*nb101Builder, error) {
	epochs := slices.Sorted(slices.Values(options.Epochs))
	if options.Epochs == nil {
		epochs = []int{108}
	}
	if len(epochs) == 0 || epochs[0] < 1 || len(slices.Compact(slices.Clone(epochs))) < len(epochs) {
		return nil, fmt.Errorf("%s: NB101Options.Epochs must be positive and all different, got %v", name, options.Epochs)
	}
	b := &nb101Builder{NB101: &NB101{name: name, rows: map[[16]byte]int32{}}, epochs: map[int]bool{}}
	for _, n := range epochs {
		b.budgets = append(b.budgets, nb101Budget{epochs: n})
	}
	b.cellOf = make([][]int32, len(epochs))
	return b, nil
}

// add adds a row of the file if its number of epochs is selected.
func (b *nb101Builder) add(record int, row *nb101.Row) error {
	b.epochs[row.Epochs] = true
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

// merge compares a row with earlier ones of the same md5, which isomorphic cells share.
func (b *nb101Builder) merge(cell int32, row *nb101.Row) error {
	var space searchspace.NASBench101
	if known := b.cells[cell]; known != row.Cell && space.Key(known.Arch()) != space.Key(row.Cell.Arch()) {
		return fmt.Errorf("the cell with md5 %x is [%v], but [%[4]v] in record %[3]d",
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
	if len(b.epochs) == 0 {
		return nil, fmt.Errorf("%s: the file has no records", b.name)
	}
	for i := range b.budgets {
		budget := &b.budgets[i]
		if len(budget.runs) == 0 {
			return nil, fmt.Errorf("%s: training for %d epochs is %w; the file has training runs for %s epochs",
				b.name, budget.epochs, ErrNotRecorded, joinInts(slices.Sorted(maps.Keys(b.epochs))))
		}
		budget.group(b.cellOf[i], len(b.cells))
		b.cellOf[i] = nil
	}
	return b.NB101, nil
}

// group sorts the runs, which are in the order of the file, by cell. cellOf lists the cell of each run.
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
