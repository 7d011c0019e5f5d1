package nasbench_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// foreignRow is a row of small as another program may write it; pandas adds an index and columns of integers.
type foreignRow struct {
	Valid float32  `parquet:"valid"`
	Arch  string   `parquet:"arch,dict"`
	Test  *int64   `parquet:"test,optional"`
	Empty *float64 `parquet:"empty,optional"`
}

func foreign(options ...parquet.WriterOption) func(require.TestingT) []byte {
	return func(t require.TestingT) []byte {
		seventy, ninety := int64(70), int64(90)
		return writtenAsParquet(t, []foreignRow{{61.5, skips, &seventy, nil}, {83.25, convs, &ninety, nil}, {83.25, pools, nil, nil}}, options...)
	}
}

// foreignFiles are files of small with the default settings of several programs.
var foreignFiles = []func(require.TestingT) []byte{
	foreign(parquet.DataPageVersion(1), parquet.Compression(&parquet.Snappy)),
	foreign(parquet.DataPageVersion(1), parquet.Compression(&parquet.Zstd)),
	foreign(parquet.DataPageVersion(2)),
	foreign(parquet.Compression(&parquet.Lz4Raw)),
	foreign(parquet.Compression(&parquet.Brotli)),
	foreign(parquet.MaxRowsPerRowGroup(2), parquet.KeyValueMetadata("pandas", "{}")),
}

func TestForeignParquetFilesAreReadLikeCSV(t *testing.T) {
	for _, file := range foreignFiles {
		table, err := readParquet(file(t), searchspace.NASBench201{})
		require.NoError(t, err)
		requireSameTable(t, read(t, small), table)
		require.NoError(t, table.Verify(t.Context()))
	}
}

// writtenAsParquet returns the file that parquet-go writes for the rows.
func writtenAsParquet[T any](t require.TestingT, rows []T, options ...parquet.WriterOption) []byte {
	var data bytes.Buffer
	w := parquet.NewGenericWriter[T](&data, options...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return data.Bytes()
}

// nullArch returns a file with a row whose architecture is null.
func nullArch(t require.TestingT) []byte {
	type row struct {
		Arch *string `parquet:"arch,optional"`
	}
	text := skips
	return writtenAsParquet(t, []row{{&text}, {}})
}

// variedRow is a row with columns of many kinds.
type variedRow struct {
	ID      int64              `parquet:"id,delta"`
	Arch    *string            `parquet:"arch,optional,dict"`
	Valid   int32              `parquet:"valid,decimal(2:9)"`
	Test    *float64           `parquet:"test,optional,split"`
	Epochs  int64              `parquet:"epochs,dict"`
	Dataset string             `parquet:"dataset,delta"`
	Done    bool               `parquet:"done"`
	When    time.Time          `parquet:"when,timestamp"`
	Day     int32              `parquet:"day,date"`
	Curve   []float64          `parquet:"curve,list"`
	Config  struct{ LR int32 } `parquet:"config"`
	Tags    map[string]string  `parquet:"tags"`
	UUID    [16]byte           `parquet:"uuid,uuid"`
}

func varied(t require.TestingT, options ...parquet.WriterOption) []byte {
	archs := []string{skips, convs, pools}
	tests := []float64{70, math.NaN(), math.Inf(1)}
	rows := make([]variedRow, len(archs))
	for i := range rows {
		rows[i] = variedRow{ID: 1<<60 + 1, Arch: &archs[i], Valid: int32(8325 + i), Test: &tests[i], Epochs: 200,
			Dataset: "cifar10", Curve: []float64{1, 2}, Tags: map[string]string{"a": "b"}}
	}
	return writtenAsParquet(t, rows, options...)
}

func TestColumnsOfOtherKindsAreSkipped(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Lz4Raw, &parquet.Brotli} {
		table, err := readParquet(varied(t, parquet.Compression(codec)), searchspace.NASBench201{})
		require.NoError(t, err)
		assert.Equal(t, []string{"valid", "test", "epochs"}, table.Columns())
		for i, text := range []string{skips, convs, pools} {
			v, err := table.Value(cell(t, text), "valid")
			require.NoError(t, err)
			assert.Equal(t, []float64{83.25, 83.26, 83.27}[i], v)
			v, err = table.Value(cell(t, text), "epochs")
			require.NoError(t, err)
			assert.Equal(t, 200.0, v)
		}
		requireFigure(t, 70, table, cell(t, skips), "test")
		requireFigure(t, math.NaN(), table, cell(t, convs), "test")
		requireFigure(t, math.Inf(1), table, cell(t, pools), "test")

		reasons := map[string]string{}
		for _, c := range table.Skipped() {
			reasons[c.Name] = c.Reason
			_, err := table.Evaluator(c.Name)
			assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
		}
		assert.Equal(t, map[string]string{
			"id":      "row 1 contains 1152921504606846977, and figures are 64-bit floating-point numbers, which are not exact for integers beyond 2^53",
			"dataset": "it contains text", "done": "it contains Booleans", "when": "it contains timestamps", "day": "it contains dates",
			"curve": "it contains lists", "config": "it contains structs", "tags": "it contains maps", "uuid": "it contains UUIDs",
		}, reasons)
		_, err = table.Evaluator("dataset")
		assert.EqualError(t, err, `table.parquet: column "dataset" is not numeric: it contains text`)
	}
}

// texts and numbers return columns of a file.
func texts(name string, rows ...string) parquetfile.Column {
	return parquetfile.Column{Name: name, Texts: rows}
}

func numbers(name string, rows ...float64) parquetfile.Column {
	return parquetfile.Column{Name: name, Numbers: rows}
}

func parquetOf(t *testing.T, metadata map[string]string, columns ...parquetfile.Column) []byte {
	t.Helper()
	f := &parquetfile.File{Rows: len(columns[0].Texts) + len(columns[0].Numbers), Metadata: metadata, Columns: columns}
	var data bytes.Buffer
	require.NoError(t, parquetfile.Write(&data, f))
	return data.Bytes()
}

func TestBadParquetTables(t *testing.T) {
	key := func(text string) string { return searchspace.NASBench201{}.Key(cell(t, text)) }
	ours := func(f parquetfile.File) map[string]string { return nasbench.ParquetMetadata(&f, "nasbench201") }
	columns := []parquetfile.Column{texts("arch", skips, convs), texts("arch_key", key(skips), key(convs)), numbers("x", 1, 2)}
	file := func(columns ...parquetfile.Column) parquetfile.File {
		return parquetfile.File{Rows: 2, Columns: columns}
	}
	changed := func(key, value string) map[string]string {
		m := ours(file(columns...))
		if m[key] = value; value == "" {
			delete(m, key)
		}
		return m
	}
	swapped := []parquetfile.Column{columns[0], texts("arch_key", key(convs), key(skips)), columns[2]}
	twice := []parquetfile.Column{columns[0], texts("arch_key", key(skips), key(skips)), columns[2]}
	noArch := []parquetfile.Column{texts("arch", skips, "rubbish"), columns[1], columns[2]}
	for name, bad := range map[string]struct {
		data    []byte
		message string
	}{
		"no rows":        {parquetOf(t, nil, texts("arch"), numbers("x", []float64{}...)), "the file has no rows"},
		"no column arch": {parquetOf(t, nil, numbers("x", 1)), `no column is named "arch", but ["x"]`},
		"arch by another name": {parquetOf(t, nil, texts("arch_str", skips), numbers("x", 1)),
			`no column is named "arch"; did you mean "arch_str"? Rename it to "arch"`},
		"arch of numbers": {parquetOf(t, nil, numbers("arch", 1)), `column "arch": architectures must be text, but it contains numbers`},
		"malformed architecture": {parquetOf(t, nil, texts("arch", skips, "none")),
			`row 2, column "arch": nasbench201: invalid architecture`},
		"no architecture in a row": {parquetOf(t, nil, texts("arch", skips, "")),
			`row 2, column "arch": nasbench201: invalid architecture: the architecture is missing`},
		"null architecture": {nullArch(t), `column "arch": row 2: no value (null)`},
		"architecture twice": {parquetOf(t, nil, texts("arch", convs, skips, convs)),
			`row 3, column "arch": the architecture ` + convs + ` is already in row 1`},
		"keys without metadata": {parquetOf(t, nil, columns...), `no metadata "graphpnas.format"`},
		"no checksum":           {parquetOf(t, changed("graphpnas.checksum", ""), columns...), `no metadata "graphpnas.checksum"`},
		"no space":              {parquetOf(t, changed("graphpnas.space", ""), columns...), `no metadata "graphpnas.space"`},
		"another format":        {parquetOf(t, changed("graphpnas.format", "2"), columns...), `the format version of the file is "2" instead of "1"`},
		"another space": {parquetOf(t, changed("graphpnas.space", "nasbench101"), columns...),
			`the file has architectures of space "nasbench101" instead of "nasbench201"`},
		"changed figure": {parquetOf(t, ours(file(columns...)), columns[0], columns[1], numbers("x", 1, 3)), "the checksum of the columns is"},
		"changed name":   {parquetOf(t, ours(file(columns...)), columns[0], columns[1], numbers("y", 1, 2)), "the checksum of the columns is"},
		"left out":       {parquetOf(t, ours(file(columns...)), columns[0], columns[1]), "the checksum of the columns is"},
		"no keys":        {parquetOf(t, ours(file(columns[0], columns[2])), columns[0], columns[2]), `no column is named "arch_key"`},
		"key twice": {parquetOf(t, ours(file(twice...)), twice...),
			`row 2, column "arch": the architecture ` + convs + ` is already in row 1`},
		"keys of others": {parquetOf(t, ours(file(swapped...)), swapped...), `row 1, column "arch_key": the key of ` + skips + ` must be`},
		"rubbish in place of an architecture": {parquetOf(t, ours(file(noArch...)), noArch...),
			`row 2, column "arch": nasbench201: invalid architecture`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readParquet(bad.data, searchspace.NASBench201{})
			require.ErrorContains(t, err, "table.parquet: ")
			assert.ErrorContains(t, err, bad.message)
		})
	}
}

// Reading a large file checks only some of the rows.
func TestVerifyChecksAllRows(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := firstOf(space, space.All(), 100)
	f := parquetfile.File{Rows: len(archs), Columns: []parquetfile.Column{texts("arch"), texts("arch_key"), numbers("x")}}
	for i, a := range archs {
		f.Columns[0].Texts = append(f.Columns[0].Texts, space.Format(a))
		f.Columns[1].Texts = append(f.Columns[1].Texts, space.Key(a))
		f.Columns[2].Numbers = append(f.Columns[2].Numbers, float64(i))
	}
	f.Columns[0].Texts[40], f.Columns[0].Texts[41] = "rubbish", f.Columns[0].Texts[42]
	f.Columns[2].Numbers[40] = 1000
	table, err := readParquet(parquetOf(t, nasbench.ParquetMetadata(&f, space.Name()), f.Columns...), space)
	require.NoError(t, err)
	assert.ErrorContains(t, table.Verify(t.Context()), `table.parquet: row 41, column "arch": nasbench201: invalid architecture`)
	_, _, err = table.Best("x")
	assert.ErrorContains(t, err, `row 41, column "arch"`)
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
	v, err := table.Value(archs[41], "x")
	require.NoError(t, err)
	assert.Equal(t, 41.0, v, "a lookup uses the key")
	all := slices.Collect(table.Archs())
	assert.Zero(t, all[40].NumParts())
	assert.True(t, all[99].Equal(archs[99]))
	_, err = table.Value(all[40], "x")
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
}
