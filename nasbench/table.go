package nasbench

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/searchspace"
)

var (
	// ErrNotRecorded is wrapped by the error for a figure that the table does not hold.
	ErrNotRecorded = errors.New("not recorded")

	// ErrNoColumn is wrapped by the error for a column that the table does not have.
	ErrNoColumn = errors.New("no such column")
)

// Table holds figures of architectures of one space. It is immutable and safe for concurrent use. [Open] makes one of a
// file, [NB101.Table] and [NATS.Table] of a benchmark's own.
type Table struct {
	name    string
	space   searchspace.Space
	keys    []string       // of each row the space's Key
	rows    map[string]int // the row of an architecture, by key
	texts   []string       // of each row the architecture as it is written, nil where all are parsed
	archs   []atomic.Pointer[searchspace.Arch]
	columns []string
	values  [][]float64 // of each column one a row, NaN where not recorded
	cost    []float64   // the column of costs in seconds, nil: none
}

// archColumn is the name of the column that holds the architectures.
const archColumn = "arch"

// Space returns the space whose architectures the table holds.
func (t *Table) Space() searchspace.Space { return t.space }

// Len returns the number of architectures.
func (t *Table) Len() int { return len(t.keys) }

// Columns returns the names of the numeric columns, in the order of the file.
func (t *Table) Columns() []string { return slices.Clone(t.columns) }

// Archs yields the architectures in the order of the file. Those of a Parquet file are parsed when they are first asked
// for. Where one cannot be, which takes a file that was wrongly written and not only damaged, it yields the zero Arch,
// which is a member of no space; [Table.Verify] says what is wrong with it.
func (t *Table) Archs() iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for row := range t.archs {
			if a, _ := t.arch(row); !yield(a) {
				return
			}
		}
	}
}

// Value returns the figure of an architecture. The error wraps [ErrNoColumn], or [ErrNotRecorded] where the table has
// no such architecture or its cell is empty.
func (t *Table) Value(a searchspace.Arch, column string) (float64, error) {
	values, err := t.column(column)
	if err != nil {
		return 0, err
	}
	row, err := t.row(a)
	if err != nil {
		return 0, err
	}
	if math.IsNaN(values[row]) {
		return 0, t.notRecorded(a, column)
	}
	return values[row], nil
}

// Best returns the architecture with the highest figure in a column, the first of the file among equals. The error
// wraps [ErrNoColumn], or [ErrNotRecorded] where the whole column is empty.
func (t *Table) Best(column string) (searchspace.Arch, float64, error) {
	values, err := t.column(column)
	if err != nil {
		return searchspace.Arch{}, 0, err
	}
	best := -1
	for row, v := range values {
		if !math.IsNaN(v) && (best < 0 || v > values[best]) {
			best = row
		}
	}
	if best < 0 {
		return searchspace.Arch{}, 0, fmt.Errorf("%s: column %q: every figure is %w", t.name, column, ErrNotRecorded)
	}
	a, err := t.arch(best)
	if err != nil {
		return searchspace.Arch{}, 0, err
	}
	return a, values[best], nil
}

// Rank returns the place that a figure would have in a column: 1 for the best, one more for every recorded figure that
// is greater. The error wraps [ErrNoColumn], or says that NaN has no rank.
func (t *Table) Rank(column string, value float64) (int, error) {
	values, err := t.column(column)
	if err != nil {
		return 0, err
	}
	if math.IsNaN(value) {
		return 0, fmt.Errorf("%s: column %q: NaN has no rank", t.name, column)
	}
	rank := 1
	for _, v := range values {
		if v > value {
			rank++
		}
	}
	return rank, nil
}

func (t *Table) column(name string) ([]float64, error) {
	i := slices.Index(t.columns, name)
	if i < 0 {
		return nil, fmt.Errorf("%s: column %q: %w, but %q", t.name, name, ErrNoColumn, t.columns)
	}
	return t.values[i], nil
}

// row finds an architecture. A Key promises nothing of what is no member of the space, and could find it a row.
func (t *Table) row(a searchspace.Arch) (int, error) {
	if err := t.space.Validate(a); err != nil {
		return 0, fmt.Errorf("%s: %w: %w", t.name, ErrNotRecorded, err)
	}
	row, ok := t.rows[t.space.Key(a)]
	if !ok {
		return 0, fmt.Errorf("%s: architecture [%v] is %w", t.name, a, ErrNotRecorded)
	}
	return row, nil
}

// arch returns the architecture of a row.
func (t *Table) arch(row int) (searchspace.Arch, error) {
	if a := t.archs[row].Load(); a != nil {
		return *a, nil
	}
	a, err := readArch(t.space, t.texts[row])
	if err != nil {
		return searchspace.Arch{}, fmt.Errorf("%s: row %d, column %q: %w", t.name, row+1, archColumn, err)
	}
	t.archs[row].Store(&a)
	return a, nil
}

// setArchs sets the architectures of all rows.
func (t *Table) setArchs(archs []searchspace.Arch) {
	t.archs = make([]atomic.Pointer[searchspace.Arch], len(archs))
	for row := range archs {
		t.archs[row].Store(&archs[row])
	}
}

func (t *Table) notRecorded(a searchspace.Arch, column string) error {
	return fmt.Errorf("%s: column %q of architecture [%v] is %w", t.name, column, a, ErrNotRecorded)
}
