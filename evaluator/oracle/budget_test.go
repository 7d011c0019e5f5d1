package oracle_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

const budgetCell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|"

// A resumed training gives the same figures as an uninterrupted one, and its cost covers only the further epochs. If its checkpoint
// is gone, it starts from scratch, and its cost covers all epochs.
func TestEvaluateAtSeveralBudgets(t *testing.T) {
	directory := t.TempDir()
	c := longer(t, directory)
	c.Recipe.Epochs, c.Seeds, c.MeasureEvery = 6, []uint64{3}, 2
	o := newOracle(t, c)
	require.Equal(t, "epochs", o.Unit())
	a := parse(t, budgetCell)
	at := func(amount float64, resume string) evaluator.Result {
		r, err := evaluator.TryAt(t.Context(), o, a, evaluator.Budget{Amount: amount, Resume: resume})
		require.NoError(t, err)
		return r
	}
	short := at(2, "")
	require.NotEmpty(t, short.Resume)
	require.Len(t, files(t, directory), 1)
	training := newTraining(t, planOf(t, c.Design, budgetCell, c.Images), c.Images, c.Recipe, 3)
	for range 2 {
		require.NoError(t, training.Epoch(t.Context()))
	}
	preview, err := training.Preview(t.Context(), c.Images.Valid)
	require.NoError(t, err)
	assert.Equal(t, preview.Accuracy, short.Value)
	middle := at(4, short.Resume)
	assert.InDelta(t, trained(t, middle)-trained(t, short), middle.Metrics[oracle.Seconds], 1e-8, "only the further epochs")
	assert.GreaterOrEqual(t, middle.Cost.Seconds(), middle.Metrics[oracle.Seconds]-1e-8, "the cost includes measuring")
	whole := at(0, middle.Resume)
	assert.Empty(t, whole.Resume)
	assert.Empty(t, files(t, directory), "no checkpoint is left")
	require.Len(t, whole.Curve, 1)
	assert.Equal(t, 6.0, whole.Curve[0].Epoch)

	scratch := at(0, "")
	assert.Equal(t, scratch.Value, whole.Value)
	assert.Len(t, scratch.Curve, 3)
	again := at(4, short.Resume) // the checkpoint is gone
	assert.InDelta(t, trained(t, again), again.Metrics[oracle.Seconds], 1e-8, "all epochs")
	assert.Equal(t, middle.Value, again.Value)
	assert.Len(t, again.Curve, 2)
	assert.Equal(t, short.Value, at(2, "").Value)

	for _, amount := range []float64{7, 1.5} {
		_, err := evaluator.TryAt(t.Context(), o, a, evaluator.Budget{Amount: amount})
		assert.ErrorContains(t, err, "a whole number of epochs from 1 to 6")
	}
}

// trained returns the seconds of training that the Resume of a result records. It is a number of epochs and the nanoseconds of each
// training run, separated by slashes.
func trained(t *testing.T, r evaluator.Result) float64 {
	_, text, found := strings.Cut(r.Resume, "/")
	require.True(t, found)
	ns, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return time.Duration(ns).Seconds()
}
