package supernet_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestTheOrderOfEvaluationsDoesNotMatter checks that values depend neither on the order nor on the number of parallel evaluations, and
// that evaluations do not change the weights.
func TestTheOrderOfEvaluationsDoesNotMatter(t *testing.T) {
	c := config(t, digits(t, 800))
	for _, c.ValidBatches = range []int{0, 2} {
		s := create(t, c)
		train(t, s, uniform, 10)
		archs, err := uniform.Sample(t.Context(), rand.New(rand.NewPCG(4, 4)), 10)
		require.NoError(t, err)
		before := slices.Clone(s.Weights().Params)
		values := func(workers int) []float64 {
			all := make([]float64, len(archs))
			for o := range (evaluator.Pool{Evaluator: s, Workers: workers}).Run(t.Context(), slices.Values(archs)) {
				require.NoError(t, o.Err)
				all[o.Index] = o.Result.Value
			}
			return all
		}
		want := values(1)
		assert.Equal(t, want, values(3))
		slices.Reverse(archs)
		got := values(1)
		slices.Reverse(got)
		assert.Equal(t, want, got)
		assert.Equal(t, before, s.Weights().Params)
	}
}

// TestEvaluationsTakeTurnsWithTraining is for the race detector.
func TestEvaluationsTakeTurnsWithTraining(t *testing.T) {
	s := create(t, config(t, digits(t, 200)))
	archs, err := uniform.Sample(t.Context(), rand.New(rand.NewPCG(5, 5)), 20)
	require.NoError(t, err)
	done := make(chan error)
	go func() {
		_, err := s.Train(t.Context(), uniform, 10)
		done <- err
	}()
	for o := range (evaluator.Pool{Evaluator: s, Workers: 2}).Run(t.Context(), slices.Values(archs)) {
		assert.NoError(t, o.Err)
	}
	assert.NoError(t, <-done)
}

// TestAnEvaluationReadsItsBatches checks that an evaluation reads all images, or those of ValidBatches batches, and others at another
// step.
func TestAnEvaluationReadsItsBatches(t *testing.T) {
	images := digits(t, 800) // 200 validation images: seven batches of 28 or 29
	var read []int
	valid, err := dataset.NewLazySet(images.Valid.Shape(), images.Valid.Classes(), source(func(i int, pixels []uint8) error {
		read = append(read, i)
		return images.Valid.Read(i, pixels)
	}), images.Valid.Labels())
	require.NoError(t, err)
	c := config(t, &oracle.Images{Train: images.Train, Valid: valid, Normalization: images.Normalization})
	readAt := func(s *supernet.Supernet) []int {
		read = nil
		r, err := s.Evaluate(t.Context(), parse(t, convs))
		require.NoError(t, err)
		assert.InDelta(t, math.Log(10), r.Metrics[oracle.ValidLoss], 1)
		slices.Sort(read)
		return slices.Compact(slices.Clone(read))
	}
	assert.Len(t, readAt(create(t, c)), 200)

	c.ValidBatches = 2
	s := create(t, c)
	seen := map[int]bool{}
	for range 12 {
		some := readAt(s)
		assert.InDelta(t, 57, len(some), 1)
		assert.Equal(t, some, readAt(s))
		for _, i := range some {
			seen[i] = true
		}
		train(t, s, uniform, 1)
	}
	assert.Greater(t, len(seen), 150)
}

// source is a function that implements dataset.Source.
type source func(i int, pixels []uint8) error

func (s source) Read(i int, pixels []uint8) error { return s(i, pixels) }

func TestUnreadableImages(t *testing.T) {
	images, gone := digits(t, 200), errors.New("the disk is gone")
	bad := func(set *dataset.Set) *dataset.Set {
		lazy, err := dataset.NewLazySet(set.Shape(), set.Classes(), source(func(int, []uint8) error { return gone }), set.Labels())
		require.NoError(t, err)
		return lazy
	}
	s := create(t, config(t, &oracle.Images{Train: bad(images.Train), Valid: bad(images.Valid), Normalization: images.Normalization}))
	_, err := s.Train(t.Context(), uniform, 1)
	assert.ErrorIs(t, err, gone)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	_, err = s.Evaluate(t.Context(), parse(t, convs))
	assert.ErrorIs(t, err, gone)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
}

func TestErrNotCoveredListsTheParameters(t *testing.T) {
	c := config(t, digits(t, 200))
	c.Cover = []searchspace.Arch{parse(t, convs)}
	s := create(t, c)
	for _, fail := range []func() error{
		func() error { _, err := s.Evaluate(t.Context(), parse(t, pools)); return err },
		func() error { _, err := s.Train(t.Context(), only{parse(t, pools)}, 1); return err },
	} {
		err := fail()
		require.ErrorIs(t, err, supernet.ErrNotCovered)
		assert.ErrorContains(t, err, "layer1.avg_pool_3x3.input.conv.weight")
		assert.ErrorContains(t, err, "layer2.max_pool_3x3.input.conv.weight")
		assert.ErrorContains(t, err, parse(t, pools).String())
		assert.True(t, evaluator.Permanent(t.Context(), err))
	}
	_, err := s.Evaluate(t.Context(), parse(t, convs))
	assert.NoError(t, err)
}

func TestInvalidConfigurations(t *testing.T) {
	images := digits(t, 200)
	none, err := images.Train.Subset(nil)
	require.NoError(t, err)
	other, err := dataset.NewSet(dataset.Shape{Channels: 1, Height: 7, Width: 8}, 10, make([]uint8, 56), []int{0})
	require.NoError(t, err)
	nan := math.NaN()
	for name, change := range map[string]func(*supernet.Config){
		"Config.Design must":    func(c *supernet.Config) { c.Design = nil },
		"Config.Cover must":     func(c *supernet.Config) { c.Cover = nil },
		"Images must have":      func(c *supernet.Config) { c.Images = nil },
		"have training and":     func(c *supernet.Config) { c.Images.Train = none },
		"and validation images": func(c *supernet.Config) { c.Images.Valid = none },
		"1×7×8":                 func(c *supernet.Config) { c.Images.Valid = other },
		"negative, got -1":      func(c *supernet.Config) { c.ValidBatches = -1 },
		"Recipe.Epochs":         func(c *supernet.Config) { c.Recipe.Epochs = -1 },
		"Recipe.Batch":          func(c *supernet.Config) { c.Recipe.Batch = -1 },
		"Recipe.Archs":          func(c *supernet.Config) { c.Recipe.Archs = -1 },
		"Recipe.LearningRate":   func(c *supernet.Config) { c.Recipe.LearningRate = nan },
		"Recipe.Momentum":       func(c *supernet.Config) { c.Recipe.Momentum = 1 },
		"Recipe.WeightDecay":    func(c *supernet.Config) { c.Recipe.WeightDecay = math.Inf(1) },
		"Recipe.ClipNorm":       func(c *supernet.Config) { c.Recipe.ClipNorm = nan },
		"Pad must be from 0":    func(c *supernet.Config) { c.Recipe.Pad = 8 },
		"network too large":     func(c *supernet.Config) { c.MemoryLimit = 1 << 10 },
		"node":                  func(c *supernet.Config) { c.Cover[0] = searchspace.Arch{} },
	} {
		c := config(t, &oracle.Images{Train: images.Train, Valid: images.Valid, Normalization: images.Normalization})
		change(&c)
		_, err := supernet.New(c)
		if name == "node" {
			assert.ErrorIs(t, err, searchspace.ErrInvalid)
			continue
		}
		assert.ErrorContains(t, err, name)
	}
	_, err = supernet.ENASCover(0)
	assert.ErrorContains(t, err, "at least 1 layer, got 0")
}

func TestPanicOfTheDesignIsAnError(t *testing.T) {
	c := config(t, digits(t, 200))
	c.Design = network.DesignFunc(func(b *network.Builder, a searchspace.Arch) (network.Value, error) {
		if a.String() == parse(t, pools).String() {
			panic("no pools")
		}
		return design.Network(b, a)
	})
	s := create(t, c)
	_, err := s.Evaluate(t.Context(), parse(t, pools))
	assert.ErrorIs(t, err, evaluator.ErrPanic)
	assert.ErrorContains(t, err, parse(t, pools).String())
	_, err = s.Train(t.Context(), only{parse(t, pools)}, 1)
	assert.ErrorIs(t, err, evaluator.ErrPanic)
	c.Cover = append(c.Cover, parse(t, pools))
	_, err = supernet.New(c)
	assert.ErrorIs(t, err, evaluator.ErrPanic)
}

// TestSavedWeightsContinue checks that training after Save and Load ends with the same weights as without an interruption.
func TestSavedWeightsContinue(t *testing.T) {
	c := config(t, digits(t, 200))
	s := create(t, c)
	train(t, s, uniform, 5)
	var file bytes.Buffer
	require.NoError(t, s.Save(&file))
	saved := file.Bytes()
	train(t, s, uniform, 5)

	loaded := create(t, c)
	require.NoError(t, loaded.Load(bytes.NewReader(saved)))
	assert.Equal(t, 5, loaded.Steps())
	train(t, loaded, uniform, 5)
	requireSame(t, s.Weights(), loaded.Weights())

	fresh := create(t, c)
	before := slices.Clone(fresh.Weights().Params)
	for name, damaged := range map[string][]byte{
		"empty": nil, "truncated": saved[:len(saved)-1], "steps": bytes.Replace(saved, []byte(`"steps":"5"`), []byte(`"steps":"6"`), 1),
		"values": append(slices.Clone(saved[:len(saved)-1]), saved[len(saved)-1]^1),
	} {
		assert.ErrorIs(t, fresh.Load(bytes.NewReader(damaged)), supernet.ErrFormat, name)
	}
	c.Design = wide
	assert.ErrorIs(t, create(t, c).Load(bytes.NewReader(saved)), supernet.ErrFormat)
	assert.Equal(t, before, fresh.Weights().Params)
	assert.Zero(t, fresh.Steps())
}
