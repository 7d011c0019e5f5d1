package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/format"

	"github.com/graphpnas/graphpnas/internal/parallel"
)

const (
	minLimit = 1 << 24 // bytes that the contents of a small file may take
	maxRatio = 1 << 8  // how many times as long as a large file its contents may be
)

// Read reads a file. It decodes columns of numbers and those columns of text whose names are wanted, nil for all; it
// passes over the others, and over columns of numbers with an integer beyond 2^53. A text that is null is an error. Errors
// name the column, and the row, from 1, if they are about one.
func Read(data []byte, wanted func(name string) bool) (*File, error) {
	r := &reader{}
	if err := r.readFooter(data); err != nil {
		return nil, err
	}
	f := &File{Metadata: map[string]string{}}
	for _, pair := range r.meta.KeyValueMetadata {
		f.Metadata[pair.Key] = pair.Value
	}
	if err := r.readSchema(wanted); err != nil {
		return nil, err
	}
	if err := r.checkRows(int64(len(data))); err != nil {
		return nil, err
	}
	f.Rows = int(r.meta.NumRows)
	f.Columns = make([]Column, len(r.fields))
	errs := make([]error, len(r.fields))
	parallel.Do(len(r.fields), func(i int) { f.Columns[i], errs[i] = r.readColumn(&r.fields[i]) })
	if err := r.firstError(errs); err != nil {
		return nil, err
	}
	return f, nil
}

// firstError returns the first error of a column that is not the consequence of another column's.
func (r *reader) firstError(errs []error) error {
	var first error
	for i, err := range errs {
		if err == nil {
			continue
		}
		if err = fmt.Errorf("column %q: %w", r.fields[i].name, err); !errors.Is(err, errOther) {
			return err
		}
		first = err
	}
	return first
}

// reader is a file that is being read.
type reader struct {
	pages  []byte // the file up to the footer
	meta   format.FileMetaData
	fields []field
	left   atomic.Int64 // how many bytes may still be allocated for values
	brotli brotliDecoder
}

// readFooter reads the description of the file at its end.
func (r *reader) readFooter(data []byte) error {
	const frame = len(Magic) + 4 // the footer is followed by its length and the magic
	end := len(data) - frame
	if bytes.HasSuffix(data, []byte("PARE")) {
		return errors.New("the file is encrypted")
	}
	if end < len(Magic) || string(data[:len(Magic)]) != Magic || string(data[end+4:]) != Magic {
		return errors.New("not a Parquet file, or not all of it")
	}
	length := binary.LittleEndian.Uint32(data[end:])
	if uint64(length) > uint64(end-len(Magic)) {
		return errors.New("the footer is longer than the file")
	}
	r.pages = data[:end-int(length)]
	n, err := decode(data[len(r.pages):end], &r.meta)
	if err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	if n < int(length) {
		return fmt.Errorf("footer: %w: %d bytes are left over", errThrift, int(length)-n)
	}
	return nil
}

// checkRows bounds the memory for the contents by the length of the file, before any is allocated.
func (r *reader) checkRows(size int64) error {
	limit := max(minLimit, maxRatio*size)
	r.left.Store(limit)
	rows := int64(0)
	for _, g := range r.meta.RowGroups {
		if g.NumRows < 0 || g.NumRows > r.meta.NumRows-rows {
			return errors.New("the row groups do not have as many rows as the file")
		}
		rows += g.NumRows
	}
	if rows != r.meta.NumRows {
		return errors.New("the row groups do not have as many rows as the file")
	}
	columns := int64(0)
	for _, f := range r.fields {
		if f.skipped == "" {
			columns++
		}
	}
	if rows > limit/(16*max(1, columns)) {
		return fmt.Errorf("%d rows of %d columns in a file of %d bytes", rows, columns, size)
	}
	return nil
}

// readColumn reads a column.
func (r *reader) readColumn(f *field) (c Column, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = Column{}, fmt.Errorf("decoding: %v", p)
		}
	}()
	d := columnDecoder{reader: r, kind: f.kind, column: Column{Name: f.name, Skipped: f.skipped}}
	switch {
	case f.skipped != "":
		return d.column, nil
	case f.kind.number == nil:
		d.column.Texts = make([]string, 0, r.meta.NumRows)
	default:
		d.column.Numbers = make([]float64, 0, r.meta.NumRows)
	}
	if f.kind.allNull {
		for range r.meta.NumRows {
			d.column.Numbers = append(d.column.Numbers, math.NaN())
		}
		return d.column, nil
	}
	for g := range r.meta.RowGroups {
		group := &r.meta.RowGroups[g]
		err := d.readChunk(&group.Columns[f.leaf], int(group.NumRows))
		var inRow *rowError
		if errors.As(err, &inRow) {
			if number := (unkept{}); errors.As(inRow.err, &number) {
				return Column{Name: f.name, Skipped: fmt.Sprintf("row %d holds %v", inRow.row, number)}, nil
			}
			return Column{}, inRow
		}
		if err != nil {
			return Column{}, fmt.Errorf("row group %d: %w", g+1, err)
		}
	}
	return d.column, nil
}

// span returns the pages of a column in a row group.
func (r *reader) span(m *format.ColumnMetaData) ([]byte, error) {
	start := m.DataPageOffset
	if m.DictionaryPageOffset > 0 {
		start = min(start, m.DictionaryPageOffset)
	}
	size := int64(len(r.pages))
	if start < int64(len(Magic)) || start > size || m.TotalCompressedSize < 0 || m.TotalCompressedSize > size-start {
		return nil, errors.New("the pages are outside of the file")
	}
	return r.pages[start : start+m.TotalCompressedSize], nil
}

// take counts memory for values against what the file may take.
func (r *reader) take(bytes int) error {
	if r.left.Add(-int64(bytes)) < 0 {
		return errors.New("the contents are too long for a file of this length")
	}
	return nil
}
