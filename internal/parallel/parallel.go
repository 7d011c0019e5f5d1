// Package parallel spreads independent pieces of work over the processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls work(0) … work(n−1), several at a time, and returns when all have returned. Which goroutine runs which piece
// is open: for results that are the same on every machine, a piece must depend on its number alone.
func Do(n int, work func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			work(i)
		}
		return
	}
	var next atomic.Int64
	run := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			work(i)
		}
	}
	var others sync.WaitGroup
	for range workers - 1 {
		others.Go(run)
	}
	run()
	others.Wait()
}
