package parquetfile_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyFile draws a file that can be written.
func anyFile(t *rapid.T) *parquetfile.File {
	f := &parquetfile.File{
		Rows:     rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 3000)).Draw(t, "rows"),
		Metadata: rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "metadata"),
	}
	names := rapid.SliceOfNDistinct(rapid.StringN(1, 8, -1), 1, 5, rapid.ID).Draw(t, "names")
	number := rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN()), rapid.Just(math.Copysign(0, -1)), rapid.Just(1.5))
	for i, name := range names {
		c := parquetfile.Column{Name: name}
		// A few drawn values, repeated.
		if rapid.Bool().Draw(t, "texts") {
			some := rapid.SliceOfN(rapid.String(), 1, 20).Draw(t, "some texts")
			c.Texts = make([]string, f.Rows)
			for row := range c.Texts {
				c.Texts[row] = some[(row*(i+1)+row/7)%len(some)]
			}
		} else {
			some := rapid.SliceOfN(number, 1, 20).Draw(t, "some numbers")
			c.Numbers = make([]float64, f.Rows)
			for row := range c.Numbers {
				c.Numbers[row] = some[(row*(i+1)+row/7)%len(some)]
			}
		}
		f.Columns = append(f.Columns, c)
	}
	return f
}

// requireSame requires files to be equal bit by bit.
func requireSame(t require.TestingT, want, got *parquetfile.File) {
	require.Equal(t, want.Rows, got.Rows)
	require.Equal(t, want.Metadata, got.Metadata)
	require.Len(t, got.Columns, len(want.Columns))
	for i, c := range want.Columns {
		require.Equal(t, c.Name, got.Columns[i].Name)
		require.Equal(t, c.Skipped, got.Columns[i].Skipped)
		require.Equal(t, c.Texts, got.Columns[i].Texts)
		require.Equal(t, bits(c.Numbers), bits(got.Columns[i].Numbers))
	}
	require.Equal(t, want.Checksum(), got.Checksum())
}

// bits returns the bits of numbers. All NaN have the same bits.
func bits(numbers []float64) []string {
	var all []string
	for _, v := range numbers {
		all = append(all, fmt.Sprintf("%x %v", v, math.Signbit(v) && !math.IsNaN(v)))
	}
	return all
}

func written(t require.TestingT, f *parquetfile.File) []byte {
	var data bytes.Buffer
	require.NoError(t, parquetfile.Write(&data, f))
	return data.Bytes()
}

func TestReadInvertsWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyFile(t)
		got, err := parquetfile.Read(written(t, want), nil)
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}
