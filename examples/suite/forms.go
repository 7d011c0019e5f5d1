package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// openNB101 reads NAS-Bench-101's own TFRecord files, with the training runs of 108 epochs, and any other table.
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

// openENAS reads networks in the notation of ENAS from the column arch.
func openENAS(path string, space searchspace.Space) (*nasbench.Table, error) {
	return openCSV(path, space, []string{"arch"}, func(cells []string) (searchspace.DAG, error) {
		a, err := searchspace.Parse(space, cells[0])
		if err != nil {
			return searchspace.DAG{}, err
		}
		return a.Part(0), nil
	})
}

// openCSV reads a CSV file whose architectures are in several columns; arch converts their cells. If an architecture is on
// several lines, its numbers are their means.
func openCSV(
	path string, space searchspace.Space, columns []string, arch func(cells []string) (searchspace.DAG, error),
) (*nasbench.Table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	with, err := withArchs(text, columns, arch)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nasbench.ReadCSV(bytes.NewReader(with), path, space)
}

// withArchs returns a CSV file with a column "arch", in which each architecture occurs once.
func withArchs(text []byte, columns []string, arch func(cells []string) (searchspace.DAG, error)) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("the file is empty")
	}
	at, err := places(rows[0], columns)
	if err != nil {
		return nil, err
	}
	byArch := map[string][][]string{}
	var archs []string // in the order of their first lines
	for i, row := range rows[1:] {
		cells := make([]string, len(at))
		for j, column := range at {
			cells[j] = row[column]
		}
		g, err := arch(cells)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		a, err := json.Marshal(searchspace.NewArch(g))
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		if byArch[string(a)] == nil {
			archs = append(archs, string(a))
		}
		byArch[string(a)] = append(byArch[string(a)], row)
	}
	table := [][]string{append(rows[0], "arch")}
	if i := slices.Index(rows[0], "arch"); i >= 0 {
		table[0][i] = "arch as written"
	}
	for _, a := range archs {
		table = append(table, append(merged(byArch[a]), a))
	}
	var with bytes.Buffer
	err = csv.NewWriter(&with).WriteAll(table)
	return with.Bytes(), err
}

// merged merges several lines: cells that are numbers become their mean, and other cells are those of the
// first line.
func merged(rows [][]string) []string {
	mean := slices.Clone(rows[0])
	if len(rows) == 1 {
		return mean
	}
	for j := range mean {
		sum := 0.0
		for _, row := range rows {
			v, err := strconv.ParseFloat(row[j], 64)
			if err != nil {
				v = math.NaN()
			}
			sum += v
		}
		if !math.IsNaN(sum) {
			mean[j] = strconv.FormatFloat(sum/float64(len(rows)), 'g', -1, 64)
		}
	}
	return mean
}

// places returns the positions of columns in the first row of a file.
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
