package bayes

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spread calls work(0) … work(n−1), as many at a time as there are processors, and returns when all have returned. A piece must
// depend on its number alone.
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
