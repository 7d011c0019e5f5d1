package generator_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// life holds the results of creating, sampling, training and again sampling a generator.
type life struct {
	drawn    []searchspace.Arch
	logProbs []float64
	best     []generator.Scored
	reports  [2]generator.FitReport
}

func live(t *testing.T, s searchspace.Space, make maker, seed uint64) (l life) {
	rng, g := modeltest.Rand(seed), make(t, s, seed)
	archs, err := g.Sample(context.Background(), rng, 15)
	require.NoError(t, err)
	for i := range l.reports {
		l.reports[i], err = g.Fit(context.Background(), rng, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 3, BatchSize: 2 + 5*i, Loss: generator.Loss(i)})
		require.NoError(t, err)
	}
	l.drawn, err = g.Sample(context.Background(), rng, 300)
	require.NoError(t, err)
	l.logProbs, l.best = modeltest.LogProbs(t, g, l.drawn...), mostProbable(t, g, 10, 20)
	return l
}

func TestASeedDeterminesEverything(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, s := range published() {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				runtime.GOMAXPROCS(1)
				want := live(t, s, make, 1)
				for _, processors := range []int{1, 2, 3} {
					runtime.GOMAXPROCS(processors)
					assert.Equal(t, want, live(t, s, make, 1), "%d processors", processors)
				}
				assert.NotEqual(t, want, live(t, s, make, 2))
			})
		}
	}
}

func TestResetIsANewModel(t *testing.T) {
	for _, s := range modeltest.Benchmarks {
		for _, make := range models {
			g := make(t, s, 1)
			archs := modeltest.Sample(t, g, 2, 6)
			modeltest.Fit(t, g, 3, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 5, BatchSize: 4})
			g.Reset(modeltest.Rand(4))
			fresh := make(t, s, 4)
			require.Equal(t, modeltest.LogProbs(t, fresh, archs...), modeltest.LogProbs(t, g, archs...))
			for _, m := range []generator.Model{g, fresh} {
				modeltest.Fit(t, m, 5, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 5})
			}
			require.Equal(t, modeltest.LogProbs(t, fresh, archs...), modeltest.LogProbs(t, g, archs...))
		}
	}
}

// TestFitContinues checks that the optimizer state is kept between calls.
func TestFitContinues(t *testing.T) {
	for model, make := range models {
		once, twice := make(t, searchspace.NASBench201{}, 1), make(t, searchspace.NASBench201{}, 1)
		archs := modeltest.Sample(t, once, 2, 4)
		o := generator.FitOptions{BatchSize: 4, Epochs: 6}
		modeltest.Fit(t, once, 3, modeltest.Examples(1, archs[0]), o)
		o.Epochs = 3
		modeltest.Fit(t, twice, 3, modeltest.Examples(1, archs[0]), o)
		modeltest.Fit(t, twice, 3, modeltest.Examples(1, archs[0]), o)
		assert.Equal(t, modeltest.LogProbs(t, once, archs...), modeltest.LogProbs(t, twice, archs...), model)
	}
}

func TestLogProbDoesNotDependOnTheBatch(t *testing.T) {
	for model, make := range models {
		g := make(t, searchspace.NASBench101{}, 1)
		archs := modeltest.Sample(t, g, 2, 50)
		for i, lp := range modeltest.LogProbs(t, g, archs...) {
			require.Equal(t, lp, modeltest.LogProbs(t, g, archs[i])[0], model)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	for model, make := range models {
		t.Run(model, func(t *testing.T) { useConcurrently(t, make(t, searchspace.NASBench101{}, 1)) })
	}
}

func useConcurrently(t *testing.T, g generator.Model) {
	want := modeltest.Sample(t, g, 2, 40)
	wantProbs := modeltest.LogProbs(t, g, want...)
	wantBest := mostProbable(t, g, 5, 5)
	var users sync.WaitGroup
	for i := range 6 {
		users.Go(func() {
			view := g
			if i%2 == 1 {
				view = at(t, g, 1)
			}
			assert.Equal(t, want, modeltest.Sample(t, view, 2, 40))
			assert.Equal(t, wantProbs, modeltest.LogProbs(t, view, want...))
			assert.Equal(t, wantBest, mostProbable(t, view, 5, 5))
		})
	}
	users.Wait()
}

func TestTwoModelsLearnAtTheSameTime(t *testing.T) {
	archs := modeltest.Sample(t, newGRAN(t, searchspace.NASBench201{}, little, 1), 2, 6)
	train := func() []float64 {
		g := newGRAN(t, searchspace.NASBench201{}, little, 1)
		modeltest.Fit(t, g, 3, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 5})
		return modeltest.LogProbs(t, g, archs...)
	}
	want := train()
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() { assert.Equal(t, want, train()) })
	}
	users.Wait()
}
