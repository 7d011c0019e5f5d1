package nasbench_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

var unset = float32(math.NaN())

// cell101 returns a cell with one node for each operation, between input and output.
func cell101(t require.TestingT, ops ...string) searchspace.Arch {
	var edges []searchspace.Edge
	last := len(ops) + 1
	for node := 1; node < last; node++ {
		edges = append(edges, searchspace.Edge{From: 0, To: node}, searchspace.Edge{From: node, To: last})
	}
	if last == 1 {
		edges = []searchspace.Edge{{From: 0, To: 1}}
	}
	g, err := searchspace.NewDAG("cell", last+1, slices.Concat([]string{"input"}, ops, []string{"output"}), edges)
	require.NoError(t, err)
	return searchspace.NewArch(g)
}

const (
	conv3 = "conv3x3-bn-relu"
	conv1 = "conv1x1-bn-relu"
	pool3 = "maxpool3x3"
)

// training returns a row of a cell with the given figures at the end, and half of each figure halfway.
func training(t require.TestingT, a searchspace.Arch, epochs int, final nb101.Evaluation) nb101.Row {
	c, err := nb101.CellOf(a)
	require.NoError(t, err)
	key, ok := nb101.ParseKey(searchspace.NASBench101{}.Key(a))
	require.True(t, ok)
	row := nb101.Row{Key: key, Epochs: epochs, Cell: c}
	row.Metrics.TotalTime = math.NaN()
	row.Metrics.Evaluations = [3]nb101.Evaluation{nb101.Final: final}
	for i, v := range final {
		row.Metrics.Evaluations[nb101.Halfway][i] = v / 2
	}
	return row
}

// nb101File returns a file with the given rows in the format of the benchmark.
func nb101File(t require.TestingT, rows ...nb101.Row) []byte {
	var file bytes.Buffer
	w := tfrecord.NewWriter(&file)
	for _, row := range rows {
		require.NoError(t, w.Write(row.AppendTo(nil)))
	}
	return file.Bytes()
}

func readNB101(file []byte, epochs ...int) (*nasbench.NB101, error) {
	return nasbench.ReadNB101(bytes.NewReader(file), "nb101.tfrecord", nasbench.NB101Options{Epochs: epochs})
}

// threeAndOne returns a benchmark with three training runs of one cell and one of another. Some
// figures of the first and second training are not set.
func threeAndOne(t *testing.T) *nasbench.NB101 {
	t.Helper()
	a, b := cell101(t, conv3), cell101(t, pool3)
	rows := []nb101.Row{
		training(t, a, 108, nb101.Evaluation{1000, 1, 0.5, unset}),
		training(t, b, 36, nb101.Evaluation{unset, unset, 0.75, unset}),
		training(t, a, 108, nb101.Evaluation{2000, unset, 0.25, unset}),
		training(t, a, 36, nb101.Evaluation{400, 0.5, 0.125, 0.5}),
		training(t, a, 108, nb101.Evaluation{6000, 0.5, 0, unset}),
		training(t, b, 4, nb101.Evaluation{7, 0.5, 0.5, 0.5}),
	}
	rows[2].Metrics.Parameters = 1234
	benchmark, err := readNB101(nb101File(t, rows...), 108, 36)
	require.NoError(t, err)
	return benchmark
}

func TestNB101(t *testing.T) {
	benchmark := threeAndOne(t)
	assert.Equal(t, searchspace.NASBench101{}, benchmark.Space())
	assert.Equal(t, 2, benchmark.Len())
	assert.Equal(t, []int{36, 108}, benchmark.Epochs())
	archs, keys := slices.Collect(benchmark.Archs()), slices.Collect(benchmark.Keys())
	require.Len(t, archs, 2)
	require.Len(t, keys, 2)
	for i, a := range []searchspace.Arch{cell101(t, conv3), cell101(t, pool3)} {
		assert.True(t, a.Equal(archs[i]))
		assert.Equal(t, benchmark.Space().Key(a), keys[i])
	}
	assert.Equal(t, 3, benchmark.Repeats(keys[0], 108))
	assert.Equal(t, 3, benchmark.Repeats(keys[0], 0))
	assert.Equal(t, 1, benchmark.Repeats(keys[1], 36))
	assert.Zero(t, benchmark.Repeats(keys[1], 108))
	assert.Zero(t, benchmark.Repeats(keys[1], 4), "training runs for 4 epochs were not read")
	assert.Zero(t, benchmark.Repeats("unknown", 108))
}

func TestNB101Value(t *testing.T) {
	benchmark := threeAndOne(t)
	a := cell101(t, conv3)
	for _, c := range []struct {
		query nasbench.NB101Query
		want  float64
	}{
		{nasbench.NB101Query{}, 0.25},
		{nasbench.NB101Query{Halfway: true}, 0.125},
		{nasbench.NB101Query{Epochs: 108, Repeat: 1}, 0.5},
		{nasbench.NB101Query{Repeat: 2}, 0.25},
		{nasbench.NB101Query{Repeat: 3}, 0},
		{nasbench.NB101Query{Epochs: 36}, 0.125},
		{nasbench.NB101Query{Metric: nasbench.NB101TrainingTime}, 3000},
		{nasbench.NB101Query{Metric: nasbench.NB101TrainingTime, Repeat: 2, Halfway: true}, 1000},
		{nasbench.NB101Query{Metric: nasbench.NB101TrainAccuracy}, 0.75},
		{nasbench.NB101Query{Metric: nasbench.NB101TestAccuracy, Epochs: 36}, 0.5},
		{nasbench.NB101Query{Metric: nasbench.NB101Parameters}, 1234},
		{nasbench.NB101Query{Metric: nasbench.NB101Parameters, Epochs: 36, Halfway: true}, 1234},
	} {
		v, err := benchmark.Value(a, c.query)
		require.NoError(t, err)
		assert.Equal(t, c.want, v, "%+v", c.query)
		v, err = benchmark.ValueOfKey(benchmark.Space().Key(a), c.query)
		require.NoError(t, err)
		assert.Equal(t, c.want, v, "%+v", c.query)
	}
}

func TestNB101NotRecorded(t *testing.T) {
	benchmark := threeAndOne(t)
	a, b := cell101(t, conv3), cell101(t, pool3)
	for name, c := range map[string]struct {
		arch    searchspace.Arch
		query   nasbench.NB101Query
		message string
	}{
		"unset":            {a, nasbench.NB101Query{Metric: nasbench.NB101TestAccuracy}, "test_accuracy is not recorded"},
		"unset halfway":    {a, nasbench.NB101Query{Metric: nasbench.NB101TestAccuracy, Halfway: true}, "test_accuracy is not recorded"},
		"unset parameters": {b, nasbench.NB101Query{Metric: nasbench.NB101Parameters, Epochs: 36}, "trainable_parameters is not recorded"},
		"unset in one":     {a, nasbench.NB101Query{Metric: nasbench.NB101TrainAccuracy, Repeat: 2}, "train_accuracy is not recorded"},
		"fourth repeat":    {a, nasbench.NB101Query{Repeat: 4}, "training 4 for 108 epochs is not recorded; there are 3"},
		"negative repeat":  {a, nasbench.NB101Query{Repeat: -1}, "training -1 for 108 epochs is not recorded; there are 3"},
		"no repeat":        {b, nasbench.NB101Query{}, "training for 108 epochs is not recorded; there are 0"},
		"no such epochs":   {a, nasbench.NB101Query{Epochs: 12}, "training for 12 epochs is not recorded; the training runs read from the file (NB101Options.Epochs) are for 36, 108 epochs"},
		"epochs left out":  {b, nasbench.NB101Query{Epochs: 4}, "training for 4 epochs is not recorded; the training runs read from the file (NB101Options.Epochs) are for 36, 108 epochs"},
		"no such cell":     {cell101(t, conv1), nasbench.NB101Query{}, "architecture [input; conv1x1-bn-relu<0; output<1]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := benchmark.Value(c.arch, c.query)
			require.ErrorIs(t, err, nasbench.ErrNotRecorded)
			assert.ErrorContains(t, err, c.message)
			assert.ErrorContains(t, err, "nb101.tfrecord: ")
			_, again := benchmark.ValueOfKey(benchmark.Space().Key(c.arch), c.query)
			require.ErrorIs(t, again, nasbench.ErrNotRecorded)
		})
	}

	_, err := benchmark.Value(a, nasbench.NB101Query{Metric: "accuracy"})
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
	_, err = benchmark.Value(cell101(t, conv3, conv3, conv3, conv3, conv3), nasbench.NB101Query{})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	for _, key := range []string{"", "0", benchmark.Space().Key(a)[1:], benchmark.Space().Key(a)[:31] + "g"} {
		_, err = benchmark.ValueOfKey(key, nasbench.NB101Query{})
		assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	}
}

func TestNB101IsomorphicCellsAreOne(t *testing.T) {
	a, b := cell101(t, conv3, pool3), cell101(t, pool3, conv3)
	benchmark, err := readNB101(nb101File(t,
		training(t, a, 108, nb101.Evaluation{unset, unset, 0.5, unset}),
		training(t, b, 108, nb101.Evaluation{unset, unset, 0.75, unset})))
	require.NoError(t, err)
	assert.Equal(t, 1, benchmark.Len())
	for _, a := range []searchspace.Arch{a, b} {
		v, err := benchmark.Value(a, nasbench.NB101Query{})
		require.NoError(t, err)
		assert.Equal(t, 0.625, v)
	}
}

func TestNB101Evaluator(t *testing.T) {
	benchmark := threeAndOne(t)
	a, b := cell101(t, conv3), cell101(t, pool3)
	for _, c := range []struct {
		arch    searchspace.Arch
		query   nasbench.NB101Query
		value   float64
		metrics map[string]float64
		cost    time.Duration
	}{
		{a, nasbench.NB101Query{}, 0.25,
			map[string]float64{"train_accuracy": 0.75, "training_time": 3000, "trainable_parameters": 1234}, 3000 * time.Second},
		{a, nasbench.NB101Query{Repeat: 2, Halfway: true}, 0.125,
			map[string]float64{"training_time": 1000, "trainable_parameters": 1234}, 1000 * time.Second},
		{a, nasbench.NB101Query{Metric: nasbench.NB101TestAccuracy, Epochs: 36}, 0.5,
			map[string]float64{"train_accuracy": 0.5, "validation_accuracy": 0.125, "training_time": 400,
				"trainable_parameters": 1234}, 400 * time.Second},
		{b, nasbench.NB101Query{Epochs: 36}, 0.75, map[string]float64{}, 0},
	} {
		e, err := benchmark.Evaluator(c.query)
		require.NoError(t, err)
		r, err := e.Evaluate(t.Context(), c.arch)
		require.NoError(t, err)
		assert.Equal(t, c.value, r.Value)
		assert.Equal(t, c.metrics, r.Metrics)
		assert.Equal(t, c.cost, r.Cost)
	}

	e, err := benchmark.Evaluator(nasbench.NB101Query{Metric: nasbench.NB101TrainAccuracy, Repeat: 2, Epochs: 108})
	require.NoError(t, err)
	_, err = e.Evaluate(t.Context(), a)
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	_, err = e.Evaluate(t.Context(), cell101(t))
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
}

// If no cell has what a query selects, Evaluator returns an error that lists the valid choices.
func TestNB101EvaluatorErrors(t *testing.T) {
	benchmark := threeAndOne(t)
	for message, q := range map[string]nasbench.NB101Query{
		`objective "training_time": no such column among the accuracies, which are ["train_accuracy" "validation_accuracy" "test_accuracy"]`: {
			Metric: nasbench.NB101TrainingTime},
		`objective "trainable_parameters": no such column among the accuracies`: {Metric: nasbench.NB101Parameters},
		`metric "accuracy": no such column; the metrics are [`:                  {Metric: "accuracy"},
	} {
		_, err := benchmark.Evaluator(q)
		require.ErrorIs(t, err, nasbench.ErrNoColumn)
		assert.ErrorContains(t, err, "nb101.tfrecord: "+message)
	}
	for message, q := range map[string]nasbench.NB101Query{
		"training for 12 epochs is not recorded; the training runs read from the file (NB101Options.Epochs) are for 36, 108 epochs": {Epochs: 12},
		"training for -1 epochs is not recorded":                                                                                            {Epochs: -1},
		"training 4 for 108 epochs is not recorded for any cell; they are numbered from 1 to 3":                                             {Repeat: 4},
		"training -1 for 108 epochs is not recorded for any cell; they are numbered from 1 to 3":                                            {Repeat: -1},
		"training 2 for 36 epochs is not recorded for any cell; they are numbered from 1 to 1":                                              {Repeat: 2, Epochs: 36},
		`test_accuracy at the end of training runs for 108 epochs is not recorded for any cell; the accuracies recorded there are ["train_`: {Metric: nasbench.NB101TestAccuracy},
		`test_accuracy halfway through training runs for 108 epochs is not recorded for any cell; the accuracies recorded there are ` +
			`["train_accuracy" "validation_accuracy"]`: {Metric: nasbench.NB101TestAccuracy, Halfway: true},
	} {
		_, err := benchmark.Evaluator(q)
		require.ErrorIs(t, err, nasbench.ErrNotRecorded)
		assert.ErrorContains(t, err, "nb101.tfrecord: "+message)
	}
}

// A budget at which no cell has what the query selects is not the fault of the architecture.
func TestNB101BudgetsWithoutTheRepeat(t *testing.T) {
	e, err := threeAndOne(t).Evaluator(nasbench.NB101Query{Repeat: 2})
	require.NoError(t, err)
	a := cell101(t, conv3)
	_, err = e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: 108})
	require.NoError(t, err)
	_, err = e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: 36})
	require.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "training 2 for 36 epochs is not recorded for any cell; they are numbered from 1 to 1")
}

func TestNB101Cell(t *testing.T) {
	benchmark := threeAndOne(t)
	for _, want := range []searchspace.Arch{cell101(t, conv3), cell101(t, pool3)} {
		key := benchmark.Space().Key(want)
		for _, hash := range []string{key, strings.ToUpper(key)} {
			a, err := benchmark.Cell(hash)
			require.NoError(t, err)
			assert.True(t, want.Equal(a))
		}
	}
	for _, hash := range []string{"", "c2fdfa8fd144d4edce2b19d72179ced8", benchmark.Space().Key(cell101(t, pool3))[1:]} {
		_, err := benchmark.Cell(hash)
		require.ErrorIs(t, err, nasbench.ErrNotRecorded)
		assert.ErrorContains(t, err, "nb101.tfrecord: the cell with hash \""+hash+"\" is not recorded")
	}
}

// The error for a cell that is not legal names the rule that it breaks.
func TestNB101EvaluatesIllegalCells(t *testing.T) {
	benchmark := threeAndOne(t)
	e, err := benchmark.Evaluator(nasbench.NB101Query{})
	require.NoError(t, err)
	g, err := searchspace.NewDAG("cell", 3, []string{"input", conv3, "output"}, []searchspace.Edge{{From: 0, To: 2}})
	require.NoError(t, err)
	for message, a := range map[string]searchspace.Arch{
		"a cell must have at most 9 edges, got 10":                                         cell101(t, conv3, conv3, conv3, conv3, conv3),
		"node 1 must be on a path from input to output; NASBench101Cell prunes such nodes": searchspace.NewArch(g),
	} {
		_, err := e.Evaluate(t.Context(), a)
		require.ErrorIs(t, err, searchspace.ErrInvalid)
		assert.ErrorContains(t, err, "nb101.tfrecord: ")
		assert.ErrorContains(t, err, message)
	}
}

// A benchmark agrees with a simple evaluation of the rows, in any order.
func TestNB101AgreesWithTheRows(t *testing.T) {
	cells := []searchspace.Arch{cell101(t), cell101(t, conv1), cell101(t, conv3, pool3), cell101(t, pool3, pool3, conv1)}
	rapid.Check(t, func(t *rapid.T) {
		type asked struct{ cell, epochs int }
		recorded := map[asked][]float64{}
		var rows []nb101.Row
		for range rapid.IntRange(1, 30).Draw(t, "rows") {
			which := asked{rapid.IntRange(0, len(cells)-1).Draw(t, "cell"), rapid.SampledFrom([]int{4, 36, 108}).Draw(t, "epochs")}
			v := float32(rapid.Float64Range(0, 1).Draw(t, "accuracy"))
			recorded[which] = append(recorded[which], float64(v))
			rows = append(rows, training(t, cells[which.cell], which.epochs, nb101.Evaluation{unset, unset, unset, v}))
		}
		var epochs []int
		for which := range recorded {
			if !slices.Contains(epochs, which.epochs) {
				epochs = append(epochs, which.epochs)
			}
		}
		benchmark, err := readNB101(nb101File(t, rows...), epochs...)
		require.NoError(t, err)
		for i, a := range cells {
			for _, epochs := range epochs {
				values := recorded[asked{i, epochs}]
				q := nasbench.NB101Query{Metric: nasbench.NB101TestAccuracy, Epochs: epochs}
				require.Equal(t, len(values), benchmark.Repeats(benchmark.Space().Key(a), epochs))
				sum := 0.0
				for repeat, want := range values {
					q.Repeat = repeat + 1
					v, err := benchmark.Value(a, q)
					require.NoError(t, err)
					require.Equal(t, want, v)
					sum += want
				}
				q.Repeat = 0
				v, err := benchmark.Value(a, q)
				require.Equal(t, len(values) == 0, err != nil)
				require.InDelta(t, sum/max(1, float64(len(values))), v, 1e-12)
			}
		}
	})
}
