package nasbench_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// inParquet returns the table as a Parquet file.
func inParquet(t require.TestingT, table *nasbench.Table) []byte {
	var data bytes.Buffer
	require.NoError(t, table.WriteParquet(&data))
	return data.Bytes()
}

func readParquet(data []byte, space searchspace.Space) (*nasbench.Table, error) {
	return nasbench.ReadParquet(bytes.NewReader(data), "table.parquet", space)
}

// requireSameTable requires tables to be equal, including all bits of numbers.
func requireSameTable(t require.TestingT, want, got *nasbench.Table) {
	require.Equal(t, want.Space(), got.Space())
	require.Equal(t, want.Columns(), got.Columns())
	require.Equal(t, want.Len(), got.Len())
	archs := slices.Collect(got.Archs())
	row := 0
	for a := range want.Archs() {
		require.True(t, a.Equal(archs[row]), "row %d", row)
		for _, column := range want.Columns() {
			v, err := want.Value(a, column)
			w, err2 := got.Value(a, column)
			require.Equal(t, err == nil, err2 == nil)
			require.Equal(t, math.Float64bits(v), math.Float64bits(w))
		}
		row++
	}
}

// firstOf returns the first n architectures with different keys.
func firstOf(space searchspace.Space, all iter.Seq[searchspace.Arch], n int) []searchspace.Arch {
	var archs []searchspace.Arch
	keys := map[string]bool{}
	for a := range all {
		if key := space.Key(a); !keys[key] {
			keys[key] = true
			archs = append(archs, a)
		}
		if len(archs) == n {
			break
		}
	}
	return archs
}

// anyColumnName draws the name of a column, without surrounding spaces.
var anyColumnName = rapid.StringMatching(`[a-zäß漢0-9_.|+;"',]([a-zäß漢 ,;"#\t-]{0,4}[a-z漢0-9"])?`)

// anyTable draws a table of some of the architectures.
func anyTable(t *rapid.T, space searchspace.Space, archs []searchspace.Arch) *nasbench.Table {
	archs = rapid.Permutation(archs).Draw(t, "architectures")[:rapid.IntRange(1, len(archs)).Draw(t, "rows")]
	header := rapid.SliceOfNDistinct(anyColumnName, 0, 4, rapid.ID).Draw(t, "columns")
	at := rapid.IntRange(0, len(header)).Draw(t, "place of arch")
	header = slices.Insert(header, at, "arch")
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	require.NoError(t, out.Write(header))
	number := rapid.OneOf(rapid.Float64(), rapid.Just(math.Copysign(0, -1)), rapid.Just(5e-324), rapid.Just(math.MaxFloat64))
	for _, a := range archs {
		record := make([]string, len(header))
		for i := range record {
			switch {
			case i == at:
				cell, err := json.Marshal(a)
				require.NoError(t, err)
				record[i] = string(cell)
			case rapid.IntRange(0, 3).Draw(t, "recorded") > 0:
				record[i] = strconv.FormatFloat(number.Draw(t, "figure"), 'g', -1, 64)
			}
		}
		require.NoError(t, out.Write(record))
	}
	out.Flush()
	table, err := nasbench.ReadCSV(&text, "table.csv", space)
	require.NoError(t, err)
	return table
}

// A table and its files are unchanged by a round trip through either format, or both.
func TestTableRoundTrip(t *testing.T) {
	for _, space := range []interface {
		searchspace.Space
		searchspace.Enumerator
	}{searchspace.NASBench201{}, searchspace.NASBench101{}} {
		archs := firstOf(space, space.All(), 40)
		t.Run(space.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := anyTable(t, space, archs)
				data := inParquet(t, want)
				got, err := readParquet(data, space)
				require.NoError(t, err)
				require.NoError(t, got.Verify(t.Context()))
				require.Equal(t, data, inParquet(t, got), "unparsed")
				requireSameTable(t, want, got)
				require.Equal(t, data, inParquet(t, got), "parsed")

				var text bytes.Buffer
				require.NoError(t, got.WriteCSV(&text))
				again, err := nasbench.ReadCSV(&text, "again.csv", space)
				require.NoError(t, err)
				requireSameTable(t, want, again)
				require.NoError(t, again.Verify(t.Context()))
			})
		})
	}
}

func TestParquetTable(t *testing.T) {
	table, err := readParquet(inParquet(t, read(t, small)), searchspace.NASBench201{})
	require.NoError(t, err)
	a, v, err := table.Best("valid")
	require.NoError(t, err)
	assert.Equal(t, 83.25, v)
	assert.True(t, a.Equal(cell(t, convs)), "the first of equal figures")
	rank, err := table.Rank("test", 0)
	require.NoError(t, err)
	assert.Equal(t, 3, rank)
	_, err = table.Value(cell(t, pools), "test")
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	assert.ErrorContains(t, err, "table.parquet")
}

func TestOpenDetectsTheFormat(t *testing.T) {
	want := read(t, small)
	for name, data := range map[string][]byte{"table.csv": inParquet(t, want), "table.parquet": []byte(small)} {
		path := filepath.Join(t.TempDir(), name)
		_, err := nasbench.Open(path, searchspace.NASBench201{})
		assert.ErrorIs(t, err, os.ErrNotExist)
		assert.ErrorContains(t, err, path)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		table, err := nasbench.Open(path, searchspace.NASBench201{})
		require.NoError(t, err)
		requireSameTable(t, want, table)
	}
	path := filepath.Join(t.TempDir(), "table")
	for _, text := range []string{"", "PAR", "PAR1", "arch,x\n"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := nasbench.Open(path, searchspace.NASBench201{})
		assert.ErrorContains(t, err, path)
	}
	_, err := nasbench.OpenParquet(filepath.Join(path, "none"), searchspace.NASBench201{})
	assert.Error(t, err)
}

func TestReadingAndWritingParquetFails(t *testing.T) {
	_, err := nasbench.ReadParquet(iotest.ErrReader(io.ErrNoProgress), "table.parquet", searchspace.NASBench201{})
	assert.ErrorIs(t, err, io.ErrNoProgress)
	assert.ErrorContains(t, err, "table.parquet")
	table := read(t, small)
	r, w := io.Pipe()
	require.NoError(t, r.Close())
	for _, err := range []error{table.WriteParquet(w), table.WriteCSV(w)} {
		assert.ErrorIs(t, err, io.ErrClosedPipe)
		assert.ErrorContains(t, err, "small.csv")
	}
	for _, name := range []string{"arch_key", "\xff"} {
		table = read(t, "arch,"+name+"\n"+skips+",1\n")
		assert.ErrorContains(t, table.WriteParquet(io.Discard), "small.csv: column "+strconv.Quote(name))
	}
}

func TestEveryTruncatedParquetFileIsAnError(t *testing.T) {
	data := inParquet(t, read(t, small))
	for n := range data {
		_, err := readParquet(data[:n], searchspace.NASBench201{})
		require.ErrorContains(t, err, "table.parquet", "%d bytes", n)
	}
}

// Flipping any bit causes an error or has no effect.
func TestEveryFlippedBitOfAParquetFileIsDetected(t *testing.T) {
	want := read(t, small)
	data := inParquet(t, want)
	errs := 0
	for bit := range 8 * len(data) {
		data[bit/8] ^= 1 << (bit % 8)
		got, err := readParquet(data, searchspace.NASBench201{})
		data[bit/8] ^= 1 << (bit % 8)
		if err != nil {
			errs++
			require.ErrorContains(t, err, "table.parquet")
			continue
		}
		requireSameTable(t, want, got)
		require.NoError(t, got.Verify(t.Context()))
	}
	assert.Greater(t, errs, 4*len(data), "most flipped bits are errors")
}

func FuzzReadParquet(f *testing.F) {
	table, err := nasbench.ReadCSV(bytes.NewReader([]byte(small)), "small.csv", searchspace.NASBench201{})
	require.NoError(f, err)
	f.Add(inParquet(f, table))
	for _, file := range foreignFiles {
		f.Add(file(f))
	}
	f.Add(nullArch(f))
	f.Add(varied(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		var table *nasbench.Table
		var err error
		allocated := natsAllocates(func() { table, err = readParquet(data, searchspace.NASBench201{}) })
		require.Less(t, allocated, uint64(128<<20+4000*len(data)))
		if err != nil {
			require.ErrorContains(t, err, "table.parquet")
			return
		}
		wrong := table.Verify(t.Context())
		rows := 0
		for a := range table.Archs() {
			if wrong == nil {
				require.NoError(t, table.Space().Validate(a))
			}
			for _, column := range table.Columns() {
				v, err := table.Value(a, column)
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
				if err != nil {
					require.ErrorIs(t, err, nasbench.ErrNotRecorded)
				}
			}
			rows++
		}
		require.Equal(t, table.Len(), rows)
	})
}
