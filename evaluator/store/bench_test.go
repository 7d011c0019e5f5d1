package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

func nothing(context.Context, searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{Value: 1, Metrics: map[string]float64{"params": 1.3}}, nil
}

// BenchmarkStore measures the store's overhead for a new evaluation: two synced writes.
func BenchmarkStore(b *testing.B) {
	space := searchspace.NASBench201{}
	archs := members(b, space, 15625)
	for _, workers := range []int{1, 8} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			db := mustOpen(b, temporaryPath(b))
			defer db.Close()
			var n atomic.Int64
			b.SetParallelism(workers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := int(n.Add(1))
					objective := fmt.Sprint(i / len(archs))
					_, err := db.Evaluator(space, objective, evaluator.Func(nothing)).Evaluate(context.Background(), archs[i%len(archs)])
					require.NoError(b, err)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
		})
	}
}

// BenchmarkRecord measures recording one line, which is synced.
func BenchmarkRecord(b *testing.B) {
	db := mustOpen(b, temporaryPath(b))
	defer db.Close()
	r := db.Recorder("a search")
	line := []byte(`{"result":{"trial":12,"value":93.5,"cost_ns":1000000000}}`)
	for b.Loop() {
		require.NoError(b, r.Record(context.Background(), line))
	}
}

// BenchmarkRecorded measures reading a record of 10,000 lines.
func BenchmarkRecorded(b *testing.B) {
	db := mustOpen(b, temporaryPath(b))
	defer db.Close()
	r := db.Recorder("a search")
	record(b, r, "first")
	_, err := db.writes.Exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
		INSERT INTO records (search, line, recorded) SELECT 'a search', i, '' FROM n`)
	require.NoError(b, err)
	for b.Loop() {
		require.Len(b, recorded(b, r), 10_000)
	}
}

// BenchmarkAnswer measures returning a stored evaluation.
func BenchmarkAnswer(b *testing.B) {
	space := searchspace.NASBench201{}
	a := members(b, space, 1)[0]
	db := mustOpen(b, temporaryPath(b))
	defer db.Close()
	for b.Loop() {
		_, err := db.Evaluator(space, "", evaluator.Func(nothing)).Evaluate(context.Background(), a)
		require.NoError(b, err)
	}
}
