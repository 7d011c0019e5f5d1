// Enas searches for image classifiers with shared weights (ENAS: Pham et al. 2018, arXiv 1802.03268), with a graph
// generator in place of the recurrent controller, as GraphPNAS does (arXiv 2211.15155). Two training runs take turns:
// one set of weights is trained on architectures that the generator draws, and the generator learns from the accuracy
// of its draws with these weights. At the end, the best three are trained from scratch, and so are three uniform draws
// for comparison.
//
//	go run ./examples/enas
//	go run ./examples/enas -data digits
//	go run ./examples/enas -seeds 5 -out enas
//
// The first needs Fashion-MNIST, the Debian package dataset-fashion-mnist; the second needs no files. The third repeats it
// with five seeds and prints how certain the differences are; the same command continues a run that was stopped. An evaluation that
// fails ends the program.
//
//	go run ./examples/enas -generators graph,lstm
//
// This runs two searches, each with its own shared weights: one with the graph generator, the other with ENAS's recurrent
// controller.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	training.Options
	validBatches     int
	layers, channels int
	warmup           float64
	turn, draws      int
	learningRate     float64
	entropy          float64
	measured         int
	scratchChannels  int
	scratchEpochs    int
	learners         []tool.Named[training.Generator]
}

// published are settings close to the published ones (arXiv 1802.03268, section 3.2).
var published = map[string]string{
	"data": "cifar10", "train": "0", "valid": "5000", "valid-batches": "1", "augment": "true", "layers": "12", "channels": "36",
	"epochs": "310", "batch": "128", "rate": "0.05", "warmup": "0", "turn": "7", "draws": "20", "learning-rate": "0.00035",
	"entropy": "0.0001", "scratch-channels": "96", "scratch-epochs": "310",
}

func main() {
	o := options{Options: training.Options{Data: "fashion-mnist", Train: 6000, Valid: 250, Epochs: 8, Batch: 32, Rate: 0.1}}
	o.Flags(flag.CommandLine, "the shared weights")
	flag.IntVar(&o.validBatches, "valid-batches", 0, "batches of validation images that an architecture is measured on with shared weights; 0 means all")
	flag.IntVar(&o.layers, "layers", 4, "layers of a network above its stem")
	flag.IntVar(&o.channels, "channels", 8, "channels of the shared network")
	flag.Float64Var(&o.warmup, "warmup", 0.6, "fraction of the steps before the generator starts to learn")
	flag.IntVar(&o.turn, "turn", 12, "steps of the shared weights between two steps of the generator")
	flag.IntVar(&o.draws, "draws", 12, "architectures that the generator learns from in each step")
	flag.Float64Var(&o.learningRate, "learning-rate", 3e-3, "learning rate of the generator")
	flag.Float64Var(&o.entropy, "entropy", 0.03, "reward for each nat of entropy; the other rewards are between -1/2 and 1/2")
	flag.IntVar(&o.measured, "measured", 50, "architectures drawn at the end; the best three are trained from scratch")
	flag.IntVar(&o.scratchChannels, "scratch-channels", 4, "first channels of networks that are trained from scratch")
	flag.IntVar(&o.scratchEpochs, "scratch-epochs", 4, "epochs of training from scratch")
	program.About(`
Enas searches for image classifiers with shared weights.

-published sets these flags (arXiv 1802.03268, section 3.2), which take days on a CPU:

  -data cifar10 -train 0 -valid 5000 -valid-batches 1 -augment
  -layers 12 -channels 36 -epochs 310 -batch 128 -rate 0.05
  -warmup 0 -turn 7 -draws 20 -learning-rate 0.00035 -entropy 0.0001
  -scratch-channels 96 -scratch-epochs 310

With -worker python or queue, PyTorch trains the shared weights and the networks that are trained from scratch, and measures
the latter on validation images. With -worker queue, one worker with one process holds the shared weights; it must serve
the queue whose name is that of -queue followed by "-shared".`)
	o.Main(published, func(ctx context.Context) error { return run(ctx, o, os.Stdout, progress.New(os.Stderr)) })
}

// complete checks the flags and looks up the generators.
func (o *options) complete() (err error) {
	if err := tool.Check(
		tool.Bound{Name: "turn", Value: o.turn, Least: 1}, tool.Bound{Name: "draws", Value: o.draws, Least: 2},
		tool.Bound{Name: "measured", Value: o.measured, Least: best},
		tool.Bound{Name: "scratch-channels", Value: o.scratchChannels, Least: 1},
		tool.Bound{Name: "scratch-epochs", Value: o.scratchEpochs, Least: 1},
	); err != nil {
		return err
	}
	switch {
	case !(o.warmup >= 0 && o.warmup <= 1):
		return program.Usagef("-warmup must be from 0 to 1, got %g", o.warmup)
	case !(o.learningRate > 0):
		return program.Usagef("-learning-rate must be positive, got %g", o.learningRate)
	case !(o.entropy >= 0):
		return program.Usagef("-entropy must be at least 0, got %g", o.entropy)
	}
	if o.learners, err = training.Generators(o.Generators); err != nil {
		return err
	}
	return o.Validate()
}

// run searches with all seeds and compares what they found. If it is stopped, it compares those that have finished.
func run(ctx context.Context, o options, stdout io.Writer, display *progress.Display) error {
	if err := o.complete(); err != nil {
		return err
	}
	out := display.Above(stdout)
	defer display.Close()
	all := make([][]outcome, len(o.learners)) // the seeds of each generator
	stopped := o.EachSeed(ctx, func(seed uint64) error {
		results := make([]outcome, len(o.learners))
		for i, g := range o.learners {
			begin := time.Now()
			fmt.Fprintf(out, "seed %d, %s\n", seed, g.Name)
			r, err := search(ctx, o, g, seed, display, out)
			if err != nil {
				return err
			}
			r.print(out)
			fmt.Fprintf(out, "  took %.0f s\n", time.Since(begin).Seconds())
			results[i] = r
		}
		for i, r := range results {
			all[i] = append(all[i], r)
		}
		return nil
	})
	if len(all[0]) > 1 {
		o.printDifferences(out, all)
	}
	return stopped
}
