package main

import (
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// space is the space of all cells of the table.
var space searchspace.NASBench201

// function is a set of cells that compute the same function, and the one of them that is trained:
// the first of those with the fewest multiplications, which has no convolution with an unused
// result.
type function struct {
	cells   []searchspace.Arch
	trained searchspace.Arch
}

// listFunctions returns the functions of all cells, in the order of their first ones.
func listFunctions(in network.Input) ([]function, error) {
	var functions []function
	var least []int64 // number of multiplications of each function's trained cell
	number := map[string]int{}
	for cell := range space.All() {
		plan, err := network.NewPlan(design, cell, in)
		if err != nil {
			return nil, err
		}
		text := functionOf(cell.Part(0))
		i, ok := number[text]
		if !ok {
			i = len(functions)
			number[text] = i
			functions, least = append(functions, function{trained: cell}), append(least, plan.FLOPs())
		}
		functions[i].cells = append(functions[i].cells, cell)
		if plan.FLOPs() < least[i] {
			functions[i].trained, least[i] = cell, plan.FLOPs()
		}
	}
	return functions, nil
}

// functionOf returns a text that describes what a cell computes from its input x. Cells with equal
// functions have equal texts. A node is a sum. A skip connection adds the terms of its source to
// those of its target. An absent edge adds nothing, and neither does an operation on a node without
// terms. The order of terms does not matter. This leaves 4,930 functions for 15,625 cells.
func functionOf(cell searchspace.DAG) string {
	nodes := [][]string{{"x"}}
	for to := 1; to < cell.Len(); to++ {
		var terms []string
		for from, source := range nodes {
			switch op := cell.EdgeOp(from, to); {
			case op == "" || len(source) == 0:
			case op == "skip_connect":
				terms = append(terms, source...)
			default:
				terms = append(terms, op+"("+strings.Join(source, "+")+")")
			}
		}
		slices.Sort(terms)
		nodes = append(nodes, terms)
	}
	return strings.Join(nodes[len(nodes)-1], "+")
}
