package main

import (
	"fmt"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// restrict restricts a space to the architectures whose figure in a column is recorded. It also returns an explorer that
// draws from them uniformly.
func restrict(space searchspace.Space, table *nasbench.Table, column string) (searchspace.Space, methods.Explorer, error) {
	var recorded []searchspace.Arch
	for a := range table.Archs() {
		if _, err := table.Value(a, column); err == nil {
			recorded = append(recorded, a)
		}
	}
	listed, err := searchspace.Listed(space, recorded)
	if err != nil {
		return nil, nil, fmt.Errorf("-listed: %w", err)
	}
	uniform, err := searchspace.NewCensus(listed)
	return listed, uniform, err
}
