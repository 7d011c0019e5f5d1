package searchspace

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// NASBench101Cell returns the cell of NAS-Bench-101 with an adjacency matrix and operations in the
// format of the benchmark's program: matrix[i][j] is 1 if there is an edge i→j and 0 otherwise; ops
// lists the operations of the nodes, of which the first is "input", the last "output", and the
// others "conv3x3-bn-relu", "conv1x1-bn-relu" or "maxpool3x3".
//
// Like the benchmark, it prunes nodes that are not on a path from input to output; their operations
// do not matter. The others keep their order. The matrix may therefore have more than 7 nodes; the
// limits apply after pruning.
//
// The error wraps [ErrInvalid] and describes the rule that is broken.
func NASBench101Cell(matrix [][]int, ops []string) (Arch, error) {
	a, err := nb101Cell(matrix, ops)
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w: %w", nasBench101.name, ErrInvalid, err)
	}
	return a, NASBench101{}.Validate(a)
}

func nb101Cell(matrix [][]int, ops []string) (Arch, error) {
	if err := checkAdjacency(matrix); err != nil {
		return Arch{}, err
	}
	if len(ops) != len(matrix) {
		return Arch{}, fmt.Errorf("there must be one operation for each node, got %d operations for a matrix of %d nodes", len(ops), len(matrix))
	}
	kept := onPath(matrix)
	if kept == nil {
		return Arch{}, errNB101NoPath
	}
	if len(kept) > nb101Nodes {
		return Arch{}, fmt.Errorf("a cell must have at most %d nodes, got %d", nb101Nodes, len(kept))
	}
	keptOps := make([]string, len(kept))
	var edges []Edge
	for to, v := range kept {
		if keptOps[to] = ops[v]; ops[v] == "" {
			return Arch{}, fmt.Errorf("node %d: the operation must not be empty; %s", v, theOperationsAre(nb101Ops))
		}
		if !slices.Contains(nb101Ops, ops[v]) {
			return Arch{}, fmt.Errorf("node %d: unknown operation %q; %s", v, ops[v], theOperationsAre(nb101Ops))
		}
		for from, u := range kept[:to] {
			if matrix[u][v] == 1 {
				edges = append(edges, Edge{From: from, To: to})
			}
		}
	}
	g, err := NewDAG("cell", len(kept), keptOps, edges)
	return NewArch(g), err
}

// checkAdjacency returns an error if a matrix is not square and upper-triangular with entries 0 and
// 1.
func checkAdjacency(matrix [][]int) error {
	if len(matrix) < 2 {
		return fmt.Errorf("a cell must have at least 2 nodes, got a matrix of %d", len(matrix))
	}
	for i, row := range matrix {
		if len(row) != len(matrix) {
			return fmt.Errorf("the matrix must be square: it has %d rows, and row %d has %d entries", len(matrix), i, len(row))
		}
		for j, entry := range row {
			if entry != 0 && entry != 1 {
				return fmt.Errorf("row %d, column %d of the matrix must be 0 or 1, got %d", i, j, entry)
			}
			if entry == 1 && j <= i {
				return fmt.Errorf("row %d, column %d of the matrix must be 0: the matrix must be upper-triangular, "+
					"with edges from lower to higher nodes", i, j)
			}
		}
	}
	return nil
}

// onPath returns the nodes on a path from the first to the last, in order, or nil if there is no
// path.
func onPath(matrix [][]int) []int {
	n := len(matrix)
	fed, feeds := make([]bool, n), make([]bool, n)
	fed[0], feeds[n-1] = true, true
	for v := range n {
		for u := range v {
			fed[v] = fed[v] || fed[u] && matrix[u][v] == 1
		}
	}
	var kept []int
	for v := n - 1; v >= 0; v-- {
		for w := v + 1; w < n; w++ {
			feeds[v] = feeds[v] || feeds[w] && matrix[v][w] == 1
		}
		if fed[v] && feeds[v] {
			kept = append(kept, v)
		}
	}
	slices.Reverse(kept)
	return kept
}

// Parse reads a cell in these formats:
//
//   - the adjacency matrix and the operations for [NASBench101Cell], as in the benchmark's own
//     dictionaries: {"module_adjacency": [[0, 1], [0, 0]], "module_operations": ["input",
//     "output"]}, or with the names "matrix" and "ops", also as arguments of ModelSpec, or the
//     two in one list. Python's and numpy's printed forms are accepted, including those without
//     commas. Nodes that are not on a path from input to output are pruned;
//   - the JSON of a valid cell, as written by [Arch.MarshalJSON].
//
// A hash does not determine a graph by itself; nasbench.NB101.Cell finds the cell with a published
// hash in the benchmark's file. The error wraps [ErrInvalid].
func (NASBench101) Parse(text string) (Arch, error) {
	if a, found, err := parseJSON(text); found && err == nil {
		return a, NASBench101{}.Validate(a)
	} else if found {
		return Arch{}, fmt.Errorf("%s: %w", nasBench101.name, err)
	}
	matrix, ops, err := nb101MatrixAndOps(bare(text))
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w: %.80q: %w", nasBench101.name, ErrInvalid, text, err)
	}
	return NASBench101Cell(matrix, ops)
}

// nb101MatrixAndOps reads an adjacency matrix and operations.
func nb101MatrixAndOps(text string) (matrix [][]int, ops []string, err error) {
	if sum, err := hex.DecodeString(text); err == nil && len(sum) == 16 {
		return nil, nil, errors.New("a hash does not describe a graph; nasbench.NB101.Cell finds its cell in the benchmark's file")
	}
	values, err := readPython(text)
	if err != nil {
		return nil, nil, err
	}
	adjacency, operations, ok := nb101Pair(values)
	if !ok {
		return nil, nil, errors.New(`a cell must be of the form {"module_adjacency": [[0, 1], [0, 0]], ` +
			`"module_operations": ["input", "output"]}`)
	}
	if matrix, err = intMatrix(adjacency); err != nil {
		return nil, nil, err
	}
	list, _ := operations.([]any)
	for i, v := range list {
		op, ok := v.(string)
		if !ok {
			return nil, nil, fmt.Errorf("operation %d must be a name in quotes", i)
		}
		ops = append(ops, op)
	}
	return matrix, ops, nil
}

// nb101Pair finds the matrix and the operations among the values.
func nb101Pair(values []any) (adjacency, operations any, ok bool) {
	if len(values) == 1 {
		switch v := values[0].(type) {
		case map[string]any:
			return nb101Fields(v)
		case pythonCall:
			return nb101Fields(v.named)
		case []any:
			values = v
		}
	}
	if len(values) != 2 {
		return nil, nil, false
	}
	return values[0], values[1], true
}

// nb101Fields finds the matrix and the operations by name.
func nb101Fields(fields map[string]any) (adjacency, operations any, ok bool) {
	for _, names := range [][2]string{{"module_adjacency", "module_operations"}, {"matrix", "ops"}, {"adjacency", "operations"}} {
		if fields[names[0]] != nil && fields[names[1]] != nil {
			return fields[names[0]], fields[names[1]], true
		}
	}
	return nil, nil, false
}

// intMatrix converts a matrix of whole numbers.
func intMatrix(value any) ([][]int, error) {
	rows, _ := value.([]any)
	matrix := make([][]int, len(rows))
	for i, row := range rows {
		entries, ok := row.([]any)
		if !ok {
			return nil, fmt.Errorf("row %d of the matrix must be a list", i)
		}
		matrix[i] = make([]int, len(entries))
		for j, v := range entries {
			if matrix[i][j], ok = wholeNumber(v); !ok {
				return nil, fmt.Errorf("row %d, column %d of the matrix must be 0 or 1, got %v", i, j, v)
			}
		}
	}
	return matrix, nil
}
