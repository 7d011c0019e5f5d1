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

// BenchmarkStore is an evaluation that takes no time: two writes, each synced.
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

// BenchmarkAnswer is an evaluation that the store knows.
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
