package oracle_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestDigitsAreLearned(t *testing.T) {
	images := digits(t)
	training := newTraining(t, planOf(t, network.NASBench201{Channels: 8, Cells: 1}, mixed, images), images, oracle.Recipe{Epochs: 6, Smoothing: 0.1}, 1)
	require.NoError(t, training.Run(t.Context()))
	test, err := training.Measure(t.Context(), images.Test)
	require.NoError(t, err)
	assert.Greater(t, test.Accuracy, 94.0)
	assert.Less(t, test.Loss, 0.5)
	p := training.Progress()
	assert.Equal(t, 6, p.Epoch)
	assert.Greater(t, p.Train.Accuracy, 96.0)
	assert.Positive(t, p.Elapsed)
	assert.True(t, training.Done())
	require.NoError(t, training.Epoch(t.Context()), "a finished training run does nothing")
	assert.Equal(t, p, training.Progress())
	t.Logf("test %+v, training %+v", test, p)
}

func TestFewImagesAreMemorised(t *testing.T) {
	images := fewDigits(t)
	training := newTraining(t, planOf(t, small, heavy, images), images, oracle.Recipe{Epochs: 60, Batch: 20, WeightDecay: -1}, 1)
	require.NoError(t, training.Run(t.Context()))
	train, err := training.Measure(t.Context(), images.Train)
	require.NoError(t, err)
	assert.Equal(t, 100.0, train.Accuracy)
	assert.Less(t, train.Loss, 0.05)
}

// TestSeedDeterminesTheWeights checks that the weights do not depend on the number of processors or on parallel training runs.
func TestSeedDeterminesTheWeights(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, mixed, images)
	recipe := oracle.Recipe{Epochs: 2, Batch: 32, Pad: 1, Flip: true, ClipNorm: 1, WarmUp: 0.3}
	train := func(seed uint64) *network.Weights {
		training := newTraining(t, plan, images, recipe, seed)
		require.NoError(t, training.Run(t.Context()))
		return training.Network().Weights()
	}
	want := train(1)
	assert.NotEqual(t, want.Params, train(2).Params)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 2, 3} {
		runtime.GOMAXPROCS(processors)
		assert.Equal(t, want, train(1), "%d processors", processors)
		var together sync.WaitGroup
		for range 3 {
			together.Go(func() { assert.Equal(t, want, train(1), "%d processors, three training runs", processors) })
		}
		together.Wait()
	}
}

func TestFractionsAreNested(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, light, images)
	var seen sync.Map
	watched, err := dataset.NewLazySet(images.Train.Shape(), images.Train.Classes(), watch(func(i int) error {
		seen.Store(i, true)
		return nil
	}), images.Train.Labels())
	require.NoError(t, err)
	shown := func(fraction float64) map[int]bool {
		seen.Clear()
		training := newTraining(t, plan, &oracle.Images{Train: watched, Valid: images.Valid, Normalization: images.Normalization},
			oracle.Recipe{Epochs: 1, Batch: 1, Fraction: fraction}, 1)
		require.NoError(t, training.Run(t.Context()))
		all := map[int]bool{}
		seen.Range(func(i, _ any) bool { all[i.(int)] = true; return true })
		return all
	}
	quarter, half := shown(0.25), shown(0.5)
	assert.Len(t, quarter, 35)
	assert.Len(t, half, 70)
	assert.Subset(t, half, quarter)
	assert.Len(t, shown(0), 140)
}

// watch is a dataset.Source of images of zeros that calls a function for each Read.
type watch func(i int) error

func (w watch) Read(i int, _ []uint8) error { return w(i) }

func TestDivergence(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, heavy, images)
	training := newTraining(t, plan, images, oracle.Recipe{Epochs: 20, Batch: 32, LearningRate: 1e30}, 1)
	err := training.Run(t.Context())
	require.ErrorIs(t, err, oracle.ErrDiverged)
	assert.ErrorContains(t, err, plan.Arch())
	assert.ErrorContains(t, err, "epoch 1")
	assert.Equal(t, err, training.Epoch(t.Context()), "later calls return the same error")
	assert.Positive(t, training.Progress().Elapsed)
	_, err = training.Measure(t.Context(), images.Valid)
	assert.ErrorIs(t, err, oracle.ErrDiverged)

	clipped := newTraining(t, plan, images, oracle.Recipe{Epochs: 2, Batch: 32, LearningRate: 10, ClipNorm: 1e-3}, 1)
	assert.NoError(t, clipped.Run(t.Context()))
}

func TestCancellationTakesEffectWithinABatch(t *testing.T) {
	images := fewDigits(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	var reads atomic.Int64
	train, err := dataset.NewLazySet(images.Train.Shape(), images.Train.Classes(), watch(func(int) error {
		if reads.Add(1) == 300 {
			cancel(stop)
		}
		return nil
	}), images.Train.Labels())
	require.NoError(t, err)
	plan := planOf(t, small, heavy, images)
	training := newTraining(t, plan, &oracle.Images{Train: train, Valid: images.Valid, Normalization: images.Normalization}, oracle.Recipe{Epochs: 1000, Batch: 4}, 1)
	err = training.Run(ctx)
	require.ErrorIs(t, err, stop)
	assert.ErrorContains(t, err, "epoch 3")
	assert.Less(t, reads.Load(), int64(400), "only a few images are read ahead")
	_, err = training.Measure(ctx, images.Valid)
	assert.ErrorIs(t, err, stop)
}

func TestUnreadableImages(t *testing.T) {
	images := fewDigits(t)
	gone := errors.New("the disk is gone")
	train, err := dataset.NewLazySet(images.Train.Shape(), images.Train.Classes(), watch(func(i int) error {
		if i == 30 {
			return gone
		}
		return nil
	}), images.Train.Labels())
	require.NoError(t, err)
	bad := &oracle.Images{Train: train, Valid: images.Valid, Normalization: images.Normalization}
	err = newTraining(t, planOf(t, small, light, images), bad, oracle.Recipe{}, 1).Run(t.Context())
	assert.ErrorIs(t, err, gone)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	_, err = oracle.NewImages(t.Context(), train, images.Valid, nil)
	assert.ErrorIs(t, err, gone)
}

func TestInvalidRecipes(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, light, images)
	nan := math.NaN()
	for _, r := range []oracle.Recipe{
		{Epochs: -1}, {Batch: -1}, {Fraction: -0.1}, {Fraction: 1.1}, {Fraction: nan}, {Fraction: 1e-9}, {LearningRate: -1},
		{LearningRate: math.Inf(1)}, {WarmUp: 1}, {WarmUp: -0.1}, {Momentum: 1}, {Momentum: nan}, {WeightDecay: math.Inf(1)},
		{Smoothing: 1}, {Smoothing: -0.1}, {ClipNorm: -1}, {ClipNorm: nan}, {Pad: -1}, {Pad: 8},
	} {
		_, err := oracle.NewTraining(plan, images, r, oracle.Options{})
		assert.ErrorContains(t, err, plan.Arch(), "%+v", r)
		_, err = oracle.New(oracle.Config{Design: small, Images: images, Recipe: r})
		assert.Error(t, err, "%+v", r)
	}
}

// TestAnyRecipeTrains checks that a training run with any valid recipe ends with finite figures and changed weights.
func TestAnyRecipeTrains(t *testing.T) {
	images := fewDigits(t)
	rapid.Check(t, func(t *rapid.T) {
		r := oracle.Recipe{
			Epochs: rapid.IntRange(1, 2).Draw(t, "epochs"), Batch: rapid.IntRange(4, 300).Draw(t, "batch"),
			Fraction: rapid.Float64Range(0.05, 0.4).Draw(t, "fraction"), LearningRate: rapid.Float64Range(1e-3, 0.1).Draw(t, "rate"),
			WarmUp: rapid.Float64Range(0, 0.9).Draw(t, "warm-up"), Momentum: rapid.Float64Range(-1, 0.9).Draw(t, "momentum"),
			WeightDecay: rapid.Float64Range(-1, 0.01).Draw(t, "decay"), Smoothing: rapid.Float64Range(0, 0.9).Draw(t, "smoothing"),
			ClipNorm: rapid.SampledFrom([]float64{0, 0.1, 5}).Draw(t, "norm"), Pad: rapid.IntRange(0, 7).Draw(t, "pad"), Flip: rapid.Bool().Draw(t, "flip"),
		}
		cell := rapid.SampledFrom([]string{mixed, light, broken}).Draw(t, "cell")
		training := newTraining(t, planOf(t, small, cell, images), images, r, rapid.Uint64().Draw(t, "seed"))
		before := fmt.Sprint(training.Network().Weights().Params)
		require.NoError(t, training.Run(context.Background()))
		figures, err := training.Measure(context.Background(), images.Valid)
		require.NoError(t, err)
		require.True(t, figures.Accuracy >= 0 && figures.Accuracy <= 100 && figures.Loss > 0, "%+v", figures)
		require.NotEqual(t, before, fmt.Sprint(training.Network().Weights().Params))
	})
}

func TestTrainingStartsFromGivenWeights(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, mixed, images)
	first := newTraining(t, plan, images, oracle.Recipe{Epochs: 3, Batch: 20}, 1)
	require.NoError(t, first.Run(t.Context()))
	want, err := first.Measure(t.Context(), images.Valid)
	require.NoError(t, err)

	weights := first.Network().Weights()
	second, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: 1, Batch: 20}, oracle.Options{Weights: weights})
	require.NoError(t, err)
	got, err := second.Measure(t.Context(), images.Valid)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Same(t, weights, second.Network().Weights())

	_, err = oracle.NewTraining(planOf(t, small, heavy, images), images, oracle.Recipe{}, oracle.Options{Weights: weights})
	assert.ErrorIs(t, err, network.ErrShape)
	wide, err := network.NewPlan(small, parse(t, light), network.Input{Channels: 3, Height: 8, Width: 8, Classes: 10})
	require.NoError(t, err)
	_, err = oracle.NewTraining(wide, images, oracle.Recipe{}, oracle.Options{})
	assert.ErrorIs(t, err, network.ErrShape)
}

func TestImagesThatDoNotFit(t *testing.T) {
	images := fewDigits(t)
	empty, err := images.Train.Subset(nil)
	require.NoError(t, err)
	other, err := dataset.NewSet(dataset.Shape{Channels: 1, Height: 7, Width: 8}, 10, make([]uint8, 56), []int{0})
	require.NoError(t, err)
	fewer, err := dataset.NewSet(images.Train.Shape(), 9, make([]uint8, 64), []int{0})
	require.NoError(t, err)
	for name, sets := range map[string][3]*dataset.Set{
		"none": {}, "no validation": {images.Train}, "empty": {empty, images.Valid}, "empty test": {images.Train, images.Valid, empty},
		"another shape": {images.Train, other}, "other classes": {images.Train, images.Valid, fewer},
	} {
		_, err := oracle.NewImages(t.Context(), sets[0], sets[1], sets[2])
		assert.Error(t, err, name)
		_, err = oracle.New(oracle.Config{Design: small, Images: &oracle.Images{Train: sets[0], Valid: sets[1], Test: sets[2]}})
		assert.Error(t, err, name)
	}
}

// TestTooLargeNetworks checks that networks that are too large are rejected before memory is allocated.
func TestTooLargeNetworks(t *testing.T) {
	images := fewDigits(t)
	huge := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.Conv("widen", b.GlobalAvgPool(b.Images()), 1<<14, network.Kernel{Size: 1})
		return b.Linear("head", b.Conv("wide", x, 1<<14, network.Kernel{Size: 1}), b.Classes()), nil
	})
	plan := planOf(t, huge, light, images)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := oracle.NewTraining(plan, images, oracle.Recipe{}, oracle.Options{})
	runtime.ReadMemStats(&after)
	assert.ErrorIs(t, err, network.ErrTooLarge)
	assert.ErrorContains(t, err, plan.Arch())
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
