package oracle_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// After a third of the epochs, the figures of Preview are closer to the final ones than those of Measure are.
func TestPreviewIsCloserToTheEndThanMeasure(t *testing.T) {
	images := digits(t)
	distance := map[string]float64{}
	for _, cell := range []string{mixed, light, heavy, budgetCell} {
		training := newTraining(t, planOf(t, network.NASBench201{Channels: 4, Cells: 1}, cell, images), images, oracle.Recipe{Epochs: 6, Batch: 32}, 1)
		for range 2 {
			require.NoError(t, training.Epoch(t.Context()))
		}
		early := map[string]oracle.Figures{}
		for name, measure := range map[string]func(context.Context, *dataset.Set) (oracle.Figures, error){
			"Measure": training.Measure, "Preview": training.Preview,
		} {
			figures, err := measure(t.Context(), images.Valid)
			require.NoError(t, err)
			early[name] = figures
		}
		require.NoError(t, training.Run(t.Context()))
		end, err := training.Measure(t.Context(), images.Valid)
		require.NoError(t, err)
		for name, figures := range early {
			distance[name] += math.Abs(end.Accuracy - figures.Accuracy)
		}
	}
	assert.Less(t, distance["Preview"], distance["Measure"]/2, "%v", distance)
}

// Before the first step, Preview measures the initial weights, and without steps in between it returns the same figures again.
func TestPreviewOfANewTraining(t *testing.T) {
	images := fewDigits(t)
	training := newTraining(t, planOf(t, small, mixed, images), images, oracle.Recipe{Epochs: 2}, 1)
	first, err := training.Preview(t.Context(), images.Valid)
	require.NoError(t, err)
	again, err := training.Preview(t.Context(), images.Valid)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Positive(t, first.Loss)

	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = training.Preview(stopped, images.Valid)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, training.Network().Plan().Arch())
}
