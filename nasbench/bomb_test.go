package nasbench_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/limit"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// readBounded reads a CSV file, and requires that it takes no more memory than documented.
func readBounded(t *testing.T, length int64, text io.Reader) (*nasbench.Table, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	table, err := nasbench.ReadCSV(text, "bomb.csv", searchspace.NASBench201{})
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, int64(after.TotalAlloc-before.TotalAlloc), limit.Memory(length))
	if err != nil {
		require.LessOrEqual(t, len(err.Error()), 1000)
	}
	return table, err
}

// repeated returns a reader of a text repeated the given number of times.
func repeated(text string, times int) io.Reader {
	readers := make([]io.Reader, times)
	for i := range readers {
		readers[i] = strings.NewReader(text)
	}
	return io.MultiReader(readers...)
}

func TestManyColumnsAreReadInLinearTime(t *testing.T) {
	const columns = 100_000
	var header, row strings.Builder
	header.WriteString("arch")
	row.WriteString(skips)
	for i := range columns {
		fmt.Fprintf(&header, ",c%d", i)
		row.WriteString(",1")
	}
	text := header.String() + "\n" + row.String() + "\n"
	table, err := readBounded(t, int64(len(text)), strings.NewReader(text))
	require.NoError(t, err)
	assert.Len(t, table.Columns(), columns)
}

func TestRowsOfTooManyColumnsAreAnError(t *testing.T) {
	commas := strings.Repeat(",", 1<<16)
	const times = 1 << 6
	for name, begin := range map[string]string{
		"header":          "arch",
		"row":             "arch,x\n" + skips,
		"row over lines":  "arch,x\n" + skips + ",\"\n\"",
		"after the quote": "arch,x\n\"\"\"\"",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readBounded(t, times<<16, io.MultiReader(strings.NewReader(begin), repeated(commas, times)))
			assert.EqualError(t, err, "bomb.csv: a row has more than 131072 columns")
		})
	}
}

// Commas in quotes do not separate columns.
func TestManyCommasInQuotes(t *testing.T) {
	table := read(t, "arch,x\n"+skips+",\""+strings.Repeat(",", 1<<18)+"\"\n")
	assert.Equal(t, 1, table.Len())
	assert.Less(t, len(table.Skipped()[0].Reason), 1000)
}

func TestLongLinesAreNotQuotedBack(t *testing.T) {
	length := 4 << 20
	if race.Enabled {
		length = 1 << 18
	}
	x, nines := strings.Repeat("x", length), strings.Repeat("9", 300)
	for name, bomb := range map[string]struct{ text, message string }{
		"header":       {x, `no column is named "arch", but ["xxxxxxxxxx`},
		"a name":       {"y," + x, `no column is named "arch"`},
		"like arch":    {"arch" + x, `did you mean "archxxx`},
		"architecture": {"arch\n" + x, `line 2, column "arch"`},
		"comment":      {"#arch," + x + "\nz", `no column is named "arch"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readBounded(t, int64(length), strings.NewReader(bomb.text))
			assert.ErrorContains(t, err, bomb.message)
		})
	}
	for name, cell := range map[string]string{"text": x, "integer": nines, "percent": nines + "%", "decimal comma": nines + ",5"} {
		table, err := readBounded(t, int64(length), strings.NewReader("arch,f\n"+skips+",\""+cell+"\"\n"))
		require.NoError(t, err)
		assert.Less(t, len(table.Skipped()[0].Reason), 1000, name)
	}
}

func TestManyNamesAreNotAllListed(t *testing.T) {
	_, err := readBounded(t, 1<<20, strings.NewReader(strings.Repeat("column,", 1000)+"x"))
	assert.ErrorContains(t, err, `"column" "column" and 991 more]`)
	_, err = readBounded(t, 1<<20, strings.NewReader(strings.Repeat("myarch,", 1000)+"x"))
	assert.ErrorContains(t, err, `did you mean "myarch" or "myarch"`)
}
