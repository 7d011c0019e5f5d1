package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The methods that use small budgets are compared with the others at equal cost.
func TestCompareAtSeveralBudgets(t *testing.T) {
	digits, err := nasbench.Digits201()
	require.NoError(t, err)
	var table bytes.Buffer
	fmt.Fprintln(&table, "arch,short,valid,seconds")
	for a := range digits.Archs() {
		v, err := digits.Value(a, "valid")
		require.NoError(t, err)
		fmt.Fprintf(&table, "%s,%v,%v,60\n", searchspace.NASBench201{}.Format(a), v/2, v)
	}
	directory := t.TempDir()
	path := filepath.Join(directory, "table.csv")
	require.NoError(t, os.WriteFile(path, table.Bytes(), 0o600))
	o := options{
		table: path, space: "nasbench201", valid: "valid", test: "valid", preset: "cifar10", methods: "random,asha,hyperband", evals: 12, seeds: 2,
		seed: 1, workers: 3, cost: "seconds", budgets: "4=short", full: 12, out: filepath.Join(directory, "out"), json: true,
	}
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), o, &out, os.Stderr))
	assert.Equal(t, 6, bytes.Count(out.Bytes(), []byte("\n")))
	assert.Contains(t, out.String(), `"method":"asha"`)
	assert.Contains(t, out.String(), `"budgets":"4=short"`)

	for _, wrong := range []string{"4", "x=short", "4=short,4=short", "12=short,4=short"} {
		_, _, err := readBudgets(wrong)
		assert.ErrorContains(t, err, "-budgets must be like", wrong)
	}
	o.full = 0
	assert.Error(t, run(t.Context(), o, &out, os.Stderr))
}
