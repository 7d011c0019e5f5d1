package predictor

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestSeedDeterminesThePredictor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, s := range []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, twoParts(t)} {
		t.Run(s.Name(), func(t *testing.T) {
			archs := randomArchs(t, s, newRand(1), 200)
			data := examplesOf(archs[:100], edges)
			c := little
			predictions := func(processors int, seed uint64) []float64 {
				runtime.GOMAXPROCS(processors)
				c.Seed = seed
				return predict(t, trained(t, s, data, c), archs...)
			}
			want := predictions(1, 1)
			for _, processors := range []int{1, 2, 3} {
				assert.Equal(t, want, predictions(processors, 1), "%d processors", processors)
			}
			assert.NotEqual(t, want, predictions(1, 2))
		})
	}
}

// TestTheUnitDoesNotMatter checks that only the order of the values matters.
func TestTheUnitDoesNotMatter(t *testing.T) {
	s := searchspace.NASBench101{}
	archs := randomArchs(t, s, newRand(1), 150)
	linear := trained(t, s, examplesOf(archs[:50], edges), little)
	stretched := trained(t, s, examplesOf(archs[:50], func(a searchspace.Arch) float64 { return 1000*edges(a) - 7 }), little)
	want := predict(t, linear, archs...)
	for i, v := range predict(t, stretched, archs...) {
		require.InDelta(t, 1000*want[i]-7, v, 1e-6)
	}
	bent := trained(t, s, examplesOf(archs[:50], func(a searchspace.Arch) float64 { return math.Exp(edges(a)) }), little)
	require.InDelta(t, 1, kendall(want, predict(t, bent, archs...)), 1e-9, "the order is the same")
}

func TestTrainDoesNotModifyTheData(t *testing.T) {
	s := searchspace.NASBench101{}
	data, again := examplesOf(randomArchs(t, s, newRand(1), 40), edges), examplesOf(randomArchs(t, s, newRand(1), 40), edges)
	trained(t, s, data, little)
	require.Equal(t, again, data)
}

// TestASingleValue checks that if all values are equal, that value is predicted.
func TestASingleValue(t *testing.T) {
	s := twoParts(t)
	archs := randomArchs(t, s, newRand(1), 20)
	for _, known := range []int{1, 10} {
		p := trained(t, s, examplesOf(archs[:known], func(searchspace.Arch) float64 { return 0.1 }), little)
		for _, v := range predict(t, p, archs...) {
			require.Equal(t, 0.1, v)
		}
	}
}

func TestTrainErrors(t *testing.T) {
	s := searchspace.NASBench201{}
	good := examplesOf(randomArchs(t, s, newRand(1), 3), edges)
	with := func(a searchspace.Arch, value float64) []Example {
		return append(good[:2:2], Example{Arch: a, Value: value})
	}
	member, stranger := good[2].Arch, randomArchs(t, searchspace.NASBench101{}, newRand(1), 1)[0]
	for name, c := range map[string]struct {
		space searchspace.Space
		data  []Example
		is    error
		says  string
	}{
		"no data":        {s, nil, ErrNoExamples, ""},
		"NaN":            {s, with(member, math.NaN()), evaluator.ErrNotFinite, "example 2"},
		"infinity":       {s, with(member, math.Inf(-1)), evaluator.ErrNotFinite, "example 2"},
		"a stranger":     {s, with(stranger, 1), searchspace.ErrInvalid, "example 2"},
		"no part":        {s, with(searchspace.Arch{}, 1), searchspace.ErrInvalid, "example 2"},
		"no space":       {nil, good, nil, "space must not be nil"},
		"a broken space": {brokenSpace{}, good, nil, "MaxNodes must be at least 1, got 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Train(context.Background(), c.space, c.data, little)
			require.Error(t, err)
			assert.Nil(t, p)
			assert.ErrorContains(t, err, c.says)
			if c.is != nil {
				assert.ErrorIs(t, err, c.is)
			}
		})
	}
	for _, c := range []Config{{Networks: -1}, {Hidden: -1}, {Layers: -1}, {Epochs: -1}} {
		_, err := Train(context.Background(), s, good, c)
		require.ErrorContains(t, err, "-1")
	}
}

// brokenSpace is a space with an invalid part.
type brokenSpace struct{ searchspace.NASBench201 }

func (brokenSpace) Parts() []searchspace.Part { return []searchspace.Part{{Name: "cell"}} }

// countdown is a context that ends when Err is called for the n-th time.
type countdown struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelCauseFunc
}

var errCountdown = errors.New("the countdown is over")

func newCountdown(n int64) *countdown {
	ctx, cancel := context.WithCancelCause(context.Background())
	c := &countdown{Context: ctx, cancel: cancel}
	c.left.Store(n)
	return c
}

func (c *countdown) Err() error {
	if c.left.Add(-1) <= 0 {
		c.cancel(errCountdown)
	}
	return c.Context.Err()
}

// TestTrainingStopsWithinAStep checks that a very long training ends with its context.
func TestTrainingStopsWithinAStep(t *testing.T) {
	s := searchspace.NASBench201{}
	data := examplesOf(randomArchs(t, s, newRand(1), 100), edges)
	c := little
	c.Epochs = math.MaxInt32
	for _, looks := range []int64{1, 20} {
		ctx := newCountdown(looks)
		_, err := Train(ctx, s, data, c)
		require.ErrorIs(t, err, errCountdown)
		assert.GreaterOrEqual(t, ctx.left.Load(), int64(-4*c.Networks), "no network continues after the end; each only checks the context a few more times for the cause")
	}
}
