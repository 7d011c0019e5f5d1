package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// openNB101 reads NAS-Bench-101's own TFRecord files, with the trainings of 108 epochs, and any other table.
func openNB101(path string, space searchspace.Space) (*nasbench.Table, error) {
	if ext := filepath.Ext(strings.TrimSuffix(path, ".gz")); ext != ".tfrecord" {
		return nasbench.Open(path, space)
	}
	benchmark, err := nasbench.OpenNB101(path, nasbench.NB101Options{})
	if err != nil {
		return nil, err
	}
	return benchmark.Table(), nil
}

// openTrees reads NAS-Bench-Graph's architectures: the input of each operation in the column link (0 is the network's, k is
// operation k), the operations in the columns op1 to op4.
func openTrees(path string, space searchspace.Space) (*nasbench.Table, error) {
	return openCSV(path, space, []string{"link", "op1", "op2", "op3", "op4"}, func(cells []string) (searchspace.DAG, error) {
		link, ops := cells[0], append([]string{"input"}, cells[1:]...)
		if len(link) != len(ops)-1 {
			return searchspace.DAG{}, fmt.Errorf("link must have a digit for each of %d operations, got %q", len(ops)-1, link)
		}
		var edges []searchspace.Edge
		for i := range link {
			edges = append(edges, searchspace.Edge{From: int(link[i]) - '0', To: i + 1})
		}
		return searchspace.NewDAG("net", len(ops), ops, edges)
	})
}

// openWirings reads graphs from the column edge_list, as in "0-1 0-2 1-2".
func openWirings(path string, space searchspace.Space) (*nasbench.Table, error) {
	nodes := space.Parts()[0].MaxNodes
	return openCSV(path, space, []string{"edge_list"}, func(cells []string) (searchspace.DAG, error) {
		var edges []searchspace.Edge
		for text := range strings.FieldsSeq(cells[0]) {
			from, to, _ := strings.Cut(text, "-")
			f, wrongFrom := strconv.Atoi(from)
			t, wrongTo := strconv.Atoi(to)
			if wrongFrom != nil || wrongTo != nil {
				return searchspace.DAG{}, fmt.Errorf("an edge must be written like 0-1, got %q", text)
			}
			edges = append(edges, searchspace.Edge{From: f, To: t})
		}
		return searchspace.NewDAG("wiring", nodes, nil, edges)
	})
}

// openCSV reads a CSV file whose architectures are spread over columns, which arch reads.
func openCSV(
	path string, space searchspace.Space, columns []string, arch func(cells []string) (searchspace.DAG, error),
) (*nasbench.Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: the file is empty", path)
	}
	at, err := places(rows[0], columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rows[0] = append(rows[0], "arch")
	for i, row := range rows[1:] {
		cells := make([]string, len(at))
		for j, column := range at {
			cells[j] = row[column]
		}
		g, err := arch(cells)
		if err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", path, i+1, err)
		}
		text, err := json.Marshal(searchspace.NewArch(g))
		if err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", path, i+1, err)
		}
		rows[i+1] = append(row, string(text))
	}
	var with bytes.Buffer
	if err := csv.NewWriter(&with).WriteAll(rows); err != nil {
		return nil, err
	}
	return nasbench.ReadCSV(&with, path, space)
}

// places returns the places of columns in the first row of a file.
func places(header, columns []string) ([]int, error) {
	at := make([]int, len(columns))
	for i, column := range columns {
		at[i] = -1
		for j, name := range header {
			if name == column {
				at[i] = j
			}
		}
		if at[i] < 0 {
			return nil, fmt.Errorf("no column is named %q, but %q", column, header)
		}
	}
	return at, nil
}
