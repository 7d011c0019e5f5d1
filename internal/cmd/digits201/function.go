package main

import (
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// space is that of all cells of the table.
var space searchspace.NASBench201

// function is the cells that compute the same, and the one of them that is trained: that with the fewest multiplications,
// which has no convolution whose result is not used, and of these the first.
type function struct {
	cells   []searchspace.Arch
	trained searchspace.Arch
}

// listFunctions returns the functions of all cells, in the order of their first ones.
func listFunctions(in network.Input) ([]function, error) {
	var functions []function
	var least []int64 // multiplications of each function's trained cell
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

// functionOf writes down what a cell computes of its input x, such that cells with equal functions have equal texts. A node
// is a sum; a skip connection adds the terms of the node that it reads to those of the node that it feeds, an absent edge
// adds nothing, and neither does an operation on a node that has no terms. The order of terms does not matter. So 4,930
// functions are left of 15,625 cells.
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
