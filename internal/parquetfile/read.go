package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/graphpnas/graphpnas/internal/parallel"
)

const (
	minLimit = 1 << 24 // bytes that the contents of a small file may take
	maxRatio = 1 << 8  // how many times as long as a large file its contents may be
)

// Read reads a file. Its columns are in no group, each of texts that are not null or of numbers: floating point, or
// integers that are one exactly. An error names the column, and the row, from 1, where it is about one.
func Read(data []byte) (*File, error) {
	r := &reader{}
	if err := r.readFooter(data); err != nil {
		return nil, err
	}
	f := &File{Metadata: map[string]string{}}
	for _, pair := range r.meta.KeyValueMetadata {
		f.Metadata[pair.Key] = pair.Value
	}
	if err := r.checkSchema(); err != nil {
		return nil, err
	}
	if err := r.checkRows(int64(len(data))); err != nil {
		return nil, err
	}
	f.Rows = int(r.meta.NumRows)
	f.Columns = make([]Column, len(r.kinds))
	errs := make([]error, len(r.kinds))
	parallel.Do(len(r.kinds), func(i int) { f.Columns[i], errs[i] = r.readColumn(i) })
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", r.name(i), err)
		}
	}
	return f, nil
}

// reader is a file that is being read.
type reader struct {
	pages []byte // what is before the footer
	meta  format.FileMetaData
	kinds []kind       // of the columns
	left  atomic.Int64 // how many bytes may still be decompressed
}

// kind says what a column's values are.
type kind struct {
	physical format.Type // ByteArray, Double, Float, Int32 or Int64
	unsigned bool
	optional bool // may be null
}

// name returns the name of column i.
func (r *reader) name(i int) string { return r.meta.Schema[i+1].Name }

// readFooter reads what the file says of itself.
func (r *reader) readFooter(data []byte) error {
	const frame = len(Magic) + 4 // the footer is followed by its length and the magic
	end := len(data) - frame
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

// checkSchema finds out what the columns hold.
func (r *reader) checkSchema() error {
	schema := r.meta.Schema
	if len(schema) < 2 || schema[0].NumChildren.V != int32(len(schema)-1) {
		return errors.New("the columns are none or in groups")
	}
	names := map[string]bool{}
	for i := range schema[1:] {
		e := &schema[i+1]
		if names[e.Name] {
			return fmt.Errorf("column %q: the column stands twice", e.Name)
		}
		names[e.Name] = true
		k, ok := kindOf(e)
		if !ok {
			return fmt.Errorf("column %q holds neither texts nor numbers", e.Name)
		}
		r.kinds = append(r.kinds, k)
	}
	for _, g := range r.meta.RowGroups {
		if len(g.Columns) != len(r.kinds) {
			return fmt.Errorf("a group of rows has %d columns, not %d", len(g.Columns), len(r.kinds))
		}
		for i := range g.Columns {
			if m := &g.Columns[i].MetaData; m.Type != r.kinds[i].physical {
				return fmt.Errorf("column %q is of %v, but in a group of rows of %v", r.name(i), r.kinds[i].physical, m.Type)
			}
		}
	}
	return nil
}

func kindOf(e *format.SchemaElement) (k kind, ok bool) {
	if !e.Type.Valid || e.RepetitionType.V == format.Repeated {
		return kind{}, false
	}
	k = kind{physical: e.Type.V, optional: e.RepetitionType.V == format.Optional}
	converted, isConverted := e.ConvertedType.Get()
	switch k.physical {
	case format.Float, format.Double:
		return k, true
	case format.ByteArray:
		switch e.LogicalType.Value.(type) {
		case nil, *format.StringType, *format.JsonType, *format.EnumType:
			return k, converted != deprecated.Decimal
		}
	case format.Int32, format.Int64:
		switch logical := e.LogicalType.Value.(type) {
		case nil:
			k.unsigned = isConverted && converted >= deprecated.Uint8 && converted <= deprecated.Uint64
			return k, !isConverted || converted >= deprecated.Uint8 && converted <= deprecated.Int64
		case *format.IntType:
			k.unsigned = !logical.IsSigned
			return k, true
		}
	}
	return kind{}, false
}

// checkRows bounds what the contents may take, before any is allocated, by the length of the file.
func (r *reader) checkRows(size int64) error {
	limit := max(minLimit, maxRatio*size)
	r.left.Store(limit)
	rows := int64(0)
	for _, g := range r.meta.RowGroups {
		if g.NumRows < 0 || g.NumRows > r.meta.NumRows-rows {
			return errors.New("the groups of rows have not as many rows as the file")
		}
		rows += g.NumRows
	}
	if rows != r.meta.NumRows {
		return errors.New("the groups of rows have not as many rows as the file")
	}
	if perRow := int64(16 * len(r.kinds)); rows > limit/perRow {
		return fmt.Errorf("%d rows of %d columns in a file of %d bytes", rows, len(r.kinds), size)
	}
	return nil
}

// readColumn reads column i.
func (r *reader) readColumn(i int) (c Column, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = Column{}, fmt.Errorf("decoding: %v", p)
		}
	}()
	d := columnDecoder{reader: r, kind: r.kinds[i], column: Column{Name: r.name(i)}}
	if d.kind.physical == format.ByteArray {
		d.column.Texts = make([]string, 0, r.meta.NumRows)
	} else {
		d.column.Numbers = make([]float64, 0, r.meta.NumRows)
	}
	for g := range r.meta.RowGroups {
		group := &r.meta.RowGroups[g]
		if err := d.readChunk(&group.Columns[i], int(group.NumRows)); err != nil {
			return Column{}, fmt.Errorf("row group %d: %w", g+1, err)
		}
	}
	return d.column, nil
}

// span returns the pages of a chunk.
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
