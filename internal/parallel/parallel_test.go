package parallel_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/parallel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryPieceIsDoneOnceBeforeTheReturn(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rapid.Check(t, func(t *rapid.T) {
		runtime.GOMAXPROCS(rapid.IntRange(1, 4).Draw(t, "processors"))
		done := make([]atomic.Int32, rapid.IntRange(0, 50).Draw(t, "pieces"))
		parallel.Do(len(done), func(i int) { done[i].Add(1) })
		for i := range done {
			require.EqualValues(t, 1, done[i].Load(), "piece %d", i)
		}
	})
}

func TestPiecesRunAtTheSameTime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	met := make(chan int)
	var sum atomic.Int64
	parallel.Do(2, func(i int) {
		select {
		case met <- i:
		case other := <-met:
			sum.Add(int64(i + other))
		}
	})
	assert.EqualValues(t, 1, sum.Load(), "both pieces have met")
}

func TestPiecesMayBeParallelThemselves(t *testing.T) {
	var sum atomic.Int64
	parallel.Do(5, func(i int) {
		parallel.Do(5, func(j int) { sum.Add(int64(5*i + j)) })
	})
	assert.EqualValues(t, 300, sum.Load())
}

// Helpers that fell asleep between two calls wake up, and they end when no caller is warm.
func TestHelpersSleepAndWake(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	rapid.Check(t, func(t *rapid.T) {
		defer parallel.Warm()()
		for range rapid.IntRange(1, 20).Draw(t, "calls") {
			if rapid.IntRange(0, 4).Draw(t, "pause") == 0 {
				time.Sleep(time.Duration(rapid.IntRange(0, 1000).Draw(t, "microseconds")) * time.Microsecond)
			}
			done := make([]atomic.Int32, rapid.IntRange(0, 9).Draw(t, "pieces"))
			parallel.Do(len(done), func(i int) {
				if i == 0 {
					runtime.Gosched()
				}
				done[i].Add(1)
			})
			for i := range done {
				require.EqualValues(t, 1, done[i].Load(), "piece %d", i)
			}
		}
	})
}

// Apart from the beginning, waiting for the next call uses no processor time.
func BenchmarkIdle(b *testing.B) {
	defer parallel.Warm()()
	for b.Loop() {
		parallel.Do(8, func(int) {})
		time.Sleep(5 * time.Millisecond)
	}
}
