package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphpnas/graphpnas/searchspace"
)

// drawing draws a cell as text: for each node the edges that leave it, with their operations.
//
//	 input ─┬─ conv 3×3 ─▶ node 1
//	        └─ skip ─────▶ output
//	node 1 ─── conv 1×1 ─▶ output
func drawing(cell searchspace.DAG) string {
	var s strings.Builder
	for from := range cell.Len() {
		var edges []searchspace.Edge
		for _, e := range cell.Edges() {
			if e.From == from {
				edges = append(edges, e)
			}
		}
		name := nodeName(from, cell.Len())
		for i, e := range edges {
			branch := "├"
			switch {
			case len(edges) == 1:
				branch = "─"
			case i == 0:
				branch = "┬"
			case i == len(edges)-1:
				branch = "└"
			}
			line := "─"
			if i > 0 {
				name, line = "", " "
			}
			op := shortName(e.Op) + " "
			fmt.Fprintf(&s, "    %6s %s%s─ %s%s▶ %s\n", name, line, branch, op,
				strings.Repeat("─", max(1, 10-utf8.RuneCountInString(op))), nodeName(e.To, cell.Len()))
		}
	}
	return s.String()
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
