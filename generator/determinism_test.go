package generator

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// life is a generator's: made, trained, trained on, sampled from; what it draws and how probable it thinks that is.
type life struct {
	drawn    []searchspace.Arch
	logProbs []float64
	best     []Scored
	reports  [2]FitReport
}

func live(t *testing.T, s searchspace.Space, make maker, seed uint64) (l life) {
	rng, g := newRand(seed), make(t, s, seed)
	archs, err := g.Sample(background, rng, 15)
	require.NoError(t, err)
	for i := range l.reports {
		l.reports[i], err = g.Fit(background, rng, examples(1, archs...), FitOptions{Epochs: 3, BatchSize: 2 + 5*i, Loss: Loss(i)})
		require.NoError(t, err)
	}
	l.drawn, err = g.Sample(background, rng, 300)
	require.NoError(t, err)
	l.logProbs, l.best = logProbs(t, g, l.drawn...), mostProbable(t, g, 10, 20)
	return l
}

func TestASeedFixesEverything(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, s := range slices.Concat(benchmarks, smallTrained) {
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
	for _, s := range benchmarks {
		for _, make := range models {
			g := make(t, s, 1)
			archs := sample(t, g, 2, 6)
			fit(t, g, 3, examples(1, archs...), FitOptions{Epochs: 5, BatchSize: 4})
			g.Reset(newRand(4))
			fresh := make(t, s, 4)
			require.Equal(t, logProbs(t, fresh, archs...), logProbs(t, g, archs...))
			for _, m := range []Model{g, fresh} {
				fit(t, m, 5, examples(1, archs...), FitOptions{Epochs: 5})
			}
			require.Equal(t, logProbs(t, fresh, archs...), logProbs(t, g, archs...))
		}
	}
}

// TestFitGoesOn: the optimiser's state stays from call to call.
func TestFitGoesOn(t *testing.T) {
	for model, make := range models {
		once, twice := make(t, searchspace.NASBench201{}, 1), make(t, searchspace.NASBench201{}, 1)
		archs := sample(t, once, 2, 4)
		o := FitOptions{BatchSize: 4, Epochs: 6}
		fit(t, once, 3, examples(1, archs[0]), o)
		o.Epochs = 3
		fit(t, twice, 3, examples(1, archs[0]), o)
		fit(t, twice, 3, examples(1, archs[0]), o)
		assert.Equal(t, logProbs(t, once, archs...), logProbs(t, twice, archs...), model)
	}
}

func TestLogProbDoesNotDependOnItsCompany(t *testing.T) {
	for model, make := range models {
		g := make(t, searchspace.NASBench101{}, 1)
		archs := sample(t, g, 2, 50)
		for i, lp := range logProbs(t, g, archs...) {
			require.Equal(t, lp, logProbs(t, g, archs[i])[0], model)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	for model, make := range models {
		t.Run(model, func(t *testing.T) { useConcurrently(t, make(t, searchspace.NASBench101{}, 1)) })
	}
}

func useConcurrently(t *testing.T, g Model) {
	want := sample(t, g, 2, 40)
	wantProbs := logProbs(t, g, want...)
	wantBest := mostProbable(t, g, 5, 5)
	var users sync.WaitGroup
	for i := range 6 {
		users.Go(func() {
			view := g
			if i%2 == 1 {
				view = at(t, g, 1)
			}
			assert.Equal(t, want, sample(t, view, 2, 40))
			assert.Equal(t, wantProbs, logProbs(t, view, want...))
			assert.Equal(t, wantBest, mostProbable(t, view, 5, 5))
		})
	}
	users.Wait()
}

func TestTwoModelsLearnAtTheSameTime(t *testing.T) {
	archs := sample(t, newGRAN(t, searchspace.NASBench201{}, little, 1), 2, 6)
	train := func() []float64 {
		g := newGRAN(t, searchspace.NASBench201{}, little, 1)
		fit(t, g, 3, examples(1, archs...), FitOptions{Epochs: 5})
		return logProbs(t, g, archs...)
	}
	want := train()
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() { assert.Equal(t, want, train()) })
	}
	users.Wait()
}
