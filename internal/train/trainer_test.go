package train

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/finite"
)

// points is half the squared distance of the parameters from each example.
type points struct{ minShard int }

func (points) Name() string       { return "points" }
func (points) Prepare([]float32)  {}
func (points) Work([]float32) int { return 1 }
func (o points) MinShard() int    { return o.minShard }

func (points) Gradient(examples [][]float32, size int, params, grad []float32) (loss float64) {
	clear(grad)
	for _, x := range examples {
		for i := range params {
			d := params[i] - x[i]
			loss += float64(d*d) / 2 / float64(size)
			grad[i] += d / float32(size)
		}
	}
	return loss
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

func newTrainer(t *testing.T, minShard int) *Trainer[[]float32] {
	trainer, err := New(points{minShard}, make([]float32, 2))
	require.NoError(t, err)
	return trainer
}

func TestFitFindsTheMean(t *testing.T) {
	for _, minShard := range []int{1, 2, math.MaxInt} {
		trainer := newTrainer(t, minShard)
		data := [][]float32{{0, 0}, {2, -4}, {4, -2}, {2, 2}}
		r, err := trainer.Fit(context.Background(), newRand(), data, Options{Epochs: 2000, BatchSize: 4, LearningRate: 0.01})
		require.NoError(t, err)
		assert.InDeltaSlice(t, []float32{2, -1}, trainer.params, 1e-3)
		assert.Equal(t, 2000, r.Steps)
		assert.Greater(t, r.FirstLoss, r.LastLoss)
		assert.InDelta(t, (4+1+0+9+4+1+0+9)/8., r.LastLoss, 1e-3)
	}
}

func TestScheduleSeesTheMiddleOfEachStep(t *testing.T) {
	var done []float64
	_, err := newTrainer(t, 1).Fit(context.Background(), newRand(), [][]float32{{1, 1}, {1, 1}, {1, 1}}, Options{
		Epochs: 2, BatchSize: 2, Schedule: func(share float64) float64 { done = append(done, share); return 0.1 },
	})
	require.NoError(t, err)
	assert.Equal(t, []float64{0.125, 0.375, 0.625, 0.875}, done)
}

// If the gradient is zero, only the weight decay changes a parameter.
func TestWeightDecay(t *testing.T) {
	trainer := newTrainer(t, 1)
	trainer.params[0] = 1
	_, err := trainer.Fit(context.Background(), newRand(), [][]float32{{1, 0}}, Options{Epochs: 1, BatchSize: 1, LearningRate: 0.5, WeightDecay: 0.2})
	require.NoError(t, err)
	assert.Equal(t, []float32{0.9, 0}, trainer.params)
}

func TestNumbersThatAreNotFiniteStopTheTraining(t *testing.T) {
	for name, x := range map[string]float32{"NaN": float32(math.NaN()), "too large a gradient": 1e38, "infinite": float32(math.Inf(1))} {
		trainer := newTrainer(t, 1)
		_, err := trainer.Fit(context.Background(), newRand(), [][]float32{{x, x}}, Options{Epochs: 1, BatchSize: 1})
		assert.ErrorIs(t, err, finite.ErrNotFinite, name)
		assert.Equal(t, []float32{0, 0}, trainer.params, name)
	}
}

func TestFitStopsWithItsContext(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	r, err := newTrainer(t, 1).Fit(ctx, newRand(), [][]float32{{1, 1}}, Options{
		Epochs: 10, BatchSize: 1, Schedule: func(done float64) float64 {
			if done > 0.2 {
				cancel(stop)
			}
			return 0.1
		},
	})
	assert.ErrorIs(t, err, stop)
	assert.Equal(t, 3, r.Steps)
}
