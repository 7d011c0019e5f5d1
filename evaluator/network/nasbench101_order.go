package network

import (
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// nb101Ops are the operations in the order in which the benchmark numbers them.
var nb101Ops = []string{"conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"}

// nb101Order returns the inner nodes of a cell in the order of the benchmark. The benchmark treats isomorphic cells as equal, but
// their networks differ slightly if the channels do not divide evenly. It trained the first of them in its enumeration, which is
// ordered by the edges, read as a binary number, and then by the operations.
func nb101Order(cell searchspace.DAG) []int {
	var (
		order, best  []int
		edges, fewer uint
		ops, lower   []int
		extend       func()
	)
	last := cell.Len() - 1
	extend = func() {
		if len(order) == last-1 {
			edges, ops = nb101Number(cell, order)
			if best == nil || edges < fewer || edges == fewer && slices.Compare(ops, lower) < 0 {
				best, fewer, lower = slices.Clone(order), edges, ops
			}
			return
		}
		for node := 1; node < last; node++ {
			if slices.Contains(order, node) || !nb101Ready(cell, node, order) {
				continue
			}
			order = append(order, node)
			extend()
			order = order[:len(order)-1]
		}
	}
	extend()
	return best
}

// nb101Ready reports whether all inner nodes that feed a node are in before.
func nb101Ready(cell searchspace.DAG, node int, before []int) bool {
	for from := 1; from < node; from++ {
		if cell.HasEdge(from, node) && !slices.Contains(before, from) {
			return false
		}
	}
	return true
}

// nb101Number returns the position of a cell in the benchmark's enumeration if its inner nodes have the given order.
func nb101Number(cell searchspace.DAG, order []int) (edges uint, ops []int) {
	nodes := slices.Concat([]int{0}, order, []int{cell.Len() - 1})
	digit := 0
	for to := range nodes {
		for from := range to {
			if cell.HasEdge(nodes[from], nodes[to]) {
				edges |= 1 << digit
			}
			digit++
		}
	}
	for _, node := range order {
		ops = append(ops, slices.Index(nb101Ops, cell.NodeOp(node)))
	}
	return edges, ops
}
