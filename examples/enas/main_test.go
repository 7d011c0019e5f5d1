package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/examples/internal/tool/tooltest"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/internal/progress"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tiny are the options of a search that takes seconds.
func tiny() options {
	return options{
		Options: training.Options{
			Data: "digits", Train: 200, Valid: 64, Epochs: 2, Batch: 32, Rate: 0.05, Seed: 1, Seeds: 2, Generators: "graph",
			Trainer: torch.Trainer{Worker: torch.Go, Processes: 1},
		},
		layers: 3, channels: 4, warmup: 0.5, turn: 3, draws: 4, learningRate: 1e-3, measured: 6, scratchChannels: 4, scratchEpochs: 1,
	}
}

// piped is the display of a program whose standard error is no terminal.
func piped() *progress.Display { return progress.New(io.Discard) }

// withoutTimes returns the lines that do not depend on how fast the machine is.
func withoutTimes(text string) (kept []string) {
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "took") {
			kept = append(kept, line)
		}
	}
	return kept
}

func TestTwoSeedsOnDigits(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &out, piped()))
	text := out.String()
	assert.Equal(t, 2, strings.Count(text, "step   12 of 12"), text)
	assert.Equal(t, 6, strings.Count(text, "%, the generator's: "), text)
	assert.Equal(t, 6, strings.Count(text, "%, uniform: "), text)
	assert.Contains(t, text, "over 2 seeds")
	assert.NotContains(t, text, "lstm")
	assert.Regexp(t, `best three from scratch: [+-]\d+\.\d\d \([+-]\d+\.\d\d to [+-]\d+\.\d\d\)\n$`, text)
	var again strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &again, piped()))
	assert.Equal(t, withoutTimes(text), withoutTimes(again.String()), "a seed fixes the search")
}

// ENAS's own controller learns too.
func TestTwoGenerators(t *testing.T) {
	o := tiny()
	o.Generators = "graph,lstm"
	var out strings.Builder
	require.NoError(t, run(t.Context(), o, &out, piped()))
	assert.Equal(t, 4, strings.Count(out.String(), "step   12 of 12"), out.String())
	assert.Contains(t, out.String(), "seed 2, lstm\n")
	assert.Contains(t, out.String(), "lstm against graph, best three from scratch: ")
}

// The unit is the seed: five differences with a mean of 3 and a standard error of √(2.5/5), and t with 4 degrees of freedom.
func TestIntervalsAreOverSeeds(t *testing.T) {
	var all []outcome
	for i := range 5 {
		x := float64(i)
		all = append(all, outcome{shared: 61 + 2*x, sharedUniform: 60 + x, scratch: 80 + x, scratchUniform: 81 + 2*x})
	}
	var text strings.Builder
	o := tiny()
	o.Generators = "lstm,graph"
	require.NoError(t, o.complete())
	o.printDifferences(&text, [][]outcome{make([]outcome, 5), all})
	assert.Contains(t, text.String(), "  graph against uniform draws, with shared weights: +3.00 (+1.04 to +4.96)\n")
	assert.Contains(t, text.String(), "  graph against uniform draws, best three from scratch: -3.00 (-4.96 to -1.04)\n")
	assert.Contains(t, text.String(), "  graph against lstm, best three from scratch: +82.00 (+80.04 to +83.96)\n")
}

func TestBadOptions(t *testing.T) {
	for message, change := range map[string]func(*options){
		"-train must be at least 0, got -5":           func(o *options) { o.Train = -5 },
		"-entropy must be at least 0, got -1":         func(o *options) { o.entropy = -1 },
		"-learning-rate must be positive":             func(o *options) { o.learningRate = 0 },
		"-warmup must be from 0 to 1, got 5":          func(o *options) { o.warmup = 5 },
		`unknown -data "mnist"; there are`:            func(o *options) { o.Data = "mnist" },
		"no/such/folder":                              func(o *options) { o.Data, o.Dir = "cifar10", "no/such/folder" },
		"at least 1 layer":                            func(o *options) { o.layers = 0 },
		"-seeds must be at least 1, got 0":            func(o *options) { o.Seeds = 0 },
		"-measured must be at least 3, got 2":         func(o *options) { o.measured = 2 },
		`unknown generator "gan"`:                     func(o *options) { o.Generators = "gan" },
		"-turn must be at least 1, got 0":             func(o *options) { o.turn = 0 },
		"-draws must be at least 2, got 1":            func(o *options) { o.draws = 1 },
		"-epochs must be at least 1, got -1":          func(o *options) { o.Epochs = -1 },
		"-scratch-epochs must be at least 1, got 0":   func(o *options) { o.scratchEpochs = 0 },
		"-scratch-channels must be at least 1, got 0": func(o *options) { o.scratchChannels = 0 },
	} {
		o := tiny()
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard, piped()), message)
	}
}

// interruptAfter runs until a line of the output has a text, and returns the output.
func interruptAfter(t *testing.T, o options, text string) (string, error) {
	return tooltest.Interrupt(t, text, func(ctx context.Context, out io.Writer) error { return run(ctx, o, out, piped()) })
}

// A search that is interrupted again and again, while weights are shared and from scratch, ends as one that never was.
func TestTheSameCommandGoesOn(t *testing.T) {
	var whole strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &whole, piped()))

	o := tiny()
	o.Out = filepath.Join(t.TempDir(), "enas")
	for _, place := range []string{"step    3 of 12", "step    9 of 12", "%, the generator's", "seed 2, graph", "step    6 of 12"} {
		text, err := interruptAfter(t, o, place)
		require.ErrorIs(t, err, context.Canceled, place)
		assert.ErrorContains(t, err, "of 2 seeds have finished; the results so far are saved in "+o.Out+"; the same command continues")
		if strings.Contains(place, "step") {
			assert.Regexp(t, `stopped at step +\d+ of 12; of the last \d draws the best has \d+\.\d % with shared weights: \d`, text)
		}
	}
	journals, err := filepath.Glob(filepath.Join(o.Out, "*", "accuracies.jsonl"))
	require.NoError(t, err)
	require.Len(t, journals, 2)
	for _, path := range journals { // as after a power cut
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = file.WriteString("[12.5,")
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
	var rest strings.Builder
	require.NoError(t, run(t.Context(), o, &rest, piped()))
	assert.Equal(t, withoutTimes(whole.String()), withoutTimes(rest.String()))

	o.draws = 5 // another search, which takes nothing from these
	_, err = interruptAfter(t, o, "step    6 of 12")
	require.ErrorIs(t, err, context.Canceled)
}

func TestRubbishAmongWhatWasKept(t *testing.T) {
	o := tiny()
	o.Out, o.Seeds = filepath.Join(t.TempDir(), "enas"), 1
	_, err := interruptAfter(t, o, "step    6 of 12")
	require.ErrorIs(t, err, context.Canceled)
	for _, name := range []string{"shared.safetensors", "accuracies.jsonl"} {
		paths, err := filepath.Glob(filepath.Join(o.Out, "*", name))
		require.NoError(t, err)
		require.Len(t, paths, 1)
		require.NoError(t, os.WriteFile(paths[0], []byte("rubbish\n"), 0o666))
		assert.ErrorContains(t, run(t.Context(), o, io.Discard, piped()), paths[0])
	}
}

func TestWithoutADirectoryNothingIsKept(t *testing.T) {
	_, err := interruptAfter(t, tiny(), "step    6 of 12")
	assert.ErrorContains(t, err, "0 of 2 seeds have finished; nothing is saved without -out DIR")
}

// TestSharedWeightsInPyTorch: with a worker, the shared weights and the networks at the end train in PyTorch.
func TestSharedWeightsInPyTorch(t *testing.T) {
	const python, images = "/usr/bin/python3", "/usr/share/datasets/fashion-mnist"
	if _, err := os.Stat(images); err != nil || exec.Command(python, "-c", "import torch").Run() != nil {
		t.Skip("no PyTorch or no Fashion-MNIST")
	}
	o := tiny()
	o.Data, o.Dir, o.Seeds, o.Out = "fashion-mnist", images, 1, t.TempDir()
	o.Trainer = torch.Trainer{Worker: torch.Python, Python: python, Script: "../pytorch/worker.py", Device: "cpu", Processes: 1}
	var out, again strings.Builder
	require.NoError(t, run(t.Context(), o, &out, piped()))
	assert.Contains(t, out.String(), "step   12 of 12", "200 images, 32 a batch, two epochs")
	assert.Contains(t, out.String(), "from scratch, on validation images")
	checkpoints, err := filepath.Glob(filepath.Join(o.Out, "*", "shared", "shared-*.safetensors"))
	require.NoError(t, err)
	assert.Len(t, checkpoints, 1)
	require.NoError(t, run(t.Context(), o, &again, piped()))
	assert.Equal(t, withoutTimes(out.String()), withoutTimes(again.String()), "nothing is trained again")
}
