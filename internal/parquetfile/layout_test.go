package parquetfile_test

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// mixed is a row of every kind of column that is read.
type mixed struct {
	Text     string   `parquet:"text,plain"`
	Word     string   `parquet:"word,dict"`
	Double   *float64 `parquet:"double,optional"`
	Required float64  `parquet:"required"`
	Few      *float64 `parquet:"few,optional,dict"`
	Float    float32  `parquet:"float"`
	Int32    int32    `parquet:"int32,dict"`
	Int64    *int64   `parquet:"int64,optional"`
	Uint32   uint32   `parquet:"uint32"`
	Uint64   uint64   `parquet:"uint64"`
	Int8     int8     `parquet:"int8"`
}

var mixedNames = []string{"text", "word", "double", "required", "few", "float", "int32", "int64", "uint32", "uint64", "int8"}

// layouts are ways in which the library lays the same rows out.
var layouts = map[string]func(require.TestingT, []mixed) []byte{
	"version 1, plain":       laidOut(parquet.DataPageVersion(1)),
	"version 2, plain":       laidOut(parquet.DataPageVersion(2)),
	"version 1, Snappy":      laidOut(parquet.DataPageVersion(1), parquet.Compression(&parquet.Snappy)),
	"version 2, Snappy":      laidOut(parquet.DataPageVersion(2), parquet.Compression(&parquet.Snappy)),
	"version 1, Zstandard":   laidOut(parquet.DataPageVersion(1), parquet.Compression(&parquet.Zstd)),
	"version 2, Zstandard":   laidOut(parquet.DataPageVersion(2), parquet.Compression(&parquet.Zstd)),
	"version 2, gzip":        laidOut(parquet.DataPageVersion(2), parquet.Compression(&parquet.Gzip)),
	"small pages and groups": laidOut(parquet.PageBufferSize(64), parquet.MaxRowsPerRowGroup(17)),
}

func laidOut(options ...parquet.WriterOption) func(require.TestingT, []mixed) []byte {
	return func(t require.TestingT, rows []mixed) []byte {
		var data bytes.Buffer
		w := parquet.NewGenericWriter[mixed](&data, options...)
		_, err := w.Write(rows)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return data.Bytes()
	}
}

// orNull returns what is read of an optional number.
func orNull[T float64 | int64](v *T) float64 {
	if v == nil {
		return math.NaN()
	}
	return float64(*v)
}

// column returns what a file of the rows has in a column.
func column(rows []mixed, name string) parquetfile.Column {
	c := parquetfile.Column{Name: name}
	for _, r := range rows {
		switch name {
		case "text":
			c.Texts = append(c.Texts, r.Text)
		case "word":
			c.Texts = append(c.Texts, r.Word)
		default:
			c.Numbers = append(c.Numbers, map[string]float64{
				"double": orNull(r.Double), "required": r.Required, "few": orNull(r.Few), "float": float64(r.Float),
				"int32": float64(r.Int32), "int64": orNull(r.Int64), "uint32": float64(r.Uint32),
				"uint64": float64(r.Uint64), "int8": float64(r.Int8),
			}[name])
		}
	}
	return c
}

// anyRows draws rows: up to 49, which may be repeated, with words and numbers out of few.
func anyRows(t *rapid.T) []mixed {
	few := rapid.Ptr(rapid.Float64(), true)
	some := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mixed {
		return mixed{
			Text: rapid.String().Draw(t, "text"), Double: few.Draw(t, "double"), Required: rapid.Float64().Draw(t, "required"),
			Float: rapid.Float32().Draw(t, "float"), Int32: rapid.Int32().Draw(t, "int32"),
			Int64:  rapid.Ptr(rapid.Int64Range(-1<<53+1, 1<<53-1), true).Draw(t, "int64"),
			Uint32: rapid.Uint32().Draw(t, "uint32"), Uint64: rapid.Uint64Range(0, 1<<53-1).Draw(t, "uint64"),
			Int8: rapid.Int8().Draw(t, "int8"),
		}
	}), 1, 20).Draw(t, "rows")
	words := rapid.SliceOfN(rapid.StringN(0, 5, -1), 1, 40).Draw(t, "words")
	numbers := rapid.SliceOfN(few, 1, 40).Draw(t, "few")
	step := rapid.IntRange(1, 20).Draw(t, "step")
	rows := make([]mixed, rapid.OneOf(rapid.IntRange(1, 50), rapid.IntRange(1, 1000)).Draw(t, "number of rows"))
	for i := range rows {
		rows[i] = some[i/step%len(some)]
		rows[i].Word = words[(i*i+step)%len(words)]
		rows[i].Few = numbers[i/step%len(numbers)]
	}
	return rows
}

func TestEveryLayoutIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		want := &parquetfile.File{Rows: len(rows), Metadata: map[string]string{}}
		for _, name := range mixedNames {
			want.Columns = append(want.Columns, column(rows, name))
		}
		layout := rapid.SampledFrom(slices.Sorted(maps.Keys(layouts))).Draw(t, "layout")
		got, err := parquetfile.Read(layouts[layout](t, rows))
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

// What is written here the library reads as the same.
func TestTheLibraryReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFile(t)
		data := written(t, f)
		file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err)
		require.EqualValues(t, f.Rows, file.NumRows())
		for key, value := range f.Metadata {
			got, ok := file.Lookup(key)
			require.True(t, ok)
			require.Equal(t, value, got)
		}
		rows := file.RowGroups()
		for i, c := range f.Columns {
			require.Equal(t, c.Name, file.Root().Columns()[i].Name())
			row := 0
			for _, group := range rows {
				pages := group.ColumnChunks()[i].Pages()
				for row < f.Rows {
					page, err := pages.ReadPage()
					require.NoError(t, err)
					values := make([]parquet.Value, page.NumValues())
					n, _ := page.Values().ReadValues(values)
					require.Equal(t, len(values), n)
					for _, v := range values {
						switch {
						case c.Texts != nil:
							require.Equal(t, c.Texts[row], string(v.ByteArray()))
						case math.IsNaN(c.Numbers[row]):
							require.True(t, v.IsNull())
						default:
							require.Equal(t, math.Float64bits(c.Numbers[row]), math.Float64bits(v.Double()))
						}
						row++
					}
					parquet.Release(page)
				}
				require.NoError(t, pages.Close())
			}
			require.Equal(t, f.Rows, row)
		}
	})
}
