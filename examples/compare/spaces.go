package main

import (
	"fmt"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	shared "github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spaces are the search spaces of tables.
var spaces = []methods.Named[func() (searchspace.Space, error)]{
	{Name: "nasbench201", Value: func() (searchspace.Space, error) { return searchspace.NASBench201{}, nil }},
	{Name: "nasbench201-without-pooling", Value: shared.WithoutPooling},
	{Name: "nasbench101", Value: func() (searchspace.Space, error) { return searchspace.NASBench101{}, nil }},
}

// spaceNamed returns the space of a name.
func spaceNamed(name string) (searchspace.Space, error) {
	space, err := methods.Find(spaces, "space", name)
	if err != nil {
		return nil, err
	}
	return space.Value()
}

// restrict restricts a space to the architectures of which a table records a column, and returns uniform draws from them.
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
