package parquetfile

import (
	"errors"
	"slices"
	"unsafe"
)

var errTooLong = errors.New("the contents are too long for a file of this length")

// textMemory is the memory of a text in addition to its bytes.
const textMemory = int64(unsafe.Sizeof(""))

// take counts memory that is about to be allocated. The peak of each column counts against the
// limit, so whether a file can be read does not depend on which columns are decoded at the same
// time.
func (d *columnDecoder) take(bytes int64) error {
	d.taken += bytes
	if d.taken <= d.peak {
		return nil
	}
	more := d.taken - d.peak
	d.peak = d.taken
	if d.memory.Add(-more) < 0 {
		return errTooLong
	}
	return nil
}

// give subtracts memory that is no longer used.
func (d *columnDecoder) give(bytes int64) { d.taken -= bytes }

// room returns an empty slice with capacity n, reusing the memory of another one if possible.
func room[T any](d *columnDecoder, reused []T, n int) ([]T, error) {
	if more := n - cap(reused); more > 0 {
		if err := d.take(int64(more) * int64(unsafe.Sizeof(*new(T)))); err != nil {
			return nil, err
		}
	}
	return slices.Grow(reused[:0], n), nil
}
