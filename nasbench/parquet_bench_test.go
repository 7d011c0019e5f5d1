package nasbench_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// allOfNASBench201 returns a table of all cells with made-up figures in the given number of columns.
func allOfNASBench201(b *testing.B, columns int) *nasbench.Table {
	b.Helper()
	var text strings.Builder
	text.WriteString("arch")
	for i := range columns {
		fmt.Fprintf(&text, ",column %d", i)
	}
	row := 0
	for a := range (searchspace.NASBench201{}).All() {
		text.WriteString("\n" + searchspace.NASBench201{}.Format(a))
		for i := range columns {
			fmt.Fprintf(&text, ",%d.%03d", 10+row*(i+7)%89, row*(i+13)%997)
		}
		row++
	}
	table, err := nasbench.ReadCSV(strings.NewReader(text.String()), "all of NAS-Bench-201", searchspace.NASBench201{})
	require.NoError(b, err)
	return table
}

// BenchmarkOpenParquet opens a table of NAS-Bench-201 with as many columns as NATS.Table has, and the table of NAS-Bench-101 in
// GRAPHPNAS_NB101_PARQUET, for example one of the published size:
//
//	go run ./internal/cmd/nb101file -out /tmp/nb101.tfrecord -epochs 4,12,36,108
//	go run ./examples/convert -from /tmp/nb101.tfrecord -epochs 4,12,36,108 -out /tmp/nb101.parquet
//	GRAPHPNAS_NB101_PARQUET=/tmp/nb101.parquet go test -run - -bench OpenParquet -count 5 ./nasbench
func BenchmarkOpenParquet(b *testing.B) {
	b.Run("nasbench201", func(b *testing.B) {
		var data bytes.Buffer
		require.NoError(b, allOfNASBench201(b, 29).WriteParquet(&data))
		path := filepath.Join(b.TempDir(), "nb201.parquet")
		require.NoError(b, os.WriteFile(path, data.Bytes(), 0o600))
		benchmarkOpenParquet(b, path, searchspace.NASBench201{})
	})
	b.Run("nasbench101", func(b *testing.B) {
		path := os.Getenv("GRAPHPNAS_NB101_PARQUET")
		if path == "" {
			b.Skip("GRAPHPNAS_NB101_PARQUET is not set to a table of NAS-Bench-101")
		}
		benchmarkOpenParquet(b, path, searchspace.NASBench101{})
	})
}

func benchmarkOpenParquet(b *testing.B, path string, space searchspace.Space) {
	info, err := os.Stat(path)
	require.NoError(b, err)
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		table, err := nasbench.Open(path, space)
		require.NoError(b, err)
		b.ReportMetric(float64(table.Len()), "rows")
	}
}
