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
	// ErrNotRecorded is wrapped by errors about an architecture, training run or figure that is not
	// in the table or benchmark.
	ErrNotRecorded = errors.New("not recorded")

	// ErrNoColumn is wrapped by errors about a column that the table does not have.
	ErrNoColumn = errors.New("no such column")

	// ErrNotNumeric is wrapped by errors about a column that does not contain figures.
	ErrNotNumeric = errors.New("not numeric")
)

// Table contains figures of architectures of one space. [Open] reads one from a file; [NB101.Table] and [NATS.Table] convert the
// benchmarks' own files. It is immutable and safe for concurrent use.
type Table struct {
	name    string
	space   searchspace.Space
	keys    []string       // the Key of each row
	rows    map[string]int // the row of each key
	texts   []string       // the text of each row's architecture; nil if all are parsed
	archs   []atomic.Pointer[searchspace.Arch]
	source  archSource // the columns of the architectures in the file
	columns []string
	values  [][]float64 // for each column, a figure for each row; NaN if not recorded
	skipped []SkippedColumn
	cost    []float64 // costs in seconds, nil if there are none
}

// SkippedColumn is a column of a file that is not in a [Table].
type SkippedColumn struct {
	Name   string
	Reason string // such as `line 7: "high" is not a number` or "it contains dates"
}

// Space returns the space of the architectures.
func (t *Table) Space() searchspace.Space { return t.space }

// Len returns the number of architectures.
func (t *Table) Len() int { return len(t.keys) }

// Columns returns the names of the numeric columns, in the order of the file.
func (t *Table) Columns() []string { return slices.Clone(t.columns) }

// Skipped returns the columns of the file that were skipped because they are not numeric, have no name or have the same name as another
// column, in the order of the file. Using one of them returns an error that wraps [ErrNotNumeric] and contains the reason.
func (t *Table) Skipped() []SkippedColumn { return slices.Clone(t.skipped) }

// Archs yields the architectures in the order of the file. Those of a Parquet file are parsed when they are first used. If one cannot be
// parsed, because the file was written incorrectly, Archs yields the zero Arch, which is not valid in any space; [Table.Verify] returns
// the error.
func (t *Table) Archs() iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for row := range t.archs {
			if a, _ := t.arch(row); !yield(a) {
				return
			}
		}
	}
}

// Value returns the figure of an architecture. The error wraps [ErrNoColumn], [ErrNotNumeric], or [ErrNotRecorded] if the
// table does not have the architecture or its figure.
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

// Best returns the architecture with the highest figure in a column, and the figure. If several are equal, it returns the first in the
// file. The error wraps [ErrNoColumn] or [ErrNotNumeric], or [ErrNotRecorded] if the column has no recorded figure.
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
		return searchspace.Arch{}, 0, fmt.Errorf("%s: column %q: all figures are %w", t.name, column, ErrNotRecorded)
	}
	a, err := t.arch(best)
	if err != nil {
		return searchspace.Arch{}, 0, err
	}
	return a, values[best], nil
}

// Rank returns the rank that a figure would have in a column: 1 plus the number of recorded figures that are greater. The error wraps
// [ErrNoColumn] or [ErrNotNumeric]. Rank also returns an error if value is NaN.
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
	if i := slices.Index(t.columns, name); i >= 0 {
		return t.values[i], nil
	}
	for _, c := range t.skipped {
		if c.Name == name {
			return nil, fmt.Errorf("%s: column %q is %w: %s", t.name, name, ErrNotNumeric, c.Reason)
		}
	}
	if name == archColumn {
		return nil, fmt.Errorf("%s: column %q is %w: it contains the architectures", t.name, name, ErrNotNumeric)
	}
	return nil, fmt.Errorf("%s: column %q: %w; the numeric columns are %s", t.name, shortened(name), ErrNoColumn, listed(t.columns))
}

// row returns the row of an architecture. It validates the architecture first, because the Key of an invalid one may collide with a
// row's.
func (t *Table) row(a searchspace.Arch) (int, error) {
	if err := t.space.Validate(a); err != nil {
		return 0, fmt.Errorf("%s: architecture %s is %w: %w", t.name, searchspace.Text(t.space, a), ErrNotRecorded, err)
	}
	row, ok := t.rows[t.space.Key(a)]
	if !ok {
		return 0, fmt.Errorf("%s: architecture %s is %w", t.name, searchspace.Text(t.space, a), ErrNotRecorded)
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
		return searchspace.Arch{}, fmt.Errorf("%s: row %d, %s: %w", t.name, row+1, t.source, err)
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
	return fmt.Errorf("%s: column %q of architecture %s is %w", t.name, column, searchspace.Text(t.space, a), ErrNotRecorded)
}
