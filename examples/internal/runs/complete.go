package runs

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Plan is a list of searches to run, and the file that stores the finished ones. T describes a
// search, R is its record, and K identifies it.
type Plan[T, R any, K comparable] struct {
	// Path is the file, as for [Read].
	Path string
	// Fresh returns a record with the values of fields that lines of the file lack. If nil, these are zero.
	Fresh func() R
	// Tasks lists the searches in the order in which they start.
	Tasks []T
	// Task and Record identify a search and a record. Records of other searches may be in the same file.
	Task   func(T) K
	Record func(R) K
	// Begin, if not nil, is called before the first search starts, with the searches that are missing from the file.
	Begin func(missing []T)
	// Run runs a search. It must be safe for concurrent use.
	Run func(context.Context, T) (R, error)
}

// Complete runs the searches that are missing from the file, one per processor in parallel, and
// appends their records to it. It returns the records of all searches in their order or, after an
// error, those of the finished searches.
func (p Plan[T, R, K]) Complete(ctx context.Context) (all []R, err error) {
	fresh := p.Fresh
	if fresh == nil {
		fresh = func() (r R) { return r }
	}
	kept, err := Read(p.Path, fresh)
	if err != nil {
		return nil, err
	}
	finished := map[K]R{}
	for _, r := range kept {
		finished[p.Record(r)] = r
	}
	var missing []T
	for _, t := range p.Tasks {
		if _, ok := finished[p.Task(t)]; !ok {
			missing = append(missing, t)
		}
	}
	if p.Begin != nil {
		p.Begin(missing)
	}
	err = p.run(ctx, missing, finished)
	for _, t := range p.Tasks {
		if r, ok := finished[p.Task(t)]; ok {
			all = append(all, r)
		}
	}
	return all, err
}

// run runs searches and adds their records to those that have finished.
func (p Plan[T, R, K]) run(ctx context.Context, missing []T, finished map[K]R) (err error) {
	file, err := Open(p.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	var mu sync.Mutex // guards finished
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, t := range missing {
		group.Go(func() error {
			r, err := p.Run(ctx, t)
			if err != nil {
				return err
			}
			mu.Lock()
			finished[p.Task(t)] = r
			mu.Unlock()
			return file.Append(r)
		})
	}
	return group.Wait()
}
