package nasbench

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Verify checks that every row has a valid architecture of the space and the correct key. [ReadParquet] checks only a few rows of a file
// written by [Table.WriteParquet], because checking takes about 20 µs per row on one processor. The error names the file and the first
// wrong row. If ctx ends, Verify returns its error.
func (t *Table) Verify(ctx context.Context) error {
	return verifyAll(ctx, t.Len(), t.verify)
}

// verifySome verifies a few rows between the first and the last. If the keys of the space have changed since the file was written, any
// row shows it.
func (t *Table) verifySome() error {
	const some = 16
	n := min(some, t.Len())
	for i := range n {
		if err := t.verify(i * (t.Len() - 1) / max(1, n-1)); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) verify(row int) error {
	a, err := t.arch(row)
	if err != nil {
		return err
	}
	if key := t.space.Key(a); key != t.keys[row] {
		return fmt.Errorf("%s: row %d, column %q: the key of %s must be %q, got %q",
			t.name, row+1, keyColumn, searchspace.Text(t.space, a), key, t.keys[row])
	}
	return nil
}

// verifyAll calls verify for all rows, several in parallel, and returns the error of the first row that has one.
func verifyAll(ctx context.Context, rows int, verify func(row int) error) error {
	const size = 1 << 8
	errs := make([]error, (rows+size-1)/size)
	parallel.Do(len(errs), func(i int) {
		errs[i] = ctx.Err()
		for row := i * size; row < min((i+1)*size, rows) && errs[i] == nil; row++ {
			errs[i] = verify(row)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
