package oracle_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

func newOracle(t require.TestingT, c oracle.Config) *oracle.Oracle {
	o, err := oracle.New(c)
	require.NoError(t, err)
	return o
}

func evaluate(t require.TestingT, o *oracle.Oracle, cell string) evaluator.Result {
	r, err := o.Evaluate(context.Background(), parse(t, cell))
	require.NoError(t, err)
	return r
}

// timeless returns a result without the figures that depend on time.
func timeless(r evaluator.Result) evaluator.Result {
	r.Cost, r.Metrics = 0, maps.Clone(r.Metrics)
	delete(r.Metrics, oracle.Seconds)
	return r
}

// TestResultsAreMeansOverTheSeeds compares a result with the figures of its training runs.
func TestResultsAreMeansOverTheSeeds(t *testing.T) {
	images := fewDigits(t)
	config := oracle.Config{Design: small, Images: images, Recipe: oracle.Recipe{Epochs: 3, Batch: 20, Smoothing: 0.1}, Seeds: []uint64{3, 8}, Test: true}
	got := evaluate(t, newOracle(t, config), mixed)
	assert.Positive(t, got.Cost)
	assert.Positive(t, got.Metrics[oracle.Seconds])
	assert.Greater(t, got.Cost.Seconds(), got.Metrics[oracle.Seconds], "the cost includes measuring")

	plan := planOf(t, small, mixed, images)
	want := map[string]float64{oracle.Params: float64(plan.Params()), oracle.FLOPs: float64(plan.FLOPs())}
	var value float64
	for _, seed := range config.Seeds {
		training := newTraining(t, plan, images, config.Recipe, seed)
		require.NoError(t, training.Run(t.Context()))
		valid, err := training.Measure(t.Context(), images.Valid)
		require.NoError(t, err)
		test, err := training.Measure(t.Context(), images.Test)
		require.NoError(t, err)
		value += valid.Accuracy / 2
		train := training.Progress().Train
		for name, figure := range map[string]float64{
			oracle.TrainLoss: train.Loss, oracle.TrainAccuracy: train.Accuracy, oracle.ValidLoss: valid.Loss,
			oracle.TestLoss: test.Loss, oracle.TestAccuracy: test.Accuracy,
		} {
			want[name] += figure / 2
		}
	}
	assert.Equal(t, value, got.Value)
	assert.Equal(t, want, timeless(got).Metrics)
	assert.Empty(t, got.Failure)

	config.Test, config.Seeds = false, nil
	got = evaluate(t, newOracle(t, config), mixed)
	assert.NotContains(t, got.Metrics, oracle.TestLoss)
	assert.NotContains(t, got.Metrics, oracle.TestAccuracy)
}

func TestParallelEvaluations(t *testing.T) {
	o := newOracle(t, oracle.Config{Design: small, Images: fewDigits(t), Recipe: oracle.Recipe{Epochs: 2, Batch: 20}})
	cells := []string{heavy, mixed, light, broken}
	var archs []searchspace.Arch
	want := make([]evaluator.Result, 3*len(cells))
	for i := range want {
		archs = append(archs, parse(t, cells[i%len(cells)]))
		want[i] = timeless(evaluate(t, o, cells[i%len(cells)]))
	}
	for outcome := range (evaluator.Pool{Evaluator: o, Workers: 4}).Run(t.Context(), slices.Values(archs)) {
		require.NoError(t, outcome.Err)
		assert.Equal(t, want[outcome.Index], timeless(outcome.Result))
	}
}

func TestDivergenceIsAResult(t *testing.T) {
	config := oracle.Config{Design: small, Images: fewDigits(t), Recipe: oracle.Recipe{Epochs: 5, Batch: 20, LearningRate: 1e30}, Seeds: []uint64{1, 2}}
	r := evaluate(t, newOracle(t, config), heavy)
	assert.Equal(t, 10.0, r.Value)
	assert.Contains(t, r.Failure, "seed 1: training of "+parse(t, heavy).String()+", epoch 1: the training has diverged: the loss of batch 2 of 7 is ")
	assert.Equal(t, []string{oracle.FLOPs, oracle.Params, oracle.Seconds}, slices.Sorted(maps.Keys(r.Metrics)))
	_, err := r.MarshalJSON()
	assert.NoError(t, err)
}

func TestUntrainableArchitecturesFailPermanently(t *testing.T) {
	images := fewDigits(t)
	fails := func(c oracle.Config, wraps error) {
		c.Images = images
		a := parse(t, light)
		_, err := newOracle(t, c).Evaluate(t.Context(), a)
		require.ErrorIs(t, err, wraps)
		assert.ErrorContains(t, err, a.String())
		assert.True(t, evaluator.Permanent(t.Context(), err))
	}
	design := func(f func(b *network.Builder) network.Value) network.Design {
		return network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) { return f(b), nil })
	}
	fails(oracle.Config{Design: small, MemoryLimit: 1 << 16}, network.ErrTooLarge)
	fails(oracle.Config{Design: design(func(b *network.Builder) network.Value { return b.Images() })}, network.ErrShape)
	fails(oracle.Config{Design: design(func(*network.Builder) network.Value { panic("no idea") })}, evaluator.ErrPanic)
	fails(oracle.Config{Design: network.NASBench101{}}, searchspace.ErrInvalid)
}

func TestInvalidConfigurations(t *testing.T) {
	images := fewDigits(t)
	untested := *images
	untested.Test = nil
	unmeasured := *images
	unmeasured.Normalization.Mean = nil
	for name, c := range map[string]oracle.Config{
		"Config.Design": {Images: images}, "Images.Train and": {Design: small}, "needs test images": {Design: small, Images: &untested, Test: true},
		"normalization: there must be one mean":                 {Design: small, Images: &unmeasured},
		"Config.MemoryLimit must not be negative, got -1":       {Design: small, Images: images, MemoryLimit: -1},
		"Config.CheckpointEvery must not be negative, got -1ns": {Design: small, Images: images, CheckpointEvery: -1},
		"Config.MeasureEvery must not be negative, got -1":      {Design: small, Images: images, MeasureEvery: -1},
	} {
		_, err := oracle.New(c)
		assert.ErrorContains(t, err, name)
	}
}

func TestCanceledEvaluations(t *testing.T) {
	o := newOracle(t, oracle.Config{Design: small, Images: fewDigits(t), Recipe: oracle.Recipe{Epochs: 1 << 20}})
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(stop) })
	_, err := o.Evaluate(ctx, parse(t, heavy))
	assert.ErrorIs(t, err, stop)
	assert.False(t, evaluator.Permanent(ctx, err))
}

// A search with an oracle has the same history for any number of processors.
func TestASearch(t *testing.T) {
	images := fewDigits(t)
	search := func() *rl.History {
		o := newOracle(t, oracle.Config{Design: small, Images: images, Recipe: oracle.Recipe{Epochs: 2, Batch: 20, Fraction: 0.5}})
		model, err := gran.New(searchspace.NASBench201{}, gran.Config{Hidden: 16, Layers: 1}, rand.New(rand.NewPCG(1, 1)))
		require.NoError(t, err)
		method := rl.Reinforce{Model: model, Exploration: rl.First(4), Learner: rl.Replay{Epochs: 3}}
		search, err := rl.New(searchspace.NASBench201{}, method, rl.Config{Seed: 1, Evaluations: 8, Batch: 2, Workers: 2})
		require.NoError(t, err)
		history, err := search.Run(t.Context(), o)
		require.NoError(t, err)
		return history
	}
	two := search()
	best, ok := two.Best()
	require.True(t, ok)
	assert.Positive(t, best.Result.Value)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := search()
	oneBest, _ := one.Best()
	assert.Equal(t, best.Arch, oneBest.Arch)
	assert.Equal(t, timeless(best.Result), timeless(oneBest.Result))
	require.Len(t, one.Evaluations, 8)
	require.Len(t, two.Evaluations, 8)
	for i, e := range two.Evaluations {
		assert.Equal(t, e.Arch, one.Evaluations[i].Arch)
		assert.Equal(t, timeless(e.Result), timeless(one.Evaluations[i].Result))
	}
}
