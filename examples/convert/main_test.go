package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

const small = "valid,arch,test\n" +
	"61.5,|skip_connect~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,70\n" +
	"83.25,|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,\n"

// natsForms has small files in the formats of NATS-Bench, in which one cell in three is not recorded.
var natsForms = filepath.Join("..", "..", "nasbench", "testdata", "nats")

// smallFile writes a table and returns its path.
func smallFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.csv")
	require.NoError(t, os.WriteFile(path, []byte(small), 0o600))
	return path
}

// nb101File writes a file of NAS-Bench-101 with two cells and returns its path.
func nb101File(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	w := tfrecord.NewWriter(&file)
	space, cells := searchspace.NASBench101{}, 0
	for a := range space.All() {
		cell, err := nb101.CellOf(a)
		require.NoError(t, err)
		key, ok := nb101.ParseKey(space.Key(a))
		require.True(t, ok)
		for _, epochs := range []int{4, 108} {
			row := nb101.Row{Key: key, Epochs: epochs, Cell: cell}
			row.Metrics.Parameters = 1000
			row.Metrics.Evaluations[nb101.Final] = nb101.Evaluation{float32(epochs), 1, 0.5, 0.25}
			require.NoError(t, w.Write(row.AppendTo(nil)))
		}
		if cells++; cells == 2 {
			break
		}
	}
	path := filepath.Join(t.TempDir(), "nb101.tfrecord")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	return path
}

// convert runs a conversion that succeeds, and returns the table and the output.
func convert(t *testing.T, o options, space searchspace.Space) (*nasbench.Table, string) {
	t.Helper()
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	table, err := nasbench.Open(o.out, space)
	require.NoError(t, err)
	return table, stdout.String()
}

func TestATableBecomesTheOtherAndItselfAgain(t *testing.T) {
	var space searchspace.NASBench201
	dir := t.TempDir()
	o := options{from: smallFile(t), space: "nasbench201", epochs: "108", out: filepath.Join(dir, "small.parquet")}
	table, printed := convert(t, o, space)
	assert.Equal(t, o.out+": 2 architectures of 15625, columns valid, test\n", printed)
	assert.Equal(t, []string{"valid", "test"}, table.Columns())

	o.from, o.out = o.out, filepath.Join(dir, "small.csv")
	convert(t, o, space)
	text, err := os.ReadFile(o.out)
	require.NoError(t, err)
	assert.Equal(t, "arch,valid,test\n"+
		"|skip_connect~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,61.5,70\n"+
		"|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,83.25,\n", string(text))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, 2, "nothing is left except the tables")
}

func TestWhatIsLeftOutIsPrinted(t *testing.T) {
	from := filepath.Join(t.TempDir(), "texts.csv")
	text := strings.NewReplacer("valid", "dataset", "61.5", "cifar10", "83.25", "cifar10").Replace(small)
	require.NoError(t, os.WriteFile(from, []byte(text), 0o600))
	o := options{from: from, space: "nasbench201", epochs: "108", out: filepath.Join(t.TempDir(), "numbers.parquet")}
	table, printed := convert(t, o, searchspace.NASBench201{})
	assert.Equal(t, []string{"test"}, table.Columns())
	assert.Equal(t, o.out+": 2 architectures of 15625, columns test\n"+
		`left out: column "dataset": line 2: "cifar10" is not a number`+"\n", printed)
}

func TestNB101(t *testing.T) {
	o := options{from: nb101File(t), space: "nasbench201", epochs: "4,108", out: filepath.Join(t.TempDir(), "nb101.parquet")}
	table, _ := convert(t, o, searchspace.NASBench101{})
	assert.Equal(t, 2, table.Len())
	for a := range table.Archs() {
		v, err := table.Value(a, "training_time_4")
		require.NoError(t, err)
		assert.Equal(t, 4.0, v)
	}
}

func TestEveryFormatIsDetected(t *testing.T) {
	parquet := filepath.Join(t.TempDir(), "small.parquet")
	convert(t, options{from: smallFile(t), space: "nasbench201", epochs: "108", out: parquet}, searchspace.NASBench201{})
	gzipped := func(path string) string {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err = w.Write(data)
		require.NoError(t, errors.Join(err, w.Close()))
		path = filepath.Join(t.TempDir(), "packed.gz")
		require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o600))
		return path
	}
	for path, want := range map[string]string{
		smallFile(t):                       "csv",
		gzipped(smallFile(t)):              "csv",
		gzipped(nb101File(t)):              "nb101",
		parquet:                            "parquet",
		nb101File(t):                       "nb101",
		filepath.Join(natsForms, "simple"): "nats",
		filepath.Join(natsForms, "single.pickle.pbz2"): "nats",
		filepath.Join(natsForms, "zip.pth"):            "nats",
		filepath.Join(natsForms, "legacy.pth"):         "nats",
		"/dev/null":                                    "csv",
	} {
		format, err := detect(path)
		require.NoError(t, err)
		assert.Equal(t, want, format, path)
	}
}

func TestAFailedConversionLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	good := options{from: smallFile(t), space: "nasbench201", epochs: "108", out: filepath.Join(dir, "table.parquet")}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(bad, []byte("arch,x\n|none~0|,1\n"), 0o600))
	named := filepath.Join(t.TempDir(), "named.csv")
	require.NoError(t, os.WriteFile(named, []byte(strings.Replace(small, "valid", "arch_key", 1)), 0o600))
	for name, c := range map[string]struct {
		change  func(*options)
		message string
	}{
		"no source":          {func(o *options) { o.from = "" }, "-from and -out are required"},
		"no table":           {func(o *options) { o.out = "" }, "-from and -out are required"},
		"missing source":     {func(o *options) { o.from += ".gz" }, "no such file"},
		"unknown ending":     {func(o *options) { o.out += ".gz" }, "must end in .parquet or .csv"},
		"unknown format":     {func(o *options) { o.format = "json" }, `-format must be nb101, nats, csv or parquet, got "json"`},
		"unknown space":      {func(o *options) { o.space = "mnist" }, `unknown space "mnist"; there are nasbench201, nasbench201-without-pooling, nasbench101`},
		"no epochs":          {func(o *options) { o.epochs = "" }, `-epochs: "" is not a whole number`},
		"another format":     {func(o *options) { o.format = "nb101" }, "small.csv: "},
		"bad table":          {func(o *options) { o.from = bad }, "bad.csv: line 2"},
		"name that is taken": {func(o *options) { o.from = named }, `column "arch_key"`},
		"cell not recorded":  {func(o *options) { o.from = filepath.Join(natsForms, "simple") }, "architecture 1 |none~0|"},
		"missing directory":  {func(o *options) { o.out = filepath.Join(dir, "none", "table.csv") }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			c.change(&o)
			var stdout bytes.Buffer
			assert.ErrorContains(t, run(t.Context(), o, &stdout, os.Stderr), c.message)
			assert.Empty(t, stdout.String())
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, run(ctx, good, &bytes.Buffer{}, os.Stderr), context.Canceled)

	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, files)
}

// The sizes are those that the library's own table records.
func TestSizes(t *testing.T) {
	o := options{
		sizes: true, space: "nasbench201", epochs: "108", channels: 8, cells: 1, image: "1x8x8", classes: 10, batch: 4,
		out: filepath.Join(t.TempDir(), "sizes.csv"),
	}
	table, printed := convert(t, o, searchspace.NASBench201{})
	assert.Equal(t, o.out+": 15625 architectures of 15625, columns params, flops, memory\n", printed)
	digits, err := nasbench.Digits201()
	require.NoError(t, err)
	for a := range digits.Archs() {
		for _, column := range []string{"params", "flops"} {
			want, err := digits.Value(a, column)
			require.NoError(t, err)
			got, err := table.Value(a, column)
			require.NoError(t, err)
			require.Equal(t, want, got, column)
		}
	}

	o.from, o.out, o.batch = smallFile(t), filepath.Join(t.TempDir(), "some.parquet"), 8
	some, _ := convert(t, o, searchspace.NASBench201{})
	assert.Equal(t, 2, some.Len())
	for a := range some.Archs() {
		four, err := table.Value(a, "memory")
		require.NoError(t, err)
		eight, err := some.Value(a, "memory")
		require.NoError(t, err)
		assert.Greater(t, eight, four)
	}
}

func TestEverySpaceHasSizes(t *testing.T) {
	for _, s := range spaces.Tables {
		space, err := s.Value()
		require.NoError(t, err)
		counter, err := options{space: s.Name, image: "3x32x32", classes: 10, batch: 1}.counter()
		require.NoError(t, err)
		for a := range members(space) {
			r, err := counter.Evaluate(t.Context(), a)
			require.NoError(t, err)
			assert.Positive(t, r.Metrics["params"])
			break
		}
	}
	micro, err := spaces.WithoutPooling()
	require.NoError(t, err)
	n := 0
	for range members(micro) {
		n++
	}
	assert.Equal(t, 4096, n)
}

func TestBadSizesAreErrors(t *testing.T) {
	good := options{
		sizes: true, space: "nasbench201", image: "3x32x32", classes: 10, batch: 1, out: filepath.Join(t.TempDir(), "sizes.csv"),
	}
	for message, change := range map[string]func(*options){
		`-image must be channels, height and width of an image, such as 3x32x32, got "32x32"`:   func(o *options) { o.image = "32x32" },
		`-image must be channels, height and width of an image, such as 3x32x32, got "3x32x0"`:  func(o *options) { o.image = "3x32x0" },
		`-image must be channels, height and width of an image, such as 3x32x32, got "3x32x3z"`: func(o *options) { o.image = "3x32x3z" },
		"-classes must be at least 1, got 0":                                                    func(o *options) { o.classes = 0 },
		"-batch must be at least 1, got 0":                                                      func(o *options) { o.batch = 0 },
		"-channels must be at least 0, got -1":                                                  func(o *options) { o.channels = -1 },
		`-sizes must have a -space with a network, got "mnist"`:                                 func(o *options) { o.space = "mnist" },
	} {
		o := good
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, &bytes.Buffer{}, os.Stderr), message)
	}
	assert.NoFileExists(t, good.out)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, run(ctx, good, &bytes.Buffer{}, os.Stderr), context.Canceled)
}

// A conversion that is stopped while it writes leaves the table that was there.
func TestAStoppedConversionLeavesTheOldTable(t *testing.T) {
	table, err := nasbench.Open(smallFile(t), searchspace.NASBench201{})
	require.NoError(t, err)
	dir := t.TempDir()
	path := filepath.Join(dir, "table.parquet")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, write(ctx, path, table, (*nasbench.Table).WriteParquet), context.Canceled)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(text))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, 1)
}
