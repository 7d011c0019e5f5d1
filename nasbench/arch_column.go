package nasbench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

// archColumn is the name of the column that contains the architectures.
const archColumn = "arch"

// Names of the columns for the two parts of a cell of NAS-Bench-101: those of the benchmark's API, and short ones.
var (
	matrixColumns    = []string{"module_adjacency", "matrix", "adjacency", "adjacency_matrix", "adj_matrix"}
	operationColumns = []string{"module_operations", "operations", "ops"}
)

// archSource lists the columns of a file that contain the architectures: one column, or for NAS-Bench-101 one with the matrix and one
// with the operations.
type archSource []archPart

type archPart struct {
	name   string
	column int
}

// String names the columns, for errors.
func (s archSource) String() string {
	if len(s) == 2 {
		return fmt.Sprintf("columns %q and %q", s[0].name, s[1].name)
	}
	return fmt.Sprintf("column %q", archColumn)
}

// has reports whether a column contains architectures.
func (s archSource) has(column int) bool {
	return slices.ContainsFunc(s, func(p archPart) bool { return p.column == column })
}

// text returns the architecture of a row. cell returns the row's content in a column.
func (s archSource) text(cell func(column int) string) string {
	if len(s) == 1 {
		return cell(s[0].column)
	}
	return fmt.Sprintf(`{"module_adjacency": %s, "module_operations": %s}`, cell(s[0].column), cell(s[1].column))
}

// mayHoldArchs reports whether a column of the given name may hold architectures.
func mayHoldArchs(name string) bool {
	return name == archColumn || slices.Contains(matrixColumns, name) || slices.Contains(operationColumns, name)
}

// findArchs finds the columns that contain the architectures.
func findArchs(names []string, space searchspace.Space) (archSource, error) {
	if i := slices.Index(names, archColumn); i >= 0 {
		if slices.Contains(names[i+1:], archColumn) {
			return nil, fmt.Errorf("two columns are named %q", archColumn)
		}
		return archSource{{archColumn, i}}, nil
	}
	if space.Name() == (searchspace.NASBench101{}).Name() {
		matrix := slices.IndexFunc(names, func(name string) bool { return slices.Contains(matrixColumns, name) })
		ops := slices.IndexFunc(names, func(name string) bool { return slices.Contains(operationColumns, name) })
		if matrix >= 0 && ops >= 0 {
			return archSource{{names[matrix], matrix}, {names[ops], ops}}, nil
		}
	}
	return nil, noArchs(names, space)
}

// maxNames is the maximum number of column names that an error lists.
const maxNames = 10

// listed formats names for an error.
func listed(names []string) string {
	list := make([]string, min(len(names), maxNames))
	for i := range list {
		list[i] = fmt.Sprintf("%q", shortened(names[i]))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return "[" + strings.Join(list, " ") + "]"
}

// noArchs returns the error for a file without a column of architectures.
func noArchs(names []string, space searchspace.Space) error {
	var similar []string
	for _, name := range names {
		if len(similar) == maxNames {
			break
		}
		lower := strings.ToLower(name)
		if strings.Contains(lower, "arch") || slices.Contains([]string{"cell", "cell_str", "genotype", "network", "model"}, lower) {
			similar = append(similar, fmt.Sprintf("%q", shortened(name)))
		}
	}
	switch {
	case slices.ContainsFunc(names, func(name string) bool { _, err := readArch(space, name); return err == nil }):
		return fmt.Errorf("the first line contains an architecture, but it must name the columns, one of which must be %q", archColumn)
	case len(names) == 1 && strings.ContainsAny(names[0], "| :"):
		return fmt.Errorf("no column is named %q, but %s; commas or tabs must separate columns", archColumn, listed(names))
	case len(similar) > 0:
		return fmt.Errorf("no column is named %q; did you mean %s? Rename it to %q", archColumn, strings.Join(similar, " or "), archColumn)
	case slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), "hash") }):
		reason := "an architecture cannot be computed from its hash"
		if space.Name() == (searchspace.NASBench101{}).Name() {
			reason += fmt.Sprintf("; add columns %q and %q with the values that the benchmark's API returns for the hash",
				matrixColumns[0], operationColumns[0])
		}
		return fmt.Errorf("no column is named %q, but %s: %s", archColumn, listed(names), reason)
	}
	return fmt.Errorf("no column is named %q, but %s", archColumn, listed(names))
}

// unusable returns, for each column, why its name makes it unusable, or "".
func unusable(names []string) []string {
	count := make(map[string]int, len(names))
	for _, name := range names {
		count[name]++
	}
	reasons := make([]string, len(names))
	for i, name := range names {
		switch {
		case name == "":
			reasons[i] = "it has no name"
		case count[name] > 1:
			reasons[i] = "several columns have this name"
		}
	}
	return reasons
}
