package nasbench

import (
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Coverage returns how many architectures of its space the table has, and how many there are. ok is false if the number
// of architectures of the space is not known ([searchspace.Count]).
func (t *Table) Coverage() (have, of int, ok bool) {
	of, ok = searchspace.Count(t.space)
	return t.Len(), of, ok
}

// Recorded returns for how many architectures the table records a figure in the column. The error wraps [ErrNoColumn] or
// [ErrNotNumeric].
func (t *Table) Recorded(column string) (int, error) {
	values, err := t.column(column)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n, nil
}
