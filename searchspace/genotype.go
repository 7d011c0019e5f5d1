package searchspace

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// formatGenotype returns DARTS's two cells as a genotype.
func formatGenotype(cells ...DAG) string {
	var text strings.Builder
	text.WriteString("Genotype(")
	for i, g := range cells {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(g.name + "=[")
		for e, edge := range g.Edges() {
			if e > 0 {
				text.WriteString(", ")
			}
			fmt.Fprintf(&text, "('%s', %d)", edge.Op, edge.From)
		}
		fmt.Fprintf(&text, "], %s_concat=range(%d, %d)", g.name, dartsInputs, g.n)
	}
	text.WriteString(")")
	return text.String()
}

// readGenotype reads a genotype of the given cells.
func readGenotype(text string, cells []Part) (Arch, error) {
	fields, err := genotypeFields(text)
	if err != nil {
		return Arch{}, err
	}
	known := map[string]bool{}
	dags := make([]DAG, len(cells))
	for i, cell := range cells {
		concat := cell.Name + "_concat"
		known[cell.Name], known[concat] = true, true
		edges, err := genotypeEdges(fields[cell.Name], cell)
		if err != nil {
			return Arch{}, fmt.Errorf("%s: %w", cell.Name, err)
		}
		if !isConcatenation(fields[concat], cell) {
			return Arch{}, fmt.Errorf("%s must list all intermediate nodes: range(%d, %d)", concat, dartsInputs, cell.MaxNodes)
		}
		if dags[i], err = NewDAG(cell.Name, cell.MaxNodes, nil, edges); err != nil {
			return Arch{}, err
		}
	}
	for name, value := range fields {
		if value != nil && !known[name] {
			return Arch{}, fmt.Errorf("unknown field %.40q", name)
		}
	}
	return NewArch(dags...), nil
}

// genotypeFields reads the named values of a genotype, which is a call of Genotype or a dictionary.
func genotypeFields(text string) (map[string]any, error) {
	values, err := readPython(text)
	if err != nil {
		return nil, err
	}
	if len(values) == 1 {
		switch v := values[0].(type) {
		case pythonCall:
			if v.name == "Genotype" {
				return v.named, nil
			}
		case map[string]any:
			return v, nil
		}
	}
	return nil, errors.New("a genotype must be of the form Genotype(normal=[('skip_connect', 0), …], normal_concat=range(2, 6), " +
		"reduce=[…], reduce_concat=range(2, 6))")
}

// genotypeEdges reads the operations of a cell: a list of pairs, or one such list for each node.
func genotypeEdges(value any, cell Part) ([]Edge, error) {
	pairs, ok := value.([]any)
	if !ok {
		return nil, errors.New("it must be a list of pairs ('operation', node)")
	}
	pairs, err := ungrouped(pairs)
	if err != nil {
		return nil, err
	}
	if want := dartsReads * (cell.MaxNodes - dartsInputs); len(pairs) != want {
		return nil, fmt.Errorf("got %s ('operation', node), want %d: %d for each of %s",
			countOf(len(pairs), "pair"), want, dartsReads, countOf(cell.MaxNodes-dartsInputs, "intermediate node"))
	}
	edges := make([]Edge, len(pairs))
	for i, pair := range pairs {
		to := dartsInputs + i/dartsReads
		if edges[i], err = genotypeEdge(pair, to, cell); err != nil {
			return nil, fmt.Errorf("node %d: %w", to, err)
		}
		if i%dartsReads > 0 && edges[i].From == edges[i-1].From {
			return nil, fmt.Errorf("node %d reads node %d twice, but must read two different nodes", to, edges[i].From)
		}
	}
	return edges, nil
}

// ungrouped returns the pairs of all nodes in one list. Some programs print one list for each node.
func ungrouped(groups []any) ([]any, error) {
	var pairs []any
	for i, v := range groups {
		group, _ := v.([]any)
		if len(group) == 0 {
			return nil, fmt.Errorf("item %d must be a pair ('operation', node)", i)
		}
		if _, grouped := group[0].([]any); !grouped {
			return groups, nil
		}
		if len(group) != dartsReads {
			return nil, fmt.Errorf("node %d reads %s, but must read %d", dartsInputs+i, countOf(len(group), "node"), dartsReads)
		}
		pairs = append(pairs, group...)
	}
	return pairs, nil
}

// genotypeEdge reads a pair of an operation and the node that it is applied to, which may be
// followed by a weight.
func genotypeEdge(value any, to int, cell Part) (Edge, error) {
	pair, _ := value.([]any)
	if len(pair) != 2 && len(pair) != 3 {
		return Edge{}, errors.New("it must be a pair ('operation', node), possibly followed by a weight")
	}
	op, ok := pair[0].(string)
	if !ok {
		return Edge{}, fmt.Errorf("a pair must begin with an operation in quotes, got %v", pair[0])
	}
	at := slices.Index(cell.EdgeOps, op)
	if at < 1 {
		return Edge{}, fmt.Errorf("unknown operation %q; %s", op, theOperationsAre(cell.EdgeOps[1:]))
	}
	from, ok := wholeNumber(pair[1])
	if !ok || from < 0 || from >= to {
		return Edge{}, fmt.Errorf("it must read one of nodes 0 to %d, got %v", to-1, pair[1])
	}
	if len(pair) == 3 && !isNumber(pair[2]) {
		return Edge{}, fmt.Errorf("the weight must be a number, got %v", pair[2])
	}
	return Edge{From: from, To: to, Op: cell.EdgeOps[at]}, nil
}

func isNumber(value any) bool {
	switch value.(type) {
	case int, float64:
		return true
	}
	return false
}

// isConcatenation reports whether a value lists all intermediate nodes of a cell.
func isConcatenation(value any, cell Part) bool {
	nodes, _ := value.([]any)
	for i, node := range nodes {
		if v, ok := wholeNumber(node); !ok || v != dartsInputs+i {
			return false
		}
	}
	return len(nodes) == cell.MaxNodes-dartsInputs
}
