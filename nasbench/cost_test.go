package nasbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
)

func TestWithCost(t *testing.T) {
	table := read(t, small)
	with, err := table.WithCost("test")
	require.NoError(t, err)
	for of, want := range map[*nasbench.Table][]time.Duration{
		table: {0, 0, 0},
		with:  {70 * time.Second, 90 * time.Second, 0},
	} {
		e, err := of.Evaluator("valid", "empty")
		require.NoError(t, err)
		row := 0
		for a := range of.Archs() {
			r, err := e.Evaluate(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, want[row], r.Cost)
			row++
		}
	}
	_, err = table.WithCost("seconds")
	assert.ErrorIs(t, err, nasbench.ErrNoColumn)
}

func TestACostIsATime(t *testing.T) {
	for seconds, want := range map[string]time.Duration{
		"0": 0, "1e-9": 1, "1.4e-9": 1, "0.1": 100 * time.Millisecond, "9e9": 9e9 * time.Second, "-0": 0,
	} {
		table, err := read(t, "arch,x\n"+skips+","+seconds+"\n").WithCost("x")
		require.NoError(t, err)
		e, err := table.Evaluator("x")
		require.NoError(t, err)
		r, err := e.Evaluate(t.Context(), cell(t, skips))
		require.NoError(t, err)
		assert.Equal(t, want, r.Cost)
	}
	for _, seconds := range []string{"-1", "-1e-300", "9223372036.854775807", "1e300"} {
		_, err := read(t, strings.Join([]string{"arch,x", convs + ",1", skips + "," + seconds, ""}, "\n")).WithCost("x")
		assert.ErrorContains(t, err, `small.csv: row 2, column "x": a cost of `)
	}
}
