package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/format"

	"github.com/graphpnas/graphpnas/internal/limit"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Limits of the total length of the pages of a file after decompression. They limit time, not
// memory, because pages are decompressed one at a time.
const (
	minPages = 1 << 24 // bytes in a small file
	maxRatio = 1 << 8  // as a multiple of the length of a large file
)

// Read reads a file. It decodes number columns and those text columns whose names are wanted; if
// wanted is nil, it decodes all. It skips other columns, and number columns with an integer beyond
// 2^53. A null in a text column is an error. Errors name the column and, if they are about a row,
// its number from 1. Memory and errors are limited as in package limit.
func Read(data []byte, wanted func(name string) bool) (*File, error) {
	f, err := read(data, wanted)
	return f, limit.Error(err)
}

func read(data []byte, wanted func(name string) bool) (*File, error) {
	size := int64(len(data))
	r := &reader{size: size}
	r.memory.Store(limit.Live(size) - size) // data is in memory already
	r.spans.Store(size)
	r.decompressed.Store(max(minPages, maxRatio*size))
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
	if err := r.checkRows(); err != nil {
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

// firstError returns the first error of a column that was not caused by another column.
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

// reader is a file being read.
type reader struct {
	size   int64  // size of the file
	pages  []byte // the file up to the footer
	meta   format.FileMetaData
	fields []field
	brotli brotliDecoder

	// What remains of the limits, in bytes:
	memory       atomic.Int64 // for the footer, the columns, and the peak of each while it is decoded
	decompressed atomic.Int64 // for pages
	spans        atomic.Int64 // total length of the columns' parts of the file, which must not overlap
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
	n, taken, err := decode(data[len(r.pages):end], &r.meta, r.memory.Load())
	if err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	r.memory.Add(-taken)
	if n < int(length) {
		return fmt.Errorf("footer: %w: %d bytes are left over", errThrift, int(length)-n)
	}
	return nil
}

// checkRows checks the numbers of rows and the memory for them.
func (r *reader) checkRows() error {
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
	columns, cells := int64(0), int64(0)
	for _, f := range r.fields {
		if f.skipped == "" {
			columns++
			cells += f.kind.cellSize()
		}
	}
	if rows > r.memory.Load()/max(1, cells) {
		return fmt.Errorf("%d rows of %d columns in a file of %d bytes", rows, columns, r.size)
	}
	return nil
}

// cellSize returns the memory of a row in a column, without the bytes of a text.
func (k kind) cellSize() int64 {
	if k.number == nil {
		return 16
	}
	return 8
}

// readColumn reads a column.
func (r *reader) readColumn(f *field) (c Column, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = Column{}, fmt.Errorf("decoding: %v", p)
		}
	}()
	d := columnDecoder{reader: r, kind: f.kind, column: Column{Name: f.name, Skipped: f.skipped}}
	if f.skipped != "" {
		return d.column, nil
	}
	if err := d.take(f.kind.cellSize() * r.meta.NumRows); err != nil {
		return Column{}, err
	}
	switch {
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
				return Column{Name: f.name, Skipped: fmt.Sprintf("row %d contains %v", inRow.row, number)}, nil
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
		return nil, errors.New("the pages are outside the file")
	}
	if r.spans.Add(-m.TotalCompressedSize) < 0 {
		return nil, errors.New("the pages also belong to another column or row group")
	}
	return r.pages[start : start+m.TotalCompressedSize], nil
}
