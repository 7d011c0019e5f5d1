package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The files of published tables that the list names hold what their authors say.
func TestPublishedTables(t *testing.T) {
	data := os.Getenv("GRAPHPNAS_DATA")
	if data == "" {
		t.Skip("GRAPHPNAS_DATA names no folder of published tables")
	}
	if race.Enabled {
		t.Skip("reading the files takes too long under the race detector")
	}
	entries, err := readList("tables.json")
	require.NoError(t, err)
	best := map[string]float64{
		"cifar10-200": 91.607, "cifar100-200": 73.493, "cifar10-12": 84.892, "cifar100-12": 61.319,
		"wirings30": 93.52,
	}
	rows := map[string]int{
		"cifar10-12": 15625, "transnas-object": 4096, "graph-cora": 26206, "nasbench101-recorded": 10000, "enas6": 19015, "wirings30": 338,
	}
	l := loader{data: data, display: progress.New(os.Stderr), files: map[[2]string]file{}}
	for _, e := range entries {
		if e.Objective != "" {
			continue
		}
		f, err := l.open(e)
		require.NoError(t, err, e.Name)
		if n, ok := rows[e.Name]; ok {
			assert.Equal(t, n, f.table.Len(), e.Name)
		}
		_, v, err := f.table.Best(e.Value)
		require.NoError(t, err, e.Name)
		if of, ok := best[e.Name]; ok {
			assert.InDelta(t, of, v, 0.0051, e.Name)
		}
		if e.Surrogate != "" {
			continue
		}
		p, err := tabular(e, f)
		require.NoError(t, err, e.Name)
		assert.Equal(t, v, p.best, e.Name)
		if e.Listed {
			n, ok := searchspace.Count(p.space)
			assert.True(t, ok)
			assert.Equal(t, f.table.Len(), n)
		}
	}
}
