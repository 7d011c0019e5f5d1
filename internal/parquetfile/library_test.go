package parquetfile_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The library can read what Write writes.
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
