package searchspace_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// matrixOf returns the arguments of NASBench101Cell.
func matrixOf(a searchspace.Arch) (matrix [][]int, ops []string) {
	g := a.Part(0)
	for u := range g.Len() {
		row := make([]int, g.Len())
		for v := range row {
			if g.HasEdge(u, v) {
				row[v] = 1
			}
		}
		matrix, ops = append(matrix, row), append(ops, g.NodeOp(u))
	}
	return matrix, ops
}

func TestNASBench101CellOfTheMatrixOfACell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyArch(t, searchspace.NASBench101{})
		back, err := searchspace.NASBench101Cell(matrixOf(a))
		require.NoError(t, err)
		require.True(t, a.Equal(back), "%v became %v", a, back)
	})
}

// reach returns the nodes that can be reached from a node, including itself, by the edges that next
// yields.
func reach(from, n int, next func(u, v int) bool) map[int]bool {
	reached := map[int]bool{from: true}
	for grown := true; grown; {
		grown = false
		for u := range reached {
			for v := range n {
				if !reached[v] && next(u, v) {
					reached[v], grown = true, true
				}
			}
		}
	}
	return reached
}

// A matrix is accepted if and only if a legal cell is left after pruning.
func TestNASBench101CellPrunes(t *testing.T) {
	var space searchspace.NASBench101
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "nodes")
		matrix, ops := make([][]int, n), make([]string, n)
		sparse := rapid.IntRange(1, 6).Draw(t, "one edge in this many")
		for u := range matrix {
			matrix[u] = make([]int, n)
			for v := u + 1; v < n; v++ {
				if rapid.IntRange(1, sparse).Draw(t, "edge") == 1 {
					matrix[u][v] = 1
				}
			}
			ops[u] = rapid.SampledFrom(ops101[1:4]).Draw(t, "operation")
		}
		ops[0], ops[n-1] = "input", "output"

		below := reach(0, n, func(u, v int) bool { return matrix[u][v] == 1 })
		above := reach(n-1, n, func(u, v int) bool { return matrix[v][u] == 1 })
		number, kept := map[int]int{}, []string{}
		for v := range n {
			if below[v] && above[v] {
				number[v] = len(kept)
				kept = append(kept, ops[v])
			} else if rapid.Bool().Draw(t, "spoil a pruned operation") {
				ops[v] = "none"
			}
		}
		edges := []searchspace.Edge{}
		for u := range n {
			for v := range n {
				if _, ok := number[u]; ok && matrix[u][v] == 1 {
					if _, ok := number[v]; ok {
						edges = append(edges, searchspace.Edge{From: number[u], To: number[v]})
					}
				}
			}
		}
		a, err := searchspace.NASBench101Cell(matrix, ops)
		if len(kept) == 0 {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			require.ErrorContains(t, err, "no path leads from the input")
			return
		}
		want, dagErr := searchspace.NewDAG("cell", len(kept), kept, edges)
		require.NoError(t, dagErr)
		if space.Validate(searchspace.NewArch(want)) != nil {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			return
		}
		require.NoError(t, err)
		require.True(t, a.Equal(searchspace.NewArch(want)))
		require.Equal(t, space.Key(relabeled(t, a.Part(0), 0)), space.Key(a))
	})
}

func TestNASBench101CellErrors(t *testing.T) {
	chain := func(n int) (matrix [][]int, ops []string) {
		for u := range n {
			matrix, ops = append(matrix, make([]int, n)), append(ops, "maxpool3x3")
			if u+1 < n {
				matrix[u][u+1] = 1
			}
		}
		ops[0], ops[n-1] = "input", "output"
		return matrix, ops
	}
	for name, c := range map[string]struct {
		nodes   int
		spoil   func(matrix [][]int, ops []string) ([][]int, []string)
		message string
	}{
		"not square": {3, func(m [][]int, o []string) ([][]int, []string) { m[1] = m[1][:2]; return m, o },
			"the matrix must be square: it has 3 rows, and row 1 has 2 entries"},
		"not triangular": {3, func(m [][]int, o []string) ([][]int, []string) { m[2][1] = 1; return m, o },
			"row 2, column 1 of the matrix must be 0: the matrix must be upper-triangular"},
		"loop": {3, func(m [][]int, o []string) ([][]int, []string) { m[1][1] = 1; return m, o },
			"row 1, column 1 of the matrix must be 0"},
		"entry": {3, func(m [][]int, o []string) ([][]int, []string) { m[0][2] = 2; return m, o },
			"row 0, column 2 of the matrix must be 0 or 1, got 2"},
		"operations": {3, func(m [][]int, o []string) ([][]int, []string) { return m, o[:2] },
			"2 operations for a matrix of 3 nodes"},
		"unknown operation": {3, func(m [][]int, o []string) ([][]int, []string) { o[1] = "conv3x3"; return m, o },
			`node 1: unknown operation "conv3x3"; the operations are "input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"`},
		"empty operation": {3, func(m [][]int, o []string) ([][]int, []string) { o[1] = ""; return m, o },
			"node 1: the operation must not be empty"},
		"no input": {3, func(m [][]int, o []string) ([][]int, []string) { o[0] = "maxpool3x3"; return m, o },
			`node 0 and no other must be "input", but node 0 is "maxpool3x3"`},
		"two inputs": {3, func(m [][]int, o []string) ([][]int, []string) { o[1] = "input"; return m, o },
			`node 0 and no other must be "input", but node 1 is "input"`},
		"no output": {3, func(m [][]int, o []string) ([][]int, []string) { o[2] = "maxpool3x3"; return m, o },
			`node 2 is the last and must be "output", got "maxpool3x3"`},
		"two outputs": {3, func(m [][]int, o []string) ([][]int, []string) { o[1] = "output"; return m, o },
			`node 1 is "output", which only the last node can be`},
		"eight nodes": {8, func(m [][]int, o []string) ([][]int, []string) { return m, o },
			"a cell must have at most 7 nodes, got 8"},
		"ten edges": {7, func(m [][]int, o []string) ([][]int, []string) {
			m[0][2], m[0][3], m[0][4], m[0][5] = 1, 1, 1, 1
			return m, o
		}, "a cell must have at most 9 edges, got 10"},
		"no path": {3, func(m [][]int, o []string) ([][]int, []string) { m[1][2] = 0; return m, o },
			"no path leads from the input, node 0, to the output"},
		"nothing": {2, func([][]int, []string) ([][]int, []string) { return nil, nil },
			"a cell must have at least 2 nodes, got a matrix of 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := searchspace.NASBench101Cell(c.spoil(chain(c.nodes)))
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "nasbench101: ")
			assert.ErrorContains(t, err, c.message)
		})
	}
}

// printed101 lists ways to print one cell. If they have a node 2, it is not on a path.
var printed101 = map[string]string{
	"the benchmark's names": `{"module_adjacency": [[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], ` +
		`"module_operations": ["input", "conv3x3-bn-relu", "maxpool3x3", "output"]}`,
	"as Python prints it": "{'module_operations': ['input', 'conv3x3-bn-relu', 'output'], " +
		"'module_adjacency': [[0, 1, 1], [0, 0, 1], [0, 0, 0]]}\n",
	"as numpy prints it": "{'matrix': array([[0, 1, 1],\n       [0, 0, 1],\n       [0, 0, 0]]), 'ops': ['input', 'conv3x3-bn-relu', 'output']}",
	"with a type":        "{'matrix': array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=int8), 'ops': ['input', 'conv3x3-bn-relu', 'output']}",
	"without commas":     "[[0 1 1]\n [0 0 1]\n [0 0 0]] ['input' 'conv3x3-bn-relu' 'output']",
	"fractions":          "[[0. 1. 1.]\n [0. 0. 1.]\n [0. 0. 0.]], ['input', 'conv3x3-bn-relu', 'output']",
	"truth values":       "([[False, True, True], [False, False, True], [False, False, False]], ('input', 'conv3x3-bn-relu', 'output'))",
	"arguments":          "api.ModelSpec(matrix=[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ops=['input', 'conv3x3-bn-relu', 'output'])",
	"all of a record": "{'module_adjacency': [[0, 1, 1], [0, 0, 1], [0, 0, 0]], 'module_operations': " +
		"['input', 'conv3x3-bn-relu', 'output'], 'trainable_parameters': 8555530, 'final_test_accuracy': 0.93, 'nothing': None}",
	"JSON": `{"parts": [{"name": "cell", "nodes": 3, "node_ops": ["input", "conv3x3-bn-relu", "output"], ` +
		`"edges": [{"from": 0, "to": 1}, {"from": 0, "to": 2}, {"from": 1, "to": 2}]}]}`,
	"JSON with a list of nodes": `{"parts": [{"name": "cell", "nodes": ["input", "conv3x3-bn-relu", "output"], ` +
		`"edges": [{"from": 0, "to": 1}, {"from": 0, "to": 2}, {"from": 1, "to": 2}]}]}`,
	"JSON as Python prints it": "{'parts': [{'name': 'cell', 'nodes': 3, 'node_ops': ['input', 'conv3x3-bn-relu', 'output'], " +
		"'edges': [{'from': 0, 'to': 1}, {'from': 0, 'to': 2}, {'from': 1, 'to': 2}]}]}",
}

func TestNASBench101Parse(t *testing.T) {
	want := recordedCell(t, "011001000", "input,conv3x3-bn-relu,output")
	for name, text := range printed101 {
		a, err := searchspace.NASBench101{}.Parse(text)
		if assert.NoError(t, err, name) {
			assert.True(t, want.Equal(a), "%s: %v", name, a)
		}
		a, err = searchspace.Parse(searchspace.NASBench101{}, "'"+strings.ReplaceAll(text, "'", `"`)+"'\r\n")
		if assert.NoError(t, err, "%s in quotes", name) {
			assert.True(t, want.Equal(a), name)
		}
	}
}

var malformed101 = map[string]struct{ text, message string }{
	"empty":     {"", "a cell must be of the form"},
	"a hash":    {"c2fdfa8fd144d4edce2b19d72179ced8", "a hash does not describe a graph; nasbench.NB101.Cell finds its cell"},
	"a capital": {`"C2FDFA8FD144D4EDCE2B19D72179CED8"`, "a hash does not describe a graph"},
	"notation":  {"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "cannot read"},
	"a pair":    {"[[0, 1], [0, 0]]", "row 0 of the matrix must be a list"},
	"no ops":    {"{'module_adjacency': [[0, 1], [0, 0]]}", "a cell must be of the form"},
	"digits":    {"[['0', 1], [0, 0]], ['input', 'output']", "row 0, column 0 of the matrix must be 0 or 1, got 0"},
	"numbers":   {"[[0, 1], [0, 0]], [0, 4]", "operation 0 must be a name in quotes"},
	"rule":      {"[[0, 0], [0, 0]], ['input', 'output']", "no path leads from the input"},
	"dead node": {`{"parts": [{"name": "cell", "nodes": 3, "node_ops": ["input", "maxpool3x3", "output"], "edges": [{"from": 0, "to": 2}]}]}`,
		"node 1 must be on a path from input to output; NASBench101Cell prunes such nodes"},
	"cycle": {`{"parts": [{"name": "cell", "nodes": 2, "node_ops": ["input", "output"], "edges": [{"from": 1, "to": 0}]}]}`, "edge 1→0"},
	"type":  {`{"parts": [{"name": "cell", "nodes": "two"}]}`, `"nodes" must be the number of nodes`},
	"twice": {"{'matrix': [[0, 1], [0, 0]], 'matrix': [[0, 1], [0, 0]], 'ops': ['input', 'output']}", "matrix is given twice"},
	"deep":  {strings.Repeat("{'a':", 1<<16), "nested more than 32 deep"},
}

func TestMalformedNASBench101Cells(t *testing.T) {
	for name, c := range malformed101 {
		t.Run(name, func(t *testing.T) {
			for _, parse := range []func(string) (searchspace.Arch, error){
				searchspace.NASBench101{}.Parse,
				func(text string) (searchspace.Arch, error) { return searchspace.Parse(searchspace.NASBench101{}, text) },
			} {
				_, err := parse(c.text)
				require.ErrorIs(t, err, searchspace.ErrInvalid)
				assert.ErrorContains(t, err, "nasbench101")
				assert.ErrorContains(t, err, c.message)
			}
		})
	}
}

func FuzzNASBench101Parse(f *testing.F) {
	for _, text := range printed101 {
		f.Add(text)
	}
	for _, c := range malformed101 {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var space searchspace.NASBench101
		a, err := space.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			return
		}
		require.NoError(t, space.Validate(a))
		matrix, ops := matrixOf(a)
		written, err := json.Marshal(map[string]any{"module_adjacency": matrix, "module_operations": ops})
		require.NoError(t, err)
		again, err := space.Parse(string(written))
		require.NoError(t, err)
		require.True(t, a.Equal(again))
	})
}

// A cell from the benchmark's matrix and operations. Node 2 is not on a path from input to output,
// so it is pruned.
func ExampleNASBench101Cell() {
	cell, err := searchspace.NASBench101Cell([][]int{
		{0, 1, 1, 0},
		{0, 0, 0, 1},
		{0, 0, 0, 0},
		{0, 0, 0, 0},
	}, []string{"input", "conv3x3-bn-relu", "maxpool3x3", "output"})
	if err != nil {
		panic(err)
	}
	fmt.Println(cell)
	fmt.Println(searchspace.NASBench101{}.Key(cell))
	// Output:
	// input; conv3x3-bn-relu<0; output<1
	// b49ac8c578b4561d79ac7087988f1c61
}
