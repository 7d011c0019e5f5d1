package training_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// digits are options with the defaults of a tool, and what a command line sets.
func digits(t *testing.T, arguments ...string) *training.Options {
	o := &training.Options{Data: "digits", Train: 50, Valid: 40, Epochs: 1, Batch: 25, Rate: 0.1}
	flags := flag.NewFlagSet("tool", flag.ContinueOnError)
	o.Flags(flags, "each training")
	require.NoError(t, flags.Parse(arguments))
	return o
}

func TestDefaultsAreTheTools(t *testing.T) {
	o := digits(t)
	assert.Equal(t, []any{50, 40, 1, 25, 0.1}, []any{o.Train, o.Valid, o.Epochs, o.Batch, o.Rate})
	assert.Equal(t, 1, o.Seeds)
	assert.NoError(t, o.Validate())
	assert.Equal(t, 9, digits(t, "-batch", "9").Batch)
}

func TestBadFlagsAreErrors(t *testing.T) {
	for message, arguments := range map[string][]string{
		"-seeds must be at least 1, got 0":                                               {"-seeds", "0"},
		"-train must be at least 0, got -1":                                              {"-train", "-1"},
		"-valid must be at least 1, got -1":                                              {"-valid", "-1"},
		"-epochs must be at least 1, got 0":                                              {"-epochs", "0"},
		"-batch must be at least 1, got 0":                                               {"-batch", "0"},
		"-rate must be positive, got 0":                                                  {"-rate", "0"},
		"-rate must be positive, got NaN":                                                {"-rate", "nan"},
		"-processes must be at least 1, got 0":                                           {"-processes", "0"},
		`unknown -data "mnist"; there are digits, fashion-mnist, cifar10, tiny-imagenet`: {"-data", "mnist"},
		`-worker must be go, python or queue, got "gpu"`:                                 {"-worker", "gpu"},
	} {
		assert.EqualError(t, digits(t, arguments...).Validate(), message)
	}
}

func TestMissingImagesAreErrors(t *testing.T) {
	for _, name := range []string{"fashion-mnist", "cifar10", "tiny-imagenet"} {
		_, err := digits(t, "-data", name, "-dir", t.TempDir()).Images(t.Context(), 1, true)
		assert.Error(t, err, name)
	}
	_, err := digits(t, "-valid", "100000").Images(t.Context(), 1, false)
	assert.Error(t, err)
}

// Networks train on the images, with and without test images.
func TestTrainingFromScratch(t *testing.T) {
	for _, test := range []bool{false, true} {
		o := digits(t)
		images, err := o.Images(t.Context(), 1, test)
		require.NoError(t, err)
		e, closed, err := o.Open(t.Context(), training.Scratch{
			Space: searchspace.NASBench201{}, Design: network.NASBench201{Channels: 4, Cells: 1}, Images: images,
			Epochs: 1, Rate: o.Rate, Seed: 1, Test: test,
		})
		require.NoError(t, err)
		a, err := searchspace.NASBench201{}.Parse("|nor_conv_1x1~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|")
		require.NoError(t, err)
		r, err := e.Evaluate(t.Context(), a)
		require.NoError(t, err)
		assert.True(t, r.Value >= 0 && r.Value <= 100, r.Value)
		_, measured := r.Metrics["test_accuracy"]
		assert.Equal(t, test, measured)
		assert.NoError(t, closed())
	}
}

// PyTorch cannot train on the digits.
func TestSharesOfImages(t *testing.T) {
	_, err := digits(t).Share()
	assert.ErrorContains(t, err, "need the images")
	budget, err := digits(t, "-data", "fashion-mnist", "-valid", "6000", "-train", "27000").Share()
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{"validation": 0.1, "fraction": 0.5}, budget)
	for message, numbers := range map[string][2]string{
		"at least 1 image must be for validation, got -1":                                        {"-1", "10"},
		"at least 1 image must be for validation, got 0":                                         {"0", "10"},
		"fashion-mnist has 60000 images, of which 60000 for validation leave none to train on":   {"60000", "0"},
		"fashion-mnist has 60000 images: fewer than the 1 for training and 60000 for validation": {"60000", "1"},
	} {
		_, err := digits(t, "-data", "fashion-mnist", "-valid", numbers[0], "-train", numbers[1]).Share()
		assert.EqualError(t, err, message)
	}
	o := digits(t, "-worker", torch.Python)
	_, _, err = o.Open(t.Context(), training.Scratch{Space: searchspace.NASBench201{}, Design: network.NASBench201{}, Epochs: 1})
	assert.ErrorContains(t, err, "need the images")
}

// A folder can hold some of the images only, with fewer classes.
func TestSharesOfSomeImages(t *testing.T) {
	dir := t.TempDir()
	for _, class := range []string{"n01", "n02", "n03"} {
		images := filepath.Join(dir, "train", class, "images")
		require.NoError(t, os.MkdirAll(images, 0o777))
		for i := range 20 {
			require.NoError(t, os.WriteFile(filepath.Join(images, fmt.Sprintf("%d.JPEG", i)), nil, 0o666))
		}
	}
	for i := 1; i <= 5; i++ {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("data_batch_%d.bin", i)), make([]byte, 12*3073), 0o666))
	}
	for _, data := range []string{"tiny-imagenet", "cifar10"} {
		budget, err := digits(t, "-data", data, "-dir", dir, "-valid", "15", "-train", "9").Share()
		require.NoError(t, err)
		assert.Equal(t, map[string]float64{"validation": 0.25, "fraction": 0.2}, budget, data)
		_, err = digits(t, "-data", data, "-dir", dir, "-valid", "50", "-train", "11").Share()
		assert.EqualError(t, err, data+" has 60 images: fewer than the 11 for training and 50 for validation")
	}
	input, err := torch.Input("tiny-imagenet", dir, 0)
	require.NoError(t, err)
	assert.Equal(t, network.Input{Channels: 3, Height: 64, Width: 64, Classes: 3}, input)
	input, err = torch.Input("tiny-imagenet", t.TempDir(), 0) // the workers of a queue have the images
	require.NoError(t, err)
	assert.Equal(t, 200, input.Classes)
}

func TestGeneratorsLearn(t *testing.T) {
	all, err := training.Generators("graph,lstm")
	require.NoError(t, err)
	for _, g := range all {
		model, err := g.Value.New(searchspace.NASBench201{}, rand.New(rand.NewPCG(1, 1)))
		require.NoError(t, err)
		method := rl.Reinforce{Model: model, Learner: g.Value.Learner}
		assert.NoError(t, method.Validate(), g.Name)
	}
	for message, list := range map[string]string{
		`unknown generator "gan"; there are graph, lstm`: "graph,gan",
		`unknown generator ""; there are graph, lstm`:    "",
		"-generators names graph twice":                  "graph,graph",
	} {
		_, err := training.Generators(list)
		assert.EqualError(t, err, message)
	}
}

func TestEachSeed(t *testing.T) {
	o := digits(t, "-seed", "5", "-seeds", "3")
	var seeds []uint64
	require.NoError(t, o.EachSeed(t.Context(), func(seed uint64) error {
		seeds = append(seeds, seed)
		return nil
	}))
	assert.Equal(t, []uint64{5, 6, 7}, seeds)

	broken := errors.New("no disk")
	err := o.EachSeed(t.Context(), func(seed uint64) error { return map[uint64]error{6: broken}[seed] })
	assert.ErrorIs(t, err, broken)
	assert.EqualError(t, err, "seed 6: no disk")

	ctx, cancel := context.WithCancel(t.Context())
	err = o.EachSeed(ctx, func(seed uint64) error {
		cancel()
		return map[uint64]error{6: broken}[seed]
	})
	assert.EqualError(t, err, "context canceled: 1 of 3 seeds have finished; nothing is saved without -out DIR\nseed 6: no disk")
}

// When the context ends, searches fail because of it and often save something, which may fail too.
func TestFailuresToSaveAreReported(t *testing.T) {
	full := errors.New("no space left")
	ended := func(ctx context.Context) error { return fmt.Errorf("evaluating: %w", context.Cause(ctx)) }
	const stopped = "interrupted: 0 of 1 seeds have finished; nothing is saved without -out DIR"
	for _, test := range []struct {
		message string
		search  func(context.Context) error
	}{
		{stopped, ended},
		{stopped, func(ctx context.Context) error { return ctx.Err() }},
		{stopped, func(ctx context.Context) error { return errors.Join(errors.Join(ended(ctx), nil), nil) }},
		{stopped, func(ctx context.Context) error { return fmt.Errorf("%w: %w", errors.New("no evaluation"), ended(ctx)) }},
		{stopped + "\nseed 1: no space left", func(ctx context.Context) error { return errors.Join(errors.Join(ended(ctx), full), nil) }},
		{stopped + "\nseed 1: no space left", func(ctx context.Context) error { return errors.Join(context.Cause(ctx), full) }},
		{stopped + "\nseed 1: no space left", func(context.Context) error { return full }},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		interrupted := errors.New("interrupted")
		err := digits(t).EachSeed(ctx, func(uint64) error {
			cancel(interrupted)
			return test.search(ctx)
		})
		assert.EqualError(t, err, test.message)
		assert.ErrorIs(t, err, interrupted)
	}
}

func TestAToolThatSavesNothing(t *testing.T) {
	o := digits(t)
	o.Unsaved = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := o.EachSeed(ctx, func(uint64) error { return ctx.Err() })
	assert.EqualError(t, err, "context canceled: 0 of 1 seeds have finished")
}
