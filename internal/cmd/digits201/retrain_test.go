package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/nasbench"
)

// tolerances are the largest differences between the figures of a second training and the table:
// half of the last digit if the processor has the same instructions. Elsewhere, sums round
// differently, and a training run soon diverges as much as with another seed.
func tolerances() (accuracy, loss float64) {
	if vectors {
		return 0.00051, 0.000051
	}
	return 20, 0.6
}

// Cells that are trained again have the figures in the table.
func TestTrainedAgain(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	table, err := nasbench.Digits201()
	require.NoError(t, err)
	images, err := openImages(t.Context())
	require.NoError(t, err)
	functions, err := listFunctions(images.Input())
	require.NoError(t, err)
	functions = []function{functions[200], functions[2000], functions[3000], functions[4500]}
	_, cells := shuffled(functions)
	accuracy, loss := tolerances()
	for seed, column := range []string{"_0", "_1"} {
		o, err := newOracle(images, uint64(seed))
		require.NoError(t, err)
		pool := evaluator.Pool{Evaluator: o}
		for outcome := range pool.Run(t.Context(), slices.Values(cells)) {
			require.NoError(t, outcome.Err)
			r := outcome.Result
			for _, figure := range []struct {
				column    string
				value     float64
				tolerance float64
			}{
				{"valid" + column, r.Value, accuracy},
				{"test" + column, r.Metrics[oracle.TestAccuracy], accuracy},
				{"valid_loss" + column, r.Metrics[oracle.ValidLoss], loss},
				{"test_loss" + column, r.Metrics[oracle.TestLoss], loss},
				{"params", r.Metrics[oracle.Params], 0},
				{"flops", r.Metrics[oracle.FLOPs], 0},
			} {
				recorded, err := table.Value(outcome.Arch, figure.column)
				require.NoError(t, err)
				assert.InDelta(t, recorded, figure.value, figure.tolerance, "%s of %s", figure.column, space.Format(outcome.Arch))
			}
		}
	}
}
