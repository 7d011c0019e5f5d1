package nasbench_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A cell of NAS-Bench-101 with a node that is on no path from input to output, and the same cell without it.
const (
	withDeadNode = `[[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]`
	deadNodeOps  = `["input", "conv3x3-bn-relu", "maxpool3x3", "output"]`
	chain        = `{"parts": [{"name": "cell", "nodes": 3, "node_ops": ["input", "conv3x3-bn-relu", "output"], ` +
		`"edges": [{"from": 0, "to": 1}, {"from": 1, "to": 2}]}]}`
)

// inCSV quotes a cell.
func inCSV(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

func TestCellsOfNASBench101AsMatrixAndOperations(t *testing.T) {
	space := searchspace.NASBench101{}
	want, err := searchspace.Parse(space, chain)
	require.NoError(t, err)
	python := strings.ReplaceAll(deadNodeOps, `"`, "'")
	numpy := strings.NewReplacer(", [", "\n [", ",", "").Replace(withDeadNode)
	for name, text := range map[string]string{
		"one column":             "arch,x\n" + inCSV(`{"module_adjacency": `+withDeadNode+`, "module_operations": `+deadNodeOps+`}`) + ",1\n",
		"one column, pruned":     "arch,x\n" + inCSV(chain) + ",1\n",
		"two columns":            "module_adjacency,module_operations,x\n" + inCSV(withDeadNode) + "," + inCSV(deadNodeOps) + ",1\n",
		"two columns, by Python": "ops,x,matrix\n" + inCSV(python) + ",1," + inCSV(withDeadNode) + "\n",
		"two columns, by NumPy":  "module_operations,x,module_adjacency\n" + inCSV(python) + ",1," + inCSV(numpy) + "\n",
		"with a hash":            "module_hash,matrix,ops,x\n00,\n,,,\n00," + inCSV(withDeadNode) + "," + inCSV(deadNodeOps) + ",1\n",
	} {
		t.Run(name, func(t *testing.T) {
			text = strings.Replace(text, "00,\n,,,\n", "", 1)
			table, err := nasbench.ReadCSV(strings.NewReader(text), "nb101.csv", space)
			require.NoError(t, err)
			v, err := table.Value(want, "x")
			require.NoError(t, err)
			assert.Equal(t, 1.0, v)

			again, err := readParquet(inParquet(t, table), space)
			require.NoError(t, err)
			requireSameTable(t, table, again)
		})
	}
}

func TestMatricesOfNASBench101InParquet(t *testing.T) {
	space := searchspace.NASBench101{}
	want, err := searchspace.Parse(space, chain)
	require.NoError(t, err)
	table, err := readParquet(parquetOf(t, nil, texts("module_operations", deadNodeOps), numbers("x", 1), texts("matrix", withDeadNode)), space)
	require.NoError(t, err)
	v, err := table.Value(want, "x")
	require.NoError(t, err)
	assert.Equal(t, 1.0, v)
	assert.Equal(t, []string{"x"}, table.Columns())
	again, err := readParquet(inParquet(t, table), space)
	require.NoError(t, err)
	requireSameTable(t, table, again)

	_, err = readParquet(writtenAsParquet(t, []struct {
		Matrix []int32  `parquet:"matrix,list"`
		Ops    []string `parquet:"ops,list"`
	}{{[]int32{0, 1, 0, 0}, []string{"input", "output"}}}), space)
	assert.EqualError(t, err, `table.parquet: column "matrix": a matrix and operations must be text in JSON, but it contains lists `+
		`(pandas: df["matrix"] = df["matrix"].map(json.dumps))`)
	_, err = readParquet(parquetOf(t, nil, texts("matrix", "[[0, 1]]"), texts("ops", deadNodeOps)), space)
	assert.ErrorContains(t, err, `table.parquet: row 1, columns "matrix" and "ops": nasbench101: invalid architecture`)
	_, err = readParquet(parquetOf(t, nil, texts("matrix", withDeadNode), texts("ops", deadNodeOps)), searchspace.NASBench201{})
	assert.ErrorContains(t, err, `no column is named "arch"`)
}

func TestHashesOfNASBench101(t *testing.T) {
	const hash = "c2fdfa8fd144d4edce2b19d72179ced8"
	_, err := nasbench.ReadCSV(strings.NewReader("module_hash,x\n"+hash+",1\n"), "nb101.csv", searchspace.NASBench101{})
	assert.ErrorContains(t, err, `an architecture cannot be computed from its hash; add columns "module_adjacency" and "module_operations"`)
	_, err = nasbench.ReadCSV(strings.NewReader("arch,x\n"+hash+",1\n"), "nb101.csv", searchspace.NASBench101{})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorContains(t, err, `nb101.csv: line 2, column "arch": nasbench101: invalid architecture: `+hash+" is a hash")
	assert.ErrorContains(t, err, `write the cell's matrix and operations, such as {"module_adjacency": `)
}
