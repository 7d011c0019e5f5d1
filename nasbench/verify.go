package nasbench

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Verify checks that every row has a valid architecture of the space and the space's key for it. [ReadParquet] checks only
// a few rows of a file that [Table.WriteParquet] wrote, because checking takes some 20 µs a row and processor. The error
// names the file and the first row that is wrong, or is the context's.
func (t *Table) Verify(ctx context.Context) error {
	return verifyAll(ctx, t.Len(), t.verify)
}

// verifySome verifies a few rows, from the first to the last. If a space's keys have changed since the file was written,
// any row will do.
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
		return fmt.Errorf("%s: row %d, column %q: the key of %s is %q, not %q",
			t.name, row+1, keyColumn, searchspace.Text(t.space, a), key, t.keys[row])
	}
	return nil
}

// verifyAll calls verify for the rows from 0, several at a time, and returns the error of the first that is wrong.
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
