// Randwire searches for wirings of an image classifier (RandWire: Xie et al. 2019, arXiv 1904.01569), as GraphPNAS does
// in its second experiment: every architecture is trained from scratch. The generator starts from the wirings that
// worked best for RandWire, Watts-Strogatz graphs, and learns from the accurate ones. At the end the last architectures
// of the search are compared with new Watts-Strogatz graphs.
//
//	go run ./examples/randwire
//	go run ./examples/randwire -seeds 5 -out randwire
//	go run ./examples/randwire -data fashion-mnist
//
// The first needs no files and takes about half a minute. The second repeats it with five seeds and prints how certain the
// difference is; the same command continues a run that was stopped. The third needs Fashion-MNIST, the Debian package
// dataset-fashion-mnist.
//
//	go run ./examples/randwire -published -dir tiny-imagenet-200 -worker python -out randwire
//
// This is the experiment at its published size, on a machine with a GPU. docs/gpu.md says how long it takes.
//
//	go run ./examples/randwire -generators graph,lstm -graphs 120 -seeds 5
//
// This also searches with ENAS's recurrent controller, and trains as many Watts-Strogatz graphs as each search does.
//
// The search uses the paper's method and not preset.Ranked, in which a model of the objective chooses among the generator's
// proposals, because this experiment measures what the generator itself has learned.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	training.Options
	nodes, channels  int
	head, halvings   int
	degree           int
	rewired          float64
	evals, compared  int
	graphs           int
	round, exploring int
	learners         []tool.Named[training.Generator]
}

// published are the published settings (arXiv 2211.15155 and 1904.01569).
var published = map[string]string{
	"data": "tiny-imagenet", "train": "0", "valid": "10000", "augment": "true", "nodes": "32", "channels": "78", "head": "1280",
	"halvings": "0", "epochs": "100", "batch": "256",
}

func main() {
	o := options{Options: training.Options{Data: "digits", Train: 600, Valid: 1000, Epochs: 3, Batch: 32, Rate: 0.1}}
	o.Flags(flag.CommandLine, "each training run")
	flag.IntVar(&o.nodes, "nodes", 8, "nodes in each of the three stages")
	flag.IntVar(&o.channels, "channels", 8, "channels of the first stage")
	flag.IntVar(&o.head, "head", 64, "channels of the last convolution")
	flag.IntVar(&o.halvings, "halvings", 2, "how often the image size is halved; 0 means in both convolutions and in all stages")
	flag.IntVar(&o.degree, "k", 4, "neighbors of a node on the ring of a Watts-Strogatz graph")
	flag.Float64Var(&o.rewired, "p", 0.75, "probability that an edge of such a graph is rewired")
	flag.IntVar(&o.evals, "evals", 120, "architectures that each search trains")
	flag.IntVar(&o.compared, "compared", 20, "how many of the last are compared with Watts-Strogatz graphs")
	flag.IntVar(&o.graphs, "graphs", 0, "how many Watts-Strogatz graphs they are compared with; 0 means the number of -compared")
	flag.IntVar(&o.round, "round", 10, "architectures in each round")
	flag.IntVar(&o.exploring, "exploring", 3, "rounds of Watts-Strogatz graphs before the generator proposes")
	program.About(`
Randwire searches for wirings of an image classifier.

-published sets these flags (arXiv 2211.15155 and 1904.01569), which take weeks on a CPU; use -worker python on a
machine with a GPU, or -worker queue with many:

  -data tiny-imagenet -train 0 -valid 10000 -augment
  -nodes 32 -channels 78 -head 1280 -halvings 0 -epochs 100 -batch 256

-dir names the folder of the images.`)
	o.Main(published, func(ctx context.Context) error { return run(ctx, o, os.Stdout, progress.New(os.Stderr)) })
}

// complete checks the flags and sets what depends on them.
func (o *options) complete() (err error) {
	if err := tool.Check(
		tool.Bound{Name: "round", Value: o.round, Least: 1}, tool.Bound{Name: "exploring", Value: o.exploring},
		tool.Bound{Name: "compared", Value: o.compared, Least: 2}, tool.Bound{Name: "graphs", Value: o.graphs},
	); err != nil {
		return err
	}
	if o.evals < o.compared {
		return program.Usagef("-evals must be at least -compared %d, got %d", o.compared, o.evals)
	}
	o.graphs = cmp.Or(o.graphs, o.compared)
	if o.learners, err = training.Generators(o.Generators); err != nil {
		return err
	}
	return o.Validate()
}

// run searches with all seeds and compares what they found. If it is stopped, it compares those that have finished.
func run(ctx context.Context, o options, stdout io.Writer, display *progress.Display) (err error) {
	if err := o.complete(); err != nil {
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
	stopped := o.EachSeed(ctx, func(seed uint64) error {
		r, err := search(ctx, o, seed, kept, line, out)
		if err == nil {
			all = append(all, r)
		}
		return err
	})
	if err := kept.page(); err != nil {
		return errors.Join(stopped, err)
	}
	if len(all) > 0 {
		o.printDifferences(out, all)
	}
	return stopped
}
