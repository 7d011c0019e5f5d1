package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

var input = network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10}

// made returns two functions. The second has two cells and has diverged with the second seed.
func made(t *testing.T) ([]function, [seeds][]evaluator.Result) {
	parse := func(cell string) searchspace.Arch {
		a, err := space.Parse(cell)
		require.NoError(t, err)
		return a
	}
	functions := []function{
		{cells: []searchspace.Arch{parse("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")}},
		{cells: []searchspace.Arch{
			parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"),
			parse("|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"),
		}},
	}
	result := func(value float64) evaluator.Result {
		return evaluator.Result{Value: value, Cost: 1500 * time.Millisecond, Metrics: map[string]float64{
			oracle.TestAccuracy: value - 1, oracle.ValidLoss: 1 / value, oracle.TestLoss: 2 / value,
		}}
	}
	diverged := evaluator.Result{Value: 10, Cost: time.Second, Failure: "the training has diverged"}
	return functions, [seeds][]evaluator.Result{{result(50), result(80)}, {result(60), diverged}}
}

func TestTable(t *testing.T) {
	functions, results := made(t)
	var file bytes.Buffer
	require.NoError(t, writeTable(&file, input, functions, results))
	unpacked, err := gzip.NewReader(&file)
	require.NoError(t, err)
	table, err := nasbench.ReadCSV(unpacked, "table", space)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"valid", "test", "valid_loss", "test_loss", "valid_0", "test_0", "valid_loss_0", "test_loss_0",
		"valid_1", "test_1", "valid_loss_1", "test_loss_1", "seconds", "params", "flops",
	}, table.Columns())
	assert.Equal(t, 3, table.Len())

	first := functions[0].cells[0]
	for column, want := range map[string]float64{
		"valid": 55, "test": 54, "valid_loss": 0.0183, "test_loss": 0.0367,
		"valid_0": 50, "test_0": 49, "valid_loss_0": 0.02, "test_loss_0": 0.04,
		"valid_1": 60, "test_1": 59, "valid_loss_1": 0.0167, "test_loss_1": 0.0333, "seconds": 3,
	} {
		value, err := table.Value(first, column)
		require.NoError(t, err)
		assert.Equal(t, want, value, column)
	}
	for i, cell := range functions[1].cells {
		for column, want := range map[string]float64{"valid": 45, "valid_0": 80, "valid_1": 10, "test_0": 79, "seconds": 2.5} {
			value, err := table.Value(cell, column)
			require.NoError(t, err)
			assert.Equal(t, want, value, column)
		}
		for _, column := range []string{"test", "valid_loss", "test_loss", "test_1", "valid_loss_1", "test_loss_1"} {
			_, err := table.Value(cell, column)
			assert.ErrorIs(t, err, nasbench.ErrNotRecorded, column)
		}
		params, err := table.Value(cell, "params")
		require.NoError(t, err)
		plan, err := network.NewPlan(design, functions[1].cells[i], input)
		require.NoError(t, err)
		assert.Equal(t, float64(plan.Params()), params)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestTableAndLogTellThatTheyCannotBeWritten(t *testing.T) {
	functions, results := made(t)
	assert.ErrorContains(t, writeTable(full{}, input, functions, results), "the disk is full")
	assert.ErrorContains(t, writeLog(full{}, functions, results), "the disk is full")
}

func TestSummary(t *testing.T) {
	functions, results := made(t)
	s := summarize(functions, results)
	assert.Equal(t, summary{
		cells: 3, diverged: 1, time: 5500 * time.Millisecond, agreementOfCells: -1, agreementOfFunctions: -1,
		best: 55, hundredth: 45, different: 2,
	}, s)
	var text bytes.Buffer
	require.NoError(t, writeLog(&text, functions, results))
	assert.Contains(t, text.String(), "55.000 to 45.000 %, 2 different values")
}
