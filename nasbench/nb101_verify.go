package nasbench

import (
	"context"
	"fmt"
)

// Verify checks that the md5 of every cell in the file is correct. Reading the file does not check it, because that takes about 20 µs per
// cell on one processor. The error names the file and the first wrong record. If ctx ends, the error wraps that of ctx.
func (b *NB101) Verify(ctx context.Context) error {
	if err := verifyAll(ctx, b.Len(), b.verify); err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	return nil
}

// verify checks the md5 of one cell.
func (b *NB101) verify(row int) error {
	a := b.cells[row].Arch()
	if key := b.Space().Key(a); key != b.hash(int32(row)) {
		return fmt.Errorf("record %d: the md5 of [%v] must be %s, got %s", b.records[row], a, key, b.hash(int32(row)))
	}
	return nil
}
