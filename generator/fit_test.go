package generator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

var benchmarks = []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}}

func TestFitLearnsByHeart(t *testing.T) {
	twoParts := space(t, nil,
		searchspace.Part{Name: "first", MaxNodes: 3, NodeOps: []string{"a", "b", "end"}, Last: "end"},
		searchspace.Part{Name: "second", MaxNodes: 4, EdgeOps: []string{"none", "x", "y"}})
	for _, s := range slices.Concat(benchmarks, smallTrained, []searchspace.Space{twoParts}) {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				loss := PaperLoss
				if model == "causal with operations" {
					loss = LogLikelihood
				}
				g := make(t, s, 1)
				a := sample(t, g, 2, 1)
				report := fit(t, g, 3, examples(1, a...), FitOptions{Loss: loss, Epochs: 300, LearningRate: 5e-3})
				assert.Less(t, report.LastLoss, report.FirstLoss/5)
				assert.Greater(t, probabilities(t, g, a)[0], 0.9)
			})
		}
	}
}

func TestFitReport(t *testing.T) {
	s := space(t, nil, searchspace.Part{Name: "one", MaxNodes: 3, NodeOps: []string{"a", "b"}}, searchspace.Part{Name: "other", MaxNodes: 3})
	g := newGRAN(t, s, little, 1)
	data := examples(0, sample(t, g, 2, 5)...)
	want := 0.0
	for i := range data {
		data[i].Weight = float64(i) - 1
		want -= data[i].Weight * logProbs(t, g, data[i].Arch)[0] / 5
	}
	before := slices.Clone(data)
	report := fit(t, g, 3, data, FitOptions{Loss: LogLikelihood, LearningRate: 1e-30, Epochs: 3})
	assert.Equal(t, 2*3*3, report.Steps, "two parts, three epochs, five architectures in batches of two")
	assert.InDelta(t, want, report.FirstLoss, 1e-4)
	assert.InDelta(t, want, report.LastLoss, 1e-4)
	assert.Equal(t, before, data)

	report = fit(t, g, 3, data, FitOptions{BatchSize: 100})
	assert.Equal(t, 2, report.Steps)
	assert.Equal(t, report.FirstLoss, report.LastLoss)
}

// TestWeightsAreShares: the likelihood's optimum gives architectures probabilities in proportion to their weights.
func TestWeightsAreShares(t *testing.T) {
	s := space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}})
	all := enumerate(t, s)
	data := []Example{{all[3], 0.6}, {all[20], 0.3}, {all[9], 0.1}}
	for model, make := range models {
		g := make(t, s, 1)
		fit(t, g, 1, data, FitOptions{Loss: LogLikelihood, Epochs: 600, BatchSize: 3, LearningRate: 3e-3})
		for _, x := range data {
			assert.InDelta(t, x.Weight, probabilities(t, g, []searchspace.Arch{x.Arch})[0], 0.05, model)
		}
	}
}

func TestNegativeWeightsRepel(t *testing.T) {
	for _, s := range benchmarks {
		for _, loss := range []Loss{PaperLoss, LogLikelihood} {
			for model, make := range models {
				g := make(t, s, 1)
				a := sample(t, g, 2, 2)
				before := logProbs(t, g, a...)
				data := append(examples(-1, a[0]), examples(1, a[1])...)
				fit(t, g, 3, data, FitOptions{Loss: loss, Epochs: 10})
				after := logProbs(t, g, a...)
				assert.Less(t, after[0], before[0], model)
				assert.Greater(t, after[1], before[1], model)
			}
		}
	}
}

// exactEntropy sums over all architectures.
func exactEntropy(t *testing.T, g Model, all []searchspace.Arch) (entropy float64) {
	for _, lp := range logProbs(t, g, all...) {
		entropy -= lp * math.Exp(lp)
	}
	return entropy
}

func TestEntropyBonusKeepsTheGeneratorOpen(t *testing.T) {
	all := slices.Collect(searchspace.NASBench201{}.All())
	for _, model := range []string{"paper", "LSTM"} {
		train := func(weight, entropy float64) float64 {
			g := models[model](t, searchspace.NASBench201{}, 1)
			fit(t, g, 2, examples(1, all[1000]), FitOptions{Loss: LogLikelihood, Epochs: 60})
			fit(t, g, 3, examples(weight, all[1000]), FitOptions{Loss: LogLikelihood, Epochs: 60, Entropy: entropy})
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
			a := sample(t, g, 2, 10)
			fit(t, g, 3, examples(1, a...), FitOptions{ClipNorm: clip, Epochs: 3})
			return logProbs(t, g, a...)
		}
		free := trained(0)
		assert.Equal(t, free, trained(1e6), "no gradient is that large")
		assert.NotEqual(t, free, trained(0.01))
		start := make(t, searchspace.NASBench201{}, 1)
		// Adam does not see the scale of gradients but against its epsilon of 1e-8.
		assert.InDeltaSlice(t, logProbs(t, start, sample(t, start, 2, 10)...), trained(1e-11), 1e-2)
	})
}

func TestFitRefuses(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		g := make(t, searchspace.NASBench201{}, 1)
		a := sample(t, g, 1, 1)[0]
		other := sample(t, make(t, searchspace.NASBench101{}, 1), 1, 1)[0]
		before := logProbs(t, g, a)
		for name, bad := range map[string]struct {
			data []Example
			is   error
		}{
			"no data":                        {nil, nil},
			"a weight of NaN":                {[]Example{{a, 1}, {a, math.NaN()}}, ErrNotFinite},
			"an infinite weight":             {[]Example{{a, math.Inf(1)}}, ErrNotFinite},
			"a weight of minus infinity":     {[]Example{{a, math.Inf(-1)}}, ErrNotFinite},
			"an architecture from elsewhere": {[]Example{{a, 1}, {other, 1}}, searchspace.ErrInvalid},
			"no architecture":                {[]Example{{searchspace.Arch{}, 1}}, searchspace.ErrInvalid},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := g.Fit(background, newRand(1), bad.data, FitOptions{})
				require.ErrorContains(t, err, "nasbench201")
				if bad.is != nil {
					assert.ErrorIs(t, err, bad.is)
				}
				assert.Equal(t, before, logProbs(t, g, a), "nothing is learned")
			})
		}
		_, err := g.LogProb(background, []searchspace.Arch{a, other})
		assert.ErrorIs(t, err, searchspace.ErrInvalid)
		assert.ErrorContains(t, err, "architecture 1")
	})
}

func TestFitRefusesNumbersThatAreTooLarge(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		for name, o := range map[string]FitOptions{
			"of the paper": {}, "likelihood": {Loss: LogLikelihood}, "clipped": {ClipNorm: 1}, "one step": {BatchSize: 3},
		} {
			for _, weight := range []float64{1e300, -1e300, 1e60} {
				t.Run(fmt.Sprint(name, weight), func(t *testing.T) {
					g := make(t, searchspace.NASBench201{}, 1)
					a := sample(t, g, 1, 3)
					o.Epochs = 1
					_, err := g.Fit(background, newRand(1), examples(weight, a...), o)
					require.ErrorIs(t, err, ErrNotFinite)
					for _, lp := range logProbs(t, g, a...) {
						assert.False(t, math.IsNaN(lp))
					}
					g.Reset(newRand(1))
					fit(t, g, 1, examples(1, a...), o)
					fresh := make(t, searchspace.NASBench201{}, 1)
					fit(t, fresh, 1, examples(1, a...), o)
					assert.Equal(t, logProbs(t, fresh, a...), logProbs(t, g, a...), "a reset forgets the failure")
				})
			}
		}
	})
}

func TestOptionsThatMakeNoTraining(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		g := make(t, searchspace.NASBench201{}, 1)
		a := sample(t, g, 1, 3)
		before := logProbs(t, g, a...)
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, o := range []FitOptions{{LearningRate: bad}, {Entropy: bad}, {ClipNorm: bad}} {
				_, err := g.Fit(background, newRand(1), examples(1, a...), o)
				assert.ErrorIs(t, err, ErrNotFinite)
			}
		}
		for _, o := range []FitOptions{{LearningRate: -1}, {ClipNorm: -1}, {Epochs: -1}, {BatchSize: -1}, {Loss: LogLikelihood + 1}} {
			assert.Error(t, o.Validate())
			_, err := g.Fit(background, newRand(1), examples(1, a...), o)
			assert.ErrorContains(t, err, o.Validate().Error())
		}
		assert.Equal(t, before, logProbs(t, g, a...), "nothing is learned")
		assert.NoError(t, FitOptions{}.Validate())
		assert.NoError(t, FitOptions{Loss: LogLikelihood, Epochs: 1, BatchSize: 1, LearningRate: 1, Entropy: -1, ClipNorm: 1}.Validate())
	})
}

func TestFitStopsWithItsContext(t *testing.T) {
	eachModel(t, func(t *testing.T, make maker) {
		g := make(t, searchspace.NASBench201{}, 1)
		data := examples(1, sample(t, g, 1, 10)...)
		stop := errors.New("stop")

		ctx, cancel := context.WithCancelCause(background)
		cancel(stop)
		report, err := g.Fit(ctx, newRand(1), data, FitOptions{})
		require.ErrorIs(t, err, stop)
		assert.Zero(t, report.Steps)

		ctx, cancel = context.WithCancelCause(background)
		time.AfterFunc(20*time.Millisecond, func() { cancel(stop) })
		start := time.Now()
		report, err = g.Fit(ctx, newRand(1), data, FitOptions{Epochs: 1_000_000_000})
		require.ErrorIs(t, err, stop)
		assert.Positive(t, report.Steps)
		assert.Less(t, time.Since(start), 5*time.Second)

		_, err = g.Sample(ctx, newRand(1), 10)
		assert.ErrorIs(t, err, stop)
		_, err = g.LogProb(ctx, []searchspace.Arch{data[0].Arch})
		assert.ErrorIs(t, err, stop)
		fit(t, g, 1, data, FitOptions{Epochs: 2})
	})
}
