package nasbench_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestTable(t *testing.T) {
	table := read(t, small)
	assert.Equal(t, 3, table.Len())
	assert.Equal(t, searchspace.NASBench201{}, table.Space())
	assert.Equal(t, []string{"valid", "test", "empty"}, table.Columns())
	archs := slices.Collect(table.Archs())
	require.Len(t, archs, 3)
	for i, text := range []string{skips, convs, pools} {
		assert.True(t, archs[i].Equal(cell(t, text)))
	}
}

func TestCoverage(t *testing.T) {
	table := read(t, small)
	have, of, ok := table.Coverage()
	assert.Equal(t, []any{3, 15625, true}, []any{have, of, ok})
	for column, want := range map[string]int{"valid": 3, "test": 2, "empty": 0} {
		n, err := table.Recorded(column)
		require.NoError(t, err)
		assert.Equal(t, want, n)
	}
	_, err := table.Recorded("arch")
	assert.ErrorIs(t, err, nasbench.ErrNotNumeric)

	space, err := searchspace.New("pair", []searchspace.Part{{Name: "pair", MaxNodes: 2}}, nil)
	require.NoError(t, err)
	table, err = nasbench.ReadCSV(strings.NewReader("arch\n"+`"{""parts"":[{""name"":""pair"",""nodes"":2,""edges"":[]}]}"`), "pair.csv", space)
	require.NoError(t, err)
	have, _, ok = table.Coverage()
	assert.Equal(t, 1, have)
	assert.False(t, ok, "the size of the space is not known")
}

func TestCallersOwnTheColumns(t *testing.T) {
	table := read(t, small)
	table.Columns()[0] = "changed"
	assert.Equal(t, "valid", table.Columns()[0])
}

func TestValue(t *testing.T) {
	table := read(t, small)
	v, err := table.Value(cell(t, skips), "test")
	require.NoError(t, err)
	assert.Equal(t, 70.0, v)

	_, err = table.Value(cell(t, skips), "loss")
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
	assert.EqualError(t, err, `small.csv: column "loss": no such column; the numeric columns are ["valid" "test" "empty"]`)
	_, err = table.Value(cell(t, skips), "arch")
	assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
	assert.EqualError(t, err, `small.csv: column "arch" is not numeric: it contains the architectures`)

	_, err = table.Value(cell(t, pools), "test")
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	assert.ErrorContains(t, err, `column "test"`)

	const nothing = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
	_, err = table.Value(cell(t, nothing), "valid")
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	assert.EqualError(t, err, "small.csv: architecture "+nothing+" is not recorded")
}

func TestInvalidCellsAreNotRecorded(t *testing.T) {
	table := read(t, small)
	edges := cell(t, skips).Part(0).Edges()
	for name, build := range map[string]func() (searchspace.DAG, error){
		"another name": func() (searchspace.DAG, error) { return searchspace.NewDAG("stage", 4, nil, edges) },
		"node operations": func() (searchspace.DAG, error) {
			return searchspace.NewDAG("cell", 4, []string{"a", "b", "c", "d"}, edges)
		},
		"none spelled out": func() (searchspace.DAG, error) {
			return searchspace.NewDAG("cell", 4, nil, append(edges, searchspace.Edge{From: 0, To: 2, Op: "none"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := build()
			require.NoError(t, err)
			_, err = table.Value(searchspace.NewArch(g), "valid")
			assert.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
		})
	}
}

func TestBest(t *testing.T) {
	table := read(t, small)
	a, v, err := table.Best("valid")
	require.NoError(t, err)
	assert.Equal(t, 83.25, v)
	assert.True(t, a.Equal(cell(t, convs)), "the first of equal figures")

	_, _, err = table.Best("loss")
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
	_, _, err = table.Best("empty")
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
}

func TestRank(t *testing.T) {
	table := read(t, small)
	for value, rank := range map[float64]int{100: 1, 83.25: 1, 83: 3, 61.5: 3, 10: 4, math.Inf(1): 1, math.Inf(-1): 4} {
		got, err := table.Rank("valid", value)
		require.NoError(t, err)
		assert.Equal(t, rank, got, "rank of %v", value)
	}
	got, err := table.Rank("test", 0)
	require.NoError(t, err)
	assert.Equal(t, 3, got, "only two figures are recorded")

	_, err = table.Rank("valid", math.NaN())
	assert.ErrorContains(t, err, "NaN has no rank")
	_, err = table.Rank("loss", 1)
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
}

func TestEvaluator(t *testing.T) {
	table := read(t, small)
	e, err := table.Evaluator("valid", "test", "empty")
	require.NoError(t, err)

	r, err := e.Evaluate(t.Context(), cell(t, skips))
	require.NoError(t, err)
	assert.Equal(t, 61.5, r.Value)
	assert.Equal(t, map[string]float64{"test": 70}, r.Metrics)

	r, err = e.Evaluate(t.Context(), cell(t, pools))
	require.NoError(t, err)
	assert.Equal(t, 83.25, r.Value)
	assert.Empty(t, r.Metrics)

	_, err = e.Evaluate(t.Context(), cell(t, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"))
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)

	e, err = table.Evaluator("test")
	require.NoError(t, err)
	_, err = e.Evaluate(t.Context(), cell(t, pools))
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)

	_, err = table.Evaluator("accuracy")
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
	_, err = table.Evaluator("valid", "params")
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
}

func TestTableConcurrentUse(t *testing.T) {
	table := read(t, small)
	e, err := table.Evaluator("valid", "test")
	require.NoError(t, err)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for a := range table.Archs() {
				_, err := e.Evaluate(t.Context(), a)
				assert.NoError(t, err)
			}
		})
	}
	readers.Wait()
}

// published returns the path of the table of NAS-Bench-201.
func published(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA is not set to the directory of the benchmark files")
	}
	return filepath.Join(dir, "nasbench201", "nb201.csv")
}

func TestPublishedNASBench201(t *testing.T) {
	table, err := nasbench.OpenCSV(published(t), searchspace.NASBench201{})
	require.NoError(t, err)
	assert.Equal(t, 15625, table.Len())
	for column, best := range map[string]float64{
		"cifar10_valid_12": 84.892, "cifar10_test_200": 94.3733,
		"cifar100_valid_12": 61.32, "cifar100_test_200": 73.5133,
	} {
		a, v, err := table.Best(column)
		require.NoError(t, err)
		assert.InDelta(t, best, v, 1e-9, column)
		again, err := table.Value(a, column)
		require.NoError(t, err)
		assert.Equal(t, v, again)
		rank, err := table.Rank(column, v)
		require.NoError(t, err)
		assert.Equal(t, 1, rank)
	}
	missing := 0
	for a := range (searchspace.NASBench201{}).All() {
		if _, err := table.Value(a, "cifar10_valid_12"); err != nil {
			missing++
		}
	}
	assert.Zero(t, missing, "number of cells that are missing in the table")
}

func BenchmarkOpenCSV(b *testing.B) {
	path := published(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := nasbench.OpenCSV(path, searchspace.NASBench201{}); err != nil {
			b.Fatal(err)
		}
	}
}
