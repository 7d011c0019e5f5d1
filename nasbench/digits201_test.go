package nasbench_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/internal/rankcorr"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

func ExampleDigits201() {
	table, err := nasbench.Digits201()
	if err != nil {
		fmt.Println(err)
		return
	}
	cell, valid, err := table.Best("valid")
	if err != nil {
		fmt.Println(err)
		return
	}
	test, err := table.Value(cell, "test")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("best of %d: %.2f %% on validation images, %.2f %% on test images\n", table.Len(), valid, test)
	// Output:
	// best of 15625: 92.64 % on validation images, 93.69 % on test images
}

// digits201 returns a column in the order of the table's rows. It skips the test under the race detector, which finds nothing in
// figures.
func digits201(t *testing.T, column string) []float64 {
	if race.Enabled {
		t.Skip("too long under the race detector")
	}
	table, err := nasbench.Digits201()
	require.NoError(t, err)
	var values []float64
	for a := range table.Archs() {
		v, err := table.Value(a, column)
		require.NoError(t, err)
		values = append(values, v)
	}
	return values
}

func TestDigits201HasAllCells(t *testing.T) {
	table, err := nasbench.Digits201()
	require.NoError(t, err)
	assert.Equal(t, 15625, table.Len())
	for a := range (searchspace.NASBench201{}).All() {
		_, err := table.Value(a, "valid")
		require.NoError(t, err)
	}
	info, err := os.Stat("digits201.csv.gz")
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(1e6), "the file is embedded in every program that uses this package")
}

func TestDigits201Figures(t *testing.T) {
	for column, limits := range map[string][2]float64{
		"valid": {0, 100}, "test": {0, 100}, "valid_loss": {0, 10}, "test_loss": {0, 10},
		"seconds": {0.1, 60}, "params": {1e3, 1e5}, "flops": {1e4, 1e8},
	} {
		for _, v := range digits201(t, column) {
			require.True(t, v >= limits[0] && v <= limits[1], "%s of %v", column, v)
		}
	}
	for column, tolerance := range map[string]float64{"valid": 1.1e-3, "test": 1.1e-3, "valid_loss": 1.1e-4, "test_loss": 1.1e-4} {
		mean, first, second := digits201(t, column), digits201(t, column+"_0"), digits201(t, column+"_1")
		for i := range mean {
			require.InDelta(t, (first[i]+second[i])/2, mean[i], tolerance, "%s of row %d", column, i)
		}
	}
}

// A table is worth searching if differences between cells are not only noise of the seed, and if the best cells stand out.
func TestDigits201IsWorthSearching(t *testing.T) {
	assert.GreaterOrEqual(t, rankcorr.Spearman(digits201(t, "valid_0"), digits201(t, "valid_1")), 0.8)
	assert.GreaterOrEqual(t, rankcorr.Spearman(digits201(t, "valid"), digits201(t, "test")), 0.9)

	// Cells that compute the same function have equal figures, so not all of the best hundred differ.
	valid := digits201(t, "valid")
	slices.Sort(valid)
	slices.Reverse(valid)
	different := slices.Compact(slices.Clone(valid[:100]))
	assert.Greater(t, len(different), 20)
	for _, v := range different {
		assert.Less(t, count(valid, v), 20, "cells with %v %%", v)
	}
}

func count(values []float64, v float64) int {
	n := 0
	for _, value := range values {
		if value == v {
			n++
		}
	}
	return n
}

// A network without a path from the image to the output can only guess.
func TestDigits201OfUnconnectedCells(t *testing.T) {
	table, err := nasbench.Digits201()
	require.NoError(t, err)
	cell, err := searchspace.NASBench201{}.Parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|")
	require.NoError(t, err)
	valid, err := table.Value(cell, "valid")
	require.NoError(t, err)
	loss, err := table.Value(cell, "valid_loss")
	require.NoError(t, err)
	assert.InDelta(t, 10, valid, 2)
	assert.InDelta(t, math.Log(10), loss, 0.1)
}
