package bayes

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spread calls work(0) to work(n−1) in parallel and returns when all have returned. The result of
// work must depend only on its argument.
func spread(n int, work func(i int)) {
	var begun atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(begun.Add(1)) - 1; i < n; i = int(begun.Add(1)) - 1 {
				work(i)
			}
		})
	}
	workers.Wait()
}
