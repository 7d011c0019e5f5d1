package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// opened opens a file with the given text as a table over a space.
func opened(t testing.TB, name, ext, text string) (*nasbench.Table, error) {
	path := filepath.Join(t.TempDir(), "table"+ext)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	for _, s := range spaces {
		if s.Name == name {
			space, err := s.Value.space()
			require.NoError(t, err)
			return s.Value.open(path, space)
		}
	}
	t.Fatalf("no space %s", name)
	return nil, nil
}

func archsOf(table *nasbench.Table) []string {
	var archs []string
	for a := range table.Archs() {
		archs = append(archs, a.String())
	}
	return archs
}

func TestFormsOfFiles(t *testing.T) {
	table, err := opened(t, "nasbenchgraph", ".csv", "link,op1,op2,op3,op4,cora\n0012,gat,gcn,fc,skip,0.5\n0000,gat,gat,gat,gin,\n")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"input; gat<0; gcn<0; fc<1; skip<2", "input; gat<0; gat<0; gat<0; gin<0",
	}, archsOf(table))
	a, best, err := table.Best("cora")
	require.NoError(t, err)
	assert.Equal(t, 0.5, best)
	assert.Equal(t, archsOf(table)[0], a.String())
	recorded, err := table.Recorded("cora")
	require.NoError(t, err)
	assert.Equal(t, 1, recorded)

	table, err = opened(t, "enas-macro-6", ".csv",
		"arch,accuracy\n1 0 0 5 1 1 4 1 1 1 0 1 0 0 0 0 0 0 1 0 0,0.5\n1 0 0 5 1 1 4 1 1 1 0 1 0 0 0 0 0 0 1 0 0,0.75\n")
	require.NoError(t, err)
	assert.Equal(t, 1, table.Len())
	_, best, err = table.Best("accuracy")
	require.NoError(t, err)
	assert.Equal(t, 0.625, best, "the mean of two lines")

	chain := "0-1"
	for v := 1; v < 29; v++ {
		chain += fmt.Sprintf(" %d-%d", v, v+1)
	}
	table, err = opened(t, "wirings-30", ".csv", "name,edge_list,acc\na,"+chain+" 0-29,91\nb,"+chain+",92\na,"+chain+",93\n")
	require.NoError(t, err)
	assert.Equal(t, 2, table.Len())
	a, best, err = table.Best("acc")
	require.NoError(t, err)
	assert.Equal(t, 92.5, best)
	assert.Equal(t, 29, a.Part(0).NumEdges())

	table, err = opened(t, "nasbench201-without-pooling", ".csv",
		"arch,v\n|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,1\n")
	require.NoError(t, err)
	a, _, err = table.Best("v")
	require.NoError(t, err)
	assert.Equal(t, "|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|", searchspace.Text(table.Space(), a))

	table, err = opened(t, "nasbench101", ".csv", `matrix,ops,v`+"\n"+`"[[0, 1], [0, 0]]","[""input"", ""output""]",1`+"\n")
	require.NoError(t, err)
	assert.Equal(t, 1, table.Len())
}

func TestFilesThatAreWrong(t *testing.T) {
	for _, c := range []struct{ space, text, message string }{
		{"nasbenchgraph", "", "the file is empty"},
		{"nasbenchgraph", "link,op1,op2,op3,cora\n", `no column is named "op4"`},
		{"nasbenchgraph", "link,op1,op2,op3,op4\n000,gat,gat,gat,gat\n", "row 1: link must have a digit for each of 4 operations"},
		{"nasbenchgraph", "link,op1,op2,op3,op4\n0300,gat,gat,gat,gat\n", "row 1: "},
		{"nasbenchgraph", "link,op1,op2,op3,op4\n0000,gat,gat,gat,gat,1\n", "wrong number of fields"},
		{"wirings-30", "edge_list\n0-1 1-\n", `an edge must be written like 0-1, got "1-"`},
		{"wirings-30", "edge_list\n0-1\n", "invalid architecture"},
		{"enas-macro-6", "arch\n0 0\n", "row 1: "},
		{"nasbench201-without-pooling", "arch,v\n|none~0|+|none~0|none~1|+|none~0|none~1|avg_pool_3x3~2|,1\n", "avg_pool_3x3"},
	} {
		_, err := opened(t, c.space, ".csv", c.text)
		assert.ErrorContains(t, err, c.message, c.text)
	}
	_, err := opened(t, "nasbench101", ".tfrecord", "no benchmark")
	assert.Error(t, err)
}

// A file of wirings never makes the program fail, and what is read is in the space.
func FuzzWirings(f *testing.F) {
	f.Add("edge_list\n0-1 0-2 1-2\n")
	f.Add("name,edge_list,acc\na,0-1 1-2,1\nb,0-1 1-2,2\n")
	f.Add("edge_list\n9-1\n")
	space, err := wirings(3)
	require.NoError(f, err)
	path := filepath.Join(f.TempDir(), "wirings.csv")
	f.Fuzz(func(t *testing.T, text string) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
		table, err := openWirings(path, space)
		if err != nil {
			return
		}
		for a := range table.Archs() {
			require.NoError(t, space.Validate(a))
		}
	})
}
