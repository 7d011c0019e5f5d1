package explore

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrRejected is wrapped by the error of an explorer if the space allows none of a million graphs
// in a row.
var ErrRejected = errors.New("no valid architecture found")

// maxTries is the number of rejected graphs in a row after which an explorer gives up.
const maxTries = 1_000_000

// sampleLegal calls try until it has n architectures. A try returns false if the space does not allow its
// graph. The text graphs describes the kind of graph in errors.
func sampleLegal(ctx context.Context, space searchspace.Space, graphs string, n int,
	try func() (a searchspace.Arch, ok bool, err error)) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for tries := 0; len(archs) < n; tries++ {
		if ctx.Err() != nil {
			return archs, fmt.Errorf("sampling %s: %w", space.Name(), context.Cause(ctx))
		}
		if tries == maxTries {
			return archs, fmt.Errorf("sampling %s with %s: %w in %d tries", space.Name(), graphs, ErrRejected, tries)
		}
		a, ok, err := try()
		if err != nil {
			return archs, fmt.Errorf("sampling %s: %w", space.Name(), err)
		}
		if ok {
			archs, tries = append(archs, a), -1
		}
	}
	return archs, nil
}

// tryDecisions builds an architecture with choose. It returns false if choose returns a negative value.
func tryDecisions(space searchspace.Space, choose func(searchspace.Decision) int) (a searchspace.Arch, ok bool, err error) {
	b := space.Start()
	for d, more := b.Next(); more; d, more = b.Next() {
		value := choose(d)
		if value < 0 {
			return searchspace.Arch{}, false, nil
		}
		if err := b.Take(value); err != nil {
			return searchspace.Arch{}, false, err
		}
	}
	a, err = b.Arch()
	return a, err == nil, err
}
