package nasbench

import (
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Coverage returns the number of architectures in the table, and the number in its space. ok is false if the number of architectures
// in the space is not known; see [searchspace.Count].
func (t *Table) Coverage() (have, of int, ok bool) {
	of, ok = searchspace.Count(t.space)
	return t.Len(), of, ok
}

// Recorded returns the number of architectures that have a recorded figure in the column. The error wraps [ErrNoColumn] or
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
