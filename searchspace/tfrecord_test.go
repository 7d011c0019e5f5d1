package searchspace_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/searchspace"
)

// recordedCells reads the cells of the published NAS-Bench-101 sample, by published MD5 hash.
func recordedCells(t *testing.T) map[string]searchspace.Arch {
	t.Helper()
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA does not name the directory of the benchmark files")
	}
	file, err := os.Open(filepath.Join(dir, "nasbench101", "nasbench_sample.tfrecord"))
	require.NoError(t, err)
	defer file.Close()
	records, err := tfrecord.NewReader(file, 1<<10)
	require.NoError(t, err)
	cells := map[string]searchspace.Arch{}
	for {
		record, err := records.Append(nil)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		var row [5]any // md5, epochs, adjacency, operations, metrics
		require.NoError(t, json.Unmarshal(record, &row))
		if md5 := row[0].(string); cells[md5].NumParts() == 0 {
			cells[md5] = recordedCell(t, row[2].(string), row[3].(string))
		}
	}
	return cells
}

// recordedCell returns a cell from its adjacency matrix, row by row, and its operations, separated
// by commas.
func recordedCell(t testing.TB, adjacency, operations string) searchspace.Arch {
	t.Helper()
	ops := strings.Split(operations, ",")
	require.Len(t, adjacency, len(ops)*len(ops))
	var edges []searchspace.Edge
	for i, bit := range adjacency {
		present, err := strconv.ParseBool(string(bit))
		require.NoError(t, err)
		if present {
			edges = append(edges, searchspace.Edge{From: i / len(ops), To: i % len(ops)})
		}
	}
	g, err := searchspace.NewDAG("cell", len(ops), ops, edges)
	require.NoError(t, err)
	return searchspace.NewArch(g)
}
