// Randwire searches for how to wire an image classifier (RandWire: Xie et al. 2019, arXiv 1904.01569), as GraphPNAS does in
// its second experiment: every architecture is trained from scratch. The generator starts from the wirings that worked best
// for RandWire, Watts-Strogatz graphs, and learns from the accurate ones. At the end the last architectures of the search are
// compared with as many new Watts-Strogatz graphs.
//
//	go run ./examples/randwire
//	go run ./examples/randwire -seeds 5 -out randwire
//	go run ./examples/randwire -data fashion-mnist
//
// The first needs no files and takes about half a minute. The second repeats it with five seeds and says how certain the
// difference is; if it is stopped, the same command goes on. The third needs Fashion-MNIST, the Debian package
// dataset-fashion-mnist.
//
//	go run ./examples/randwire -published -dir tiny-imagenet-200 -worker python -out randwire
//
// This is the experiment at its published size, on a machine with a GPU. docs/gpu.md says how long it takes.
//
// The search uses the paper's method and not preset.Ranked, in which a model of the objective chooses among the generator's
// proposals: what is measured at the end is what the generator itself has learned.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	data, dir        string
	train, valid     int
	nodes, channels  int
	head, halvings   int
	degree           int
	rewired          float64
	epochs, batch    int
	rate             float64
	augment          bool
	evals, compared  int
	round, exploring int
	seed             uint64
	seeds            int
	out              string
	published        bool
	trainer          torch.Trainer
}

// published are the published settings (arXiv 2211.15155 and 1904.01569).
var published = map[string]string{
	"data": "tiny-imagenet", "train": "0", "valid": "10000", "augment": "true", "nodes": "32", "channels": "78", "head": "1280",
	"halvings": "0", "epochs": "100", "batch": "256",
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "digits", "images: "+strings.Join(datasets, ", ")+"; digits needs no files")
	flag.StringVar(&o.dir, "dir", "/usr/share/datasets/fashion-mnist", "`directory` with the image files")
	flag.IntVar(&o.train, "train", 600, "images to train on; 0 means all that are not used for validation")
	flag.IntVar(&o.valid, "valid", 1000, "images to validate on")
	flag.IntVar(&o.nodes, "nodes", 8, "nodes in each of the three stages")
	flag.IntVar(&o.channels, "channels", 8, "channels of the first stage")
	flag.IntVar(&o.head, "head", 64, "channels of the last convolution")
	flag.IntVar(&o.halvings, "halvings", 2, "how often the image size is halved; 0 means in both convolutions and in all stages")
	flag.IntVar(&o.degree, "k", 4, "neighbors of a node on the ring of a Watts-Strogatz graph")
	flag.Float64Var(&o.rewired, "p", 0.75, "probability that an edge of such a graph is rewired")
	flag.IntVar(&o.epochs, "epochs", 3, "epochs of each training run")
	flag.IntVar(&o.batch, "batch", 32, "batch size of a training run")
	flag.Float64Var(&o.rate, "rate", 0.1, "learning rate at the start; it follows a cosine to zero")
	flag.BoolVar(&o.augment, "augment", false, "shift images by up to 4 pixels and mirror them")
	flag.IntVar(&o.evals, "evals", 120, "architectures that each search trains")
	flag.IntVar(&o.compared, "compared", 20, "how many of the last are compared with as many Watts-Strogatz graphs")
	flag.IntVar(&o.round, "round", 10, "architectures in each round")
	flag.IntVar(&o.exploring, "exploring", 3, "rounds of Watts-Strogatz graphs before the generator proposes")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed: of the search, of the split of the images and of all training runs")
	flag.IntVar(&o.seeds, "seeds", 1, "number of seeds, from -seed upward; at least 1, and 2 for an interval")
	flag.StringVar(&o.out, "out", "", "`directory` for everything that was trained and a report, report.html; the same command continues a run that was stopped")
	flag.BoolVar(&o.published, "published", false, "settings close to the published ones, apart from flags that are given; see below")
	o.trainer.Flags(flag.CommandLine)
	program.About(`
Randwire searches for how to wire an image classifier.

-published sets these flags (arXiv 2211.15155 and 1904.01569), which take weeks on a CPU; use -worker python on a
machine with a GPU, or -worker queue with many:

  -data tiny-imagenet -train 0 -valid 10000 -augment
  -nodes 32 -channels 78 -head 1280 -halvings 0 -epochs 100 -batch 256

-dir names the folder of the images.`)
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
		{"seeds", o.seeds, 1}, {"round", o.round, 1}, {"exploring", o.exploring, 0}, {"compared", o.compared, 2}, {"train", o.train, 0},
	} {
		if f.value < f.least {
			return program.Usagef("-%s must be at least %d, got %d", f.name, f.least, f.value)
		}
	}
	if !slices.Contains(datasets, o.data) {
		return program.Usagef("unknown -data %q; there are %s", o.data, strings.Join(datasets, ", "))
	}
	if o.evals < o.compared {
		return program.Usagef("-evals must be at least -compared %d, got %d", o.compared, o.evals)
	}
	return o.trainer.Validate()
}

// run searches with all seeds and compares what they found. If it is stopped, it compares those that have finished.
func run(ctx context.Context, o options, stdout io.Writer, display *progress.Display) (err error) {
	if err := o.validate(); err != nil {
		return err
	}
	kept, err := o.keep()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	out := display.Above(stdout)
	line := o.newStatus(display)
	defer display.Close()
	var all []outcome
	var stopped error
	for i := range o.seeds {
		seed := o.seed + uint64(i)
		r, err := search(ctx, o, seed, kept, line, out)
		if err != nil {
			stopped = fmt.Errorf("seed %d: %w", seed, err)
			break
		}
		all = append(all, r)
	}
	if err := kept.page(); err != nil {
		return errors.Join(stopped, err)
	}
	if len(all) > 0 {
		o.printDifference(out, all)
	}
	if ctx.Err() == nil {
		return stopped
	}
	return fmt.Errorf("%w: %d of %d seeds have finished; %s", context.Cause(ctx), len(all), o.seeds, kept.howToGoOn())
}
