package nasbench_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkOpenNB101 reads the file that GRAPHPNAS_NB101 names, for example one of the published size:
//
//	go run ./internal/cmd/nb101file -out /tmp/nb101.tfrecord -epochs 4,12,36,108
//	GRAPHPNAS_NB101=/tmp/nb101.tfrecord go test -run - -bench OpenNB101 -benchtime 1x -count 5 ./nasbench
//
// To measure the memory, compile the test (go test -c ./nasbench) and run it with the same flags, prefixed with -test., under
// /usr/bin/time -v.
func BenchmarkOpenNB101(b *testing.B) {
	path := os.Getenv("GRAPHPNAS_NB101")
	if path == "" {
		b.Skip("GRAPHPNAS_NB101 is not set to a file of NAS-Bench-101")
	}
	info, err := os.Stat(path)
	require.NoError(b, err)
	for name, epochs := range map[string][]int{"108": nil, "all": {4, 12, 36, 108}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				_, err := nasbench.OpenNB101(path, nasbench.NB101Options{Epochs: epochs})
				if errors.Is(err, nasbench.ErrNotRecorded) {
					b.Skip(err)
				}
				require.NoError(b, err)
			}
		})
	}
}

// benchmarkCells returns the training runs for 108 epochs of the file in GRAPHPNAS_NB101 or, if
// that is not set, a benchmark of 20,000 cells with three training runs each.
func benchmarkCells(b *testing.B) *nasbench.NB101 {
	b.Helper()
	if path := os.Getenv("GRAPHPNAS_NB101"); path != "" {
		benchmark, err := nasbench.OpenNB101(path, nasbench.NB101Options{})
		require.NoError(b, err)
		return benchmark
	}
	var rows []nb101.Row
	for a := range (searchspace.NASBench101{}).All() {
		row := training(b, a, 108, nb101.Evaluation{1000, 1, 0.9, 0.9})
		if rows = append(rows, row, row, row); len(rows) == 3*20_000 {
			break
		}
	}
	benchmark, err := readNB101(nb101File(b, rows...))
	require.NoError(b, err)
	return benchmark
}

func BenchmarkNB101ValueOfKey(b *testing.B) {
	benchmark := benchmarkCells(b)
	keys := slices.Sorted(benchmark.Keys())
	i := 0
	for b.Loop() {
		if _, err := benchmark.ValueOfKey(keys[i%len(keys)], nasbench.NB101Query{}); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "queries/s")
}

func BenchmarkNB101Evaluate(b *testing.B) {
	benchmark := benchmarkCells(b)
	archs := slices.Collect(benchmark.Archs())[:1000]
	e, err := benchmark.Evaluator(nasbench.NB101Query{})
	require.NoError(b, err)
	i := 0
	for b.Loop() {
		if _, err := e.Evaluate(b.Context(), archs[i%len(archs)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkNB101Verify(b *testing.B) {
	benchmark := benchmarkCells(b)
	for b.Loop() {
		require.NoError(b, benchmark.Verify(b.Context()))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchmark.Len()), "ns/cell")
}
