package main

import (
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spaces are the search spaces of tables.
var spaces = []methods.Named[searchspace.Space]{
	{Name: "nasbench201", Value: searchspace.NASBench201{}},
	{Name: "nasbench101", Value: searchspace.NASBench101{}},
}
