package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestFunctions(t *testing.T) {
	in := network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10}
	functions, err := listFunctions(in)
	require.NoError(t, err)
	require.Len(t, functions, 4930)
	cells := map[string]bool{}
	for _, f := range functions {
		flops := func(a searchspace.Arch) int64 {
			plan, err := network.NewPlan(design, a, in)
			require.NoError(t, err)
			return plan.FLOPs()
		}
		trained := flops(f.trained)
		for _, cell := range f.cells {
			cells[space.Key(cell)] = true
			require.Equal(t, functionOf(f.trained.Part(0)), functionOf(cell.Part(0)))
			require.LessOrEqual(t, trained, flops(cell))
		}
	}
	assert.Len(t, cells, 15625)
}

// Cells have equal functions if and only if they compute equal numbers, where each operation is an
// arbitrary function of a number, except that it maps no input to no output.
func TestFunctionsComputeWhatTheirCellsDo(t *testing.T) {
	operations := map[string]func(x float64) float64{
		"skip_connect": func(x float64) float64 { return x },
		"nor_conv_1x1": func(x float64) float64 { return math.Sin(1.3*x) + 0.37*x },
		"nor_conv_3x3": func(x float64) float64 { return math.Expm1(0.71 * x) },
		"avg_pool_3x3": func(x float64) float64 { return math.Atan(1.9*x) - 0.11*x },
	}
	compute := func(cell searchspace.DAG) float64 {
		nodes := []float64{0.618}
		for to := 1; to < cell.Len(); to++ {
			sum := 0.0
			for from, x := range nodes {
				if cell.HasEdge(from, to) {
					sum += operations[cell.EdgeOp(from, to)](x)
				}
			}
			nodes = append(nodes, sum)
		}
		return nodes[len(nodes)-1]
	}
	numbers, texts := map[string]float64{}, map[float64]string{}
	for cell := range space.All() {
		text := functionOf(cell.Part(0))
		y := math.Round(compute(cell.Part(0)) * 1e9) // the order of terms affects the last digits
		if known, ok := numbers[text]; ok {
			require.Equal(t, known, y, "%v computes %s", cell, text)
		}
		if known, ok := texts[y]; ok {
			require.Equal(t, known, text, "%v computes %v", cell, y)
		}
		numbers[text], texts[y] = y, text
	}
}

func TestFunctionOf(t *testing.T) {
	for cell, want := range map[string]string{
		"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|":                                         "",
		"|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|":                                 "",
		"|none~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_1x1~2|":                 "x",
		"|none~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|none~1|skip_connect~2|":                 "avg_pool_3x3(x)+x",
		"|skip_connect~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|skip_connect~1|nor_conv_1x1~2|": "nor_conv_1x1(nor_conv_3x3(x)+x)+x",
	} {
		a, err := space.Parse(cell)
		require.NoError(t, err)
		assert.Equal(t, want, functionOf(a.Part(0)), cell)
	}
}
