package generator_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestFitMemorizes(t *testing.T) {
	twoParts := modeltest.Space(t, nil,
		searchspace.Part{Name: "first", MaxNodes: 3, NodeOps: []string{"a", "b", "end"}, Last: "end"},
		searchspace.Part{Name: "second", MaxNodes: 4, EdgeOps: []string{"none", "x", "y"}})
	for _, s := range append(published(), twoParts) {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				loss := generator.PaperLoss
				if model == "causal" {
					loss = generator.LogLikelihood
				}
				g := make(t, s, 1)
				a := modeltest.Sample(t, g, 2, 1)
				report := modeltest.Fit(t, g, 3, modeltest.Examples(1, a...), generator.FitOptions{Loss: loss, Epochs: 300, LearningRate: 5e-3})
				assert.Less(t, report.LastLoss, report.FirstLoss/5)
				assert.Greater(t, modeltest.Probabilities(t, g, a)[0], 0.9)
			})
		}
	}
}

func TestFitReport(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "one", MaxNodes: 3, NodeOps: []string{"a", "b"}}, searchspace.Part{Name: "other", MaxNodes: 3})
	g := newGRAN(t, s, little, 1)
	data := modeltest.Examples(0, modeltest.Sample(t, g, 2, 5)...)
	want := 0.0
	for i := range data {
		data[i].Weight = float64(i) - 1
		want -= data[i].Weight * modeltest.LogProbs(t, g, data[i].Arch)[0] / 5
	}
	before := slices.Clone(data)
	report := modeltest.Fit(t, g, 3, data, generator.FitOptions{Loss: generator.LogLikelihood, LearningRate: 1e-30, Epochs: 3})
	assert.Equal(t, 2*3*3, report.Steps, "two parts, three epochs, five architectures in batches of two")
	assert.InDelta(t, want, report.FirstLoss, 1e-4)
	assert.InDelta(t, want, report.LastLoss, 1e-4)
	assert.Equal(t, before, data)

	report = modeltest.Fit(t, g, 3, data, generator.FitOptions{BatchSize: 100})
	assert.Equal(t, 2, report.Steps)
	assert.Equal(t, report.FirstLoss, report.LastLoss)
}

// TestWeightsAreShares checks that at the optimum of the likelihood, probabilities are proportional
// to weights.
func TestWeightsAreShares(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}})
	all := modeltest.Enumerate(t, s)
	data := []generator.Example{{all[3], 0.6}, {all[20], 0.3}, {all[9], 0.1}}
	for model, make := range models {
		g := make(t, s, 1)
		modeltest.Fit(t, g, 1, data, generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 600, BatchSize: 3, LearningRate: 3e-3})
		for _, x := range data {
			assert.InDelta(t, x.Weight, modeltest.Probabilities(t, g, []searchspace.Arch{x.Arch})[0], 0.05, model)
		}
	}
}

func TestNegativeWeightsRepel(t *testing.T) {
	for _, s := range modeltest.Benchmarks {
		for _, loss := range []generator.Loss{generator.PaperLoss, generator.LogLikelihood} {
			for model, make := range models {
				g := make(t, s, 1)
				a := modeltest.Sample(t, g, 2, 2)
				before := modeltest.LogProbs(t, g, a...)
				data := append(modeltest.Examples(-1, a[0]), modeltest.Examples(1, a[1])...)
				modeltest.Fit(t, g, 3, data, generator.FitOptions{Loss: loss, Epochs: 10})
				after := modeltest.LogProbs(t, g, a...)
				assert.Less(t, after[0], before[0], model)
				assert.Greater(t, after[1], before[1], model)
			}
		}
	}
}

// exactEntropy sums over all architectures.
func exactEntropy(t *testing.T, g generator.Model, all []searchspace.Arch) (entropy float64) {
	for _, lp := range modeltest.LogProbs(t, g, all...) {
		entropy -= lp * math.Exp(lp)
	}
	return entropy
}

func TestEntropyBonusRaisesTheEntropy(t *testing.T) {
	all := slices.Collect(searchspace.NASBench201{}.All())
	for _, model := range []string{"paper", "LSTM"} {
		train := func(weight, entropy float64) float64 {
			g := models[model](t, searchspace.NASBench201{}, 1)
			modeltest.Fit(t, g, 2, modeltest.Examples(1, all[1000]), generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 60})
			modeltest.Fit(t, g, 3, modeltest.Examples(weight, all[1000]), generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 60, Entropy: entropy})
			return exactEntropy(t, g, all)
		}
		assert.Greater(t, train(1, 0.5), train(1, 0)+1, model)
		untouched := train(0, 0)
		assert.Greater(t, train(0, 0.5), untouched+1, "%s: the bonus does not depend on the weight", model)
		assert.Less(t, train(0, -0.5), untouched, model)
		assert.Greater(t, train(-0.01, 0.5), untouched+1, "%s: nor on its sign", model)
	}
}

func TestClipNorm(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		trained := func(clip float64) []float64 {
			g := make(t, searchspace.NASBench201{}, 1)
			a := modeltest.Sample(t, g, 2, 10)
			modeltest.Fit(t, g, 3, modeltest.Examples(1, a...), generator.FitOptions{ClipNorm: clip, Epochs: 3})
			return modeltest.LogProbs(t, g, a...)
		}
		free := trained(0)
		assert.Equal(t, free, trained(1e6), "no gradient is that large")
		assert.NotEqual(t, free, trained(0.01))
		start := make(t, searchspace.NASBench201{}, 1)
		// Adam only sees the scale of gradients relative to its epsilon of 1e-8.
		assert.InDeltaSlice(t, modeltest.LogProbs(t, start, modeltest.Sample(t, start, 2, 10)...), trained(1e-11), 1e-2)
	})
}

func TestFitRejectsInvalidData(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		g := make(t, searchspace.NASBench201{}, 1)
		a := modeltest.Sample(t, g, 1, 1)[0]
		other := modeltest.Sample(t, make(t, searchspace.NASBench101{}, 1), 1, 1)[0]
		before := modeltest.LogProbs(t, g, a)
		for name, bad := range map[string]struct {
			data []generator.Example
			is   error
		}{
			"no data":                        {nil, nil},
			"a weight of NaN":                {[]generator.Example{{a, 1}, {a, math.NaN()}}, generator.ErrNotFinite},
			"an infinite weight":             {[]generator.Example{{a, math.Inf(1)}}, generator.ErrNotFinite},
			"a weight of minus infinity":     {[]generator.Example{{a, math.Inf(-1)}}, generator.ErrNotFinite},
			"an architecture from elsewhere": {[]generator.Example{{a, 1}, {other, 1}}, searchspace.ErrInvalid},
			"no architecture":                {[]generator.Example{{searchspace.Arch{}, 1}}, searchspace.ErrInvalid},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := g.Fit(context.Background(), modeltest.Rand(1), bad.data, generator.FitOptions{})
				require.ErrorContains(t, err, "nasbench201")
				if bad.is != nil {
					assert.ErrorIs(t, err, bad.is)
				}
				assert.Equal(t, before, modeltest.LogProbs(t, g, a), "nothing is learned")
			})
		}
		_, err := g.LogProb(context.Background(), []searchspace.Arch{a, other})
		assert.ErrorIs(t, err, searchspace.ErrInvalid)
		assert.ErrorContains(t, err, "architecture 1")
	})
}

func TestFitRejectsNumbersThatAreTooLarge(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		for name, o := range map[string]generator.FitOptions{
			"of the paper": {}, "likelihood": {Loss: generator.LogLikelihood}, "clipped": {ClipNorm: 1}, "one step": {BatchSize: 3},
		} {
			for _, weight := range []float64{1e300, -1e300, 1e60} {
				t.Run(fmt.Sprint(name, weight), func(t *testing.T) {
					g := make(t, searchspace.NASBench201{}, 1)
					a := modeltest.Sample(t, g, 1, 3)
					o.Epochs = 1
					_, err := g.Fit(context.Background(), modeltest.Rand(1), modeltest.Examples(weight, a...), o)
					require.ErrorIs(t, err, generator.ErrNotFinite)
					for _, lp := range modeltest.LogProbs(t, g, a...) {
						assert.False(t, math.IsNaN(lp))
					}
					g.Reset(modeltest.Rand(1))
					modeltest.Fit(t, g, 1, modeltest.Examples(1, a...), o)
					fresh := make(t, searchspace.NASBench201{}, 1)
					modeltest.Fit(t, fresh, 1, modeltest.Examples(1, a...), o)
					assert.Equal(t, modeltest.LogProbs(t, fresh, a...), modeltest.LogProbs(t, g, a...), "a reset forgets the failure")
				})
			}
		}
	})
}

func TestInvalidFitOptions(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		g := make(t, searchspace.NASBench201{}, 1)
		a := modeltest.Sample(t, g, 1, 3)
		before := modeltest.LogProbs(t, g, a...)
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, o := range []generator.FitOptions{{LearningRate: bad}, {Entropy: bad}, {ClipNorm: bad}} {
				_, err := g.Fit(context.Background(), modeltest.Rand(1), modeltest.Examples(1, a...), o)
				assert.ErrorIs(t, err, generator.ErrNotFinite)
			}
		}
		for _, o := range []generator.FitOptions{{LearningRate: -1}, {ClipNorm: -1}, {Epochs: -1}, {BatchSize: -1}, {Loss: generator.LogLikelihood + 1}} {
			assert.Error(t, o.Validate())
			_, err := g.Fit(context.Background(), modeltest.Rand(1), modeltest.Examples(1, a...), o)
			assert.ErrorContains(t, err, o.Validate().Error())
		}
		assert.Equal(t, before, modeltest.LogProbs(t, g, a...), "nothing is learned")
		assert.NoError(t, generator.FitOptions{}.Validate())
		assert.NoError(t, generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 1, BatchSize: 1, LearningRate: 1, Entropy: -1, ClipNorm: 1}.Validate())
	})
}

func TestFitStopsWithItsContext(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		g := make(t, searchspace.NASBench201{}, 1)
		data := modeltest.Examples(1, modeltest.Sample(t, g, 1, 10)...)
		stop := errors.New("stop")

		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(stop)
		report, err := g.Fit(ctx, modeltest.Rand(1), data, generator.FitOptions{})
		require.ErrorIs(t, err, stop)
		assert.Zero(t, report.Steps)

		ctx, cancel = context.WithCancelCause(context.Background())
		asked := &countdown{Context: ctx, end: func() { cancel(stop) }}
		asked.left.Store(500)
		report, err = g.Fit(asked, modeltest.Rand(1), data, generator.FitOptions{Epochs: 1_000_000_000})
		require.ErrorIs(t, err, stop)
		assert.Positive(t, report.Steps)

		_, err = g.Sample(ctx, modeltest.Rand(1), 10)
		assert.ErrorIs(t, err, stop)
		_, err = g.LogProb(ctx, []searchspace.Arch{data[0].Arch})
		assert.ErrorIs(t, err, stop)
		modeltest.Fit(t, g, 1, data, generator.FitOptions{Epochs: 2})
	})
}

// countdown is a context that ends after its Err has been called a number of times.
type countdown struct {
	context.Context
	left atomic.Int64
	end  func()
}

func (c *countdown) Err() error {
	if c.left.Add(-1) == 0 {
		c.end()
	}
	return c.Context.Err()
}
