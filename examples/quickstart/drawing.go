package main

import (
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// drawing draws a cell as text: for each node the edges that leave it, with their operations.
func drawing(a searchspace.Arch) string {
	text := draw.Text(a, draw.Options{
		Node: func(cell searchspace.DAG, node int) string { return nodeName(node, cell.Len()) },
		Op:   shortName,
	})
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

// nodeName returns the name of a node of a cell.
func nodeName(node, nodes int) string {
	switch node {
	case 0:
		return "input"
	case nodes - 1:
		return "output"
	}
	return "node " + strconv.Itoa(node)
}

// shortName returns an operation's name for people to read.
func shortName(op string) string {
	switch op {
	case "skip_connect":
		return "skip"
	case "nor_conv_1x1":
		return "conv 1×1"
	case "nor_conv_3x3":
		return "conv 3×3"
	case "avg_pool_3x3":
		return "pool 3×3"
	}
	return op
}
