package parquetfile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// Write writes a file from which [Read] reads the same contents. Texts are required UTF-8 strings,
// and numbers are optional doubles, in pages that are compressed with Zstandard and have checksums.
// Write returns an error if a column was skipped, or if its name is empty, not UTF-8, or not
// unique.
func Write(w io.Writer, f *File) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parquet-go: %v", p)
		}
	}()
	if err := f.check(); err != nil {
		return err
	}
	options := []parquet.WriterOption{
		parquet.NewSchema("table", schemaOf(f.Columns)),
		parquet.Compression(&parquet.Zstd),
		parquet.DataPageVersion(1), // every tool can read it
		parquet.PageBufferSize(pageSize),
		parquet.DataPageStatistics(false), // they are in the page index
		parquet.CreatedBy("github.com/graphpnas/graphpnas", "", ""),
	}
	for key, value := range f.Metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	for _, c := range f.Columns {
		if c.Texts != nil {
			options = append(options, parquet.SkipPageBounds(c.Name)) // bounds would contain complete texts
		}
	}
	out := parquet.NewWriter(w, options...)
	for i, columns := 0, out.ColumnWriters(); i < len(columns); i++ {
		if err := f.Columns[i].write(columns[i], i); err != nil {
			return fmt.Errorf("column %q: %w", f.Columns[i].Name, err)
		}
	}
	return out.Close()
}

// pageSize is the size of a page before compression in bytes.
const pageSize = 1 << 20

// check returns an error if the file cannot be written.
func (f *File) check() error {
	if len(f.Columns) == 0 {
		return errors.New("there must be at least 1 column")
	}
	names := map[string]bool{}
	for _, c := range f.Columns {
		if c.Name == "" || !utf8.ValidString(c.Name) || names[c.Name] {
			return fmt.Errorf("column %q: the name must be unique, not empty and UTF-8", c.Name)
		}
		names[c.Name] = true
		if len(c.Texts)+len(c.Numbers) != f.Rows {
			return fmt.Errorf("column %q has %d rows, but the file has %d", c.Name, len(c.Texts)+len(c.Numbers), f.Rows)
		}
	}
	return nil
}

// write writes a column given by its number.
func (c *Column) write(to *parquet.ColumnWriter, number int) error {
	var batch [1 << 10]parquet.Value
	for row, rows := 0, len(c.Texts)+len(c.Numbers); row < rows; {
		n := 0
		for ; n < len(batch) && row < rows; n, row = n+1, row+1 {
			switch {
			case c.Texts != nil:
				batch[n] = parquet.ByteArrayValue([]byte(c.Texts[row])).Level(0, 0, number)
			case math.IsNaN(c.Numbers[row]):
				batch[n] = parquet.NullValue().Level(0, 0, number)
			default:
				batch[n] = parquet.DoubleValue(c.Numbers[row]).Level(0, 1, number)
			}
		}
		if _, err := to.WriteRowValues(batch[:n]); err != nil {
			return err
		}
	}
	return nil
}

// group is the root of a schema, with fields in the order of the columns. A parquet.Group would
// sort them by name.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g group) Fields() []parquet.Field { return g.fields }

// namedField is a column of a schema.
type namedField struct {
	parquet.Node
	name string
}

func (f namedField) Name() string { return f.name }

// Value is only called when writing Go structs.
func (namedField) Value(reflect.Value) reflect.Value { return reflect.Value{} }

func schemaOf(columns []Column) parquet.Node {
	var g group
	for _, c := range columns {
		node := parquet.Optional(parquet.Leaf(parquet.DoubleType))
		if c.Texts != nil {
			node = parquet.String()
		}
		g.fields = append(g.fields, namedField{parquet.Encoded(node, &parquet.Plain), c.Name})
	}
	return g
}
