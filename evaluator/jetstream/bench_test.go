package jetstream_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// BenchmarkEvaluations measures the message round trip of an evaluation. The evaluations take no time, and workers, coordinator
// and server run in one process.
func BenchmarkEvaluations(b *testing.B) {
	s := start(b)
	for range 4 {
		serve(b, s, jetstream.Worker{Evaluator: evaluator.Func(edges), Concurrency: 16})
	}
	all := cells(15_625)
	pool := evaluator.Pool{Workers: 256}
	b.ResetTimer()
	for n := 0; n < b.N; n += len(all) {
		b.StopTimer()
		pool.Evaluator = coordinate(b, s, jetstream.Config{Seed: uint64(n)})
		b.StartTimer()
		for o := range pool.Run(b.Context(), slices.Values(all[:min(len(all), b.N-n)])) {
			assert.NoError(b, o.Err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
}
