package oracle_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

func save(t require.TestingT, training *oracle.Training) []byte {
	var file bytes.Buffer
	require.NoError(t, training.Save(&file))
	return file.Bytes()
}

// requireSame compares training runs, except for their times.
func requireSame(t require.TestingT, want, got *oracle.Training) {
	require.Equal(t, want.Network().Weights(), got.Network().Weights())
	p, q := want.Progress(), got.Progress()
	p.Elapsed, q.Elapsed = 0, 0
	require.Equal(t, p, q)
}

// TestInterruptedTrainings checks that a training run ends in the same state wherever and however often it is interrupted.
func TestInterruptedTrainings(t *testing.T) {
	images := fewDigits(t)
	rapid.Check(t, func(t *rapid.T) {
		plan := planOf(t, small, rapid.SampledFrom([]string{mixed, light}).Draw(t, "cell"), images)
		r := oracle.Recipe{
			Epochs: rapid.IntRange(1, 4).Draw(t, "epochs"), Batch: 16, Fraction: 0.2, Pad: 1, Flip: true,
			Momentum: rapid.SampledFrom([]float64{-1, 0.9}).Draw(t, "momentum"), WarmUp: 0.4,
		}
		seed := rapid.Uint64().Draw(t, "seed")
		want, got := newTraining(t, plan, images, r, seed), newTraining(t, plan, images, r, seed)
		var err error
		for !want.Done() {
			require.NoError(t, want.Epoch(t.Context()))
			if rapid.Bool().Draw(t, "continues immediately") {
				require.NoError(t, got.Epoch(t.Context()))
				requireSame(t, want, got)
				continue
			}
			elapsed := got.Progress().Elapsed
			file := save(t, got)
			got = newTraining(t, plan, images, r, seed)
			require.NoError(t, got.Load(bytes.NewReader(file)))
			require.Equal(t, elapsed, got.Progress().Elapsed)
			if rapid.Bool().Draw(t, "is previewed") { // changes nothing
				_, err := got.Preview(t.Context(), images.Valid)
				require.NoError(t, err)
			}
			require.Equal(t, file, save(t, got))
			require.NoError(t, got.Epoch(t.Context()))
			requireSame(t, want, got)
			previews := [2]oracle.Figures{}
			for i, training := range []*oracle.Training{want, got} {
				previews[i], err = training.Preview(t.Context(), images.Valid)
				require.NoError(t, err)
			}
			require.Equal(t, previews[0], previews[1])
		}
	})
}

// TestSavedWithoutAverage checks that a file without the average, such as one that PyTorch has written, continues to the same
// weights, and that the average then begins with the weights.
func TestSavedWithoutAverage(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, mixed, images)
	r := oracle.Recipe{Epochs: 3, Batch: 32}
	want := newTraining(t, plan, images, r, 1)
	require.NoError(t, want.Epoch(t.Context()))
	file, err := safetensors.Read(bytes.NewReader(save(t, want)))
	require.NoError(t, err)
	var kept []safetensors.Tensor
	layout := plan.Layout()
	for prefix, parameters := range map[string][]network.Parameter{"": slices.Concat(layout.Parameters(), layout.Statistics()), "velocity/": layout.Parameters()} {
		for _, p := range parameters {
			kept = append(kept, safetensors.Tensor{Name: prefix + p.Name, Shape: p.Shape, Values: make([]float32, p.Size())})
		}
	}
	require.NoError(t, file.Fill(kept))
	var without bytes.Buffer
	require.NoError(t, safetensors.Write(&without, file.Meta, kept))

	got := newTraining(t, plan, images, r, 1)
	require.NoError(t, got.Load(&without))
	requireSame(t, want, got)
	saved, err := safetensors.Read(bytes.NewReader(save(t, got)))
	require.NoError(t, err)
	first := layout.Parameters()[0]
	average := safetensors.Tensor{Name: "average/" + first.Name, Shape: first.Shape, Values: make([]float32, first.Size())}
	require.NoError(t, saved.Fill([]safetensors.Tensor{average}))
	assert.Equal(t, want.Network().Weights().Of(first.Name), average.Values)
	require.NoError(t, want.Run(t.Context()))
	require.NoError(t, got.Run(t.Context()))
	requireSame(t, want, got)
}

func TestFailedTrainingContinuesAfterLoad(t *testing.T) {
	images := fewDigits(t)
	plan := planOf(t, small, mixed, images)
	r := oracle.Recipe{Epochs: 3, Batch: 32}
	want := newTraining(t, plan, images, r, 1)
	require.NoError(t, want.Run(t.Context()))

	got := newTraining(t, plan, images, r, 1)
	require.NoError(t, got.Epoch(t.Context()))
	file := save(t, got)
	require.NoError(t, got.Epoch(t.Context()))
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, got.Epoch(stopped))
	require.Error(t, got.Save(io.Discard), "it may be in the middle of an epoch")
	require.NoError(t, got.Load(bytes.NewReader(file)))
	require.NoError(t, got.Run(t.Context()))
	requireSame(t, want, got)
}

func TestOtherTrainingsAreRejected(t *testing.T) {
	images := fewDigits(t)
	recipe := oracle.Recipe{Epochs: 3, Batch: 32}
	plan := planOf(t, small, light, images)
	one := newTraining(t, plan, images, recipe, 1)
	require.NoError(t, one.Epoch(t.Context()))
	file := save(t, one)
	require.NoError(t, newTraining(t, plan, images, recipe, 1).Load(bytes.NewReader(file)))

	longer := recipe
	longer.Epochs = 4
	other := *images
	other.Train = images.Valid
	begun, err := oracle.NewTraining(plan, images, recipe, oracle.Options{Seed: 1, Weights: one.Network().Weights()})
	require.NoError(t, err)
	for name, training := range map[string]*oracle.Training{
		"seed": newTraining(t, plan, images, recipe, 2), "recipe": newTraining(t, plan, images, longer, 1),
		// It has the same parameters, because skip connections and pooling have none.
		"architecture": newTraining(t, planOf(t, small, "|skip_connect~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|", images), images, recipe, 1),
		"sizes":        newTraining(t, planOf(t, network.NASBench201{Channels: 5, Cells: 1}, light, images), images, recipe, 1),
		"images":       newTraining(t, plan, &other, recipe, 1),
		"start":        begun,
	} {
		before := save(t, training)
		err := training.Load(bytes.NewReader(file))
		assert.ErrorIs(t, err, oracle.ErrOtherTraining, name)
		assert.ErrorContains(t, err, training.Network().Plan().Arch(), name)
		assert.Equal(t, before, save(t, training), "it is left as it was")
	}
}

// TestTrainingsOfAnotherDesignAreRejected checks that they are rejected even if the parameters are the same.
func TestTrainingsOfAnotherDesignAreRejected(t *testing.T) {
	images := fewDigits(t)
	trainingOf := func(pool func(b *network.Builder, x network.Value, size, stride int) network.Value) *oracle.Training {
		return newTraining(t, planOf(t, network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			x := b.Conv("conv", b.Images(), 4, network.Kernel{Size: 3})
			return b.Linear("head", b.GlobalAvgPool(pool(b, x, 3, 2)), b.Classes()), nil
		}), light, images), images, oracle.Recipe{Epochs: 3, Batch: 32}, 1)
	}
	file := save(t, trainingOf((*network.Builder).MaxPool))
	require.NoError(t, trainingOf((*network.Builder).MaxPool).Load(bytes.NewReader(file)))
	require.ErrorIs(t, trainingOf((*network.Builder).AvgPool).Load(bytes.NewReader(file)), oracle.ErrOtherTraining)
}

// TestDamagedTrainings checks that damaged files are rejected unless the damage has no effect.
func TestDamagedTrainings(t *testing.T) {
	images := tiny(t)
	plan := planOf(t, network.NASBench201{Channels: 1, Cells: 1}, broken, images)
	fresh := newTraining(t, plan, images, oracle.Recipe{Epochs: 2}, 1)
	training := newTraining(t, plan, images, oracle.Recipe{Epochs: 2}, 1)
	require.NoError(t, training.Epoch(t.Context()))
	file, before := save(t, training), save(t, fresh)
	step := 1
	if race.Enabled {
		step = 13
	}
	for n := 0; n < len(file); n += step {
		require.ErrorIs(t, fresh.Load(bytes.NewReader(file[:n])), oracle.ErrFormat, "the first %d bytes", n)
	}
	for i := 0; i < len(file); i += step {
		altered := bytes.Clone(file)
		altered[i] ^= 1 << (i % 8)
		if err := fresh.Load(bytes.NewReader(altered)); err != nil {
			require.ErrorIs(t, err, oracle.ErrFormat, "byte %d", i)
			continue
		}
		require.Equal(t, file, save(t, fresh), "byte %d, %q, became %q", i, file[i], altered[i])
		require.NoError(t, fresh.Load(bytes.NewReader(before)))
	}
	require.Equal(t, before, save(t, fresh), "it is left as it was")

	gone := errors.New("the disk is gone")
	err := fresh.Load(io.MultiReader(bytes.NewReader(file[:len(file)-5]), iotest.ErrReader(gone)))
	assert.ErrorIs(t, err, gone)
	assert.NotErrorIs(t, err, oracle.ErrFormat)
}

// tiny returns two images of 1×4×4 in two classes.
func tiny(t testing.TB) *oracle.Images {
	set, err := dataset.NewSet(dataset.Shape{Channels: 1, Height: 4, Width: 4}, 2, []uint8("16 bytes, and 16 more of them..."), []int{0, 1})
	require.NoError(t, err)
	images, err := oracle.NewImages(t.Context(), set, set, nil)
	require.NoError(t, err)
	return images
}
