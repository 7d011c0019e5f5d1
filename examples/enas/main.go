// Enas searches for image classifiers with shared weights (ENAS: Pham et al. 2018, arXiv 1802.03268), with a graph generator
// in place of the recurrent controller, as GraphPNAS does (arXiv 2211.15155). Two training runs take turns: one set of weights is
// trained on architectures that the generator draws, and the generator learns from the accuracy that its draws have with
// these weights. At the end the best three are trained from scratch, and so are three uniform draws to compare them with.
//
//	go run ./examples/enas
//	go run ./examples/enas -data digits
//	go run ./examples/enas -seeds 5 -out enas
//
// The first needs Fashion-MNIST, the Debian package dataset-fashion-mnist; the second needs no files. The third repeats it
// with five seeds and says how certain the differences are; if it is stopped, the same command goes on. An evaluation that
// fails ends the program.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	data, dir        string
	train, valid     int
	validBatches     int
	layers, channels int
	epochs, batch    int
	rate             float64
	warmup           float64
	turn, draws      int
	learningRate     float64
	entropy          float64
	measured         int
	scratchChannels  int
	scratchEpochs    int
	augment          bool
	seed             uint64
	seeds            int
	out              string
	published        bool
	trainer          torch.Trainer
}

// published are settings close to the published ones (arXiv 1802.03268, section 3.2).
var published = map[string]string{
	"data": "cifar10", "train": "0", "valid": "5000", "valid-batches": "1", "augment": "true", "layers": "12", "channels": "36",
	"epochs": "310", "batch": "128", "rate": "0.05", "warmup": "0", "turn": "7", "draws": "20", "learning-rate": "0.00035",
	"entropy": "0.0001", "scratch-channels": "96", "scratch-epochs": "310",
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "fashion-mnist", "images: "+strings.Join(images, ", ")+"; digits needs no files")
	flag.StringVar(&o.dir, "dir", "/usr/share/datasets/fashion-mnist", "`directory` with the image files")
	flag.IntVar(&o.train, "train", 6000, "images to train on; 0 means all that are not used for validation")
	flag.IntVar(&o.valid, "valid", 250, "images to validate on")
	flag.IntVar(&o.validBatches, "valid-batches", 0, "batches of validation images that an architecture is measured on with shared weights; 0 means all")
	flag.IntVar(&o.layers, "layers", 4, "layers of a network above its stem")
	flag.IntVar(&o.channels, "channels", 8, "channels of the shared network")
	flag.IntVar(&o.epochs, "epochs", 8, "epochs of the shared weights")
	flag.IntVar(&o.batch, "batch", 32, "batch size")
	flag.Float64Var(&o.rate, "rate", 0.1, "learning rate of the shared weights at the start; it follows a cosine to zero")
	flag.Float64Var(&o.warmup, "warmup", 0.6, "fraction of the steps before the generator starts to learn")
	flag.IntVar(&o.turn, "turn", 12, "steps of the shared weights between two steps of the generator")
	flag.IntVar(&o.draws, "draws", 12, "architectures that the generator learns from in each step")
	flag.Float64Var(&o.learningRate, "learning-rate", 3e-3, "learning rate of the generator")
	flag.Float64Var(&o.entropy, "entropy", 0.03, "reward for a nat of entropy; the other rewards are from -1/2 to 1/2")
	flag.IntVar(&o.measured, "measured", 50, "architectures drawn at the end; the best three are trained from scratch")
	flag.IntVar(&o.scratchChannels, "scratch-channels", 4, "first channels of networks that are trained from scratch")
	flag.IntVar(&o.scratchEpochs, "scratch-epochs", 4, "epochs of training from scratch")
	flag.BoolVar(&o.augment, "augment", false, "shift images by up to 4 pixels and mirror them, in both training runs")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 1, "number of seeds, from -seed upward; at least 1, and 2 for an interval")
	flag.StringVar(&o.out, "out", "", "`directory` for everything that was trained and a report, report.html; the same command continues a run that was stopped")
	flag.BoolVar(&o.published, "published", false, "settings close to the published ones, apart from flags that are given; see below")
	o.trainer.Flags(flag.CommandLine)
	program.About(`
Enas searches for image classifiers with shared weights.

-published sets these flags (arXiv 1802.03268, section 3.2), which take days on a CPU:

  -data cifar10 -train 0 -valid 5000 -valid-batches 1 -augment
  -layers 12 -channels 36 -epochs 310 -batch 128 -rate 0.05
  -warmup 0 -turn 7 -draws 20 -learning-rate 0.00035 -entropy 0.0001
  -scratch-channels 96 -scratch-epochs 310

With -worker python or queue, PyTorch trains the shared weights and the networks that are trained from scratch, and measures
the latter on validation images. With -worker queue, the shared weights are held by one worker with one process, which must
serve the queue with the name -queue followed by "-shared".`)
	program.Main(func(ctx context.Context) error {
		if o.published {
			if err := program.Preset(flag.CommandLine, published); err != nil {
				return err
			}
		}
		return run(ctx, o, os.Stdout, progress.New(os.Stderr))
	})
}

func (o options) validate() error {
	for _, f := range []struct {
		name         string
		value, least int
	}{
		{"seeds", o.seeds, 1}, {"turn", o.turn, 1}, {"draws", o.draws, 2}, {"measured", o.measured, best}, {"train", o.train, 0},
	} {
		if f.value < f.least {
			return program.Usagef("-%s must be at least %d, got %d", f.name, f.least, f.value)
		}
	}
	switch {
	case !slices.Contains(images, o.data):
		return program.Usagef("unknown -data %q; there are %s", o.data, strings.Join(images, ", "))
	case !(o.warmup >= 0 && o.warmup <= 1):
		return program.Usagef("-warmup must be from 0 to 1, got %g", o.warmup)
	case !(o.learningRate > 0):
		return program.Usagef("-learning-rate must be positive, got %g", o.learningRate)
	case !(o.entropy >= 0):
		return program.Usagef("-entropy must be at least 0, got %g", o.entropy)
	}
	return o.trainer.Validate()
}

// run searches with all seeds and compares what they found. If it is stopped, it compares those that have finished.
func run(ctx context.Context, o options, stdout io.Writer, display *progress.Display) error {
	if err := o.validate(); err != nil {
		return err
	}
	out := display.Above(stdout)
	defer display.Close()
	var all []outcome
	var stopped error
	for i := range o.seeds {
		seed, begin := o.seed+uint64(i), time.Now()
		fmt.Fprintf(out, "seed %d\n", seed)
		r, err := search(ctx, o, seed, display, out)
		if err != nil {
			stopped = fmt.Errorf("seed %d: %w", seed, err)
			break
		}
		r.print(out)
		fmt.Fprintf(out, "  took %.0f s\n", time.Since(begin).Seconds())
		all = append(all, r)
	}
	if len(all) > 1 {
		printDifferences(out, all)
	}
	if ctx.Err() == nil {
		return stopped
	}
	return fmt.Errorf("%w: %d of %d seeds have finished; %s", context.Cause(ctx), len(all), o.seeds, o.howToGoOn())
}

// howToGoOn tells the user what became of the work.
func (o options) howToGoOn() string {
	if o.out == "" {
		return "nothing is kept without -out DIR"
	}
	return fmt.Sprintf("what was trained is kept in %s, and the same command goes on", o.out)
}
