// Randwire searches for how to wire an image classifier (RandWire: Xie et al. 2019, arXiv 1904.01569), as GraphPNAS does in
// its second experiment: every architecture is trained from scratch. The generator starts from the wirings that worked best
// for RandWire, Watts-Strogatz graphs, and learns from the accurate ones. At the end it compares the last architectures of
// the search with as many new Watts-Strogatz graphs.
//
//	go run ./examples/randwire
//	go run ./examples/randwire -data fashion-mnist
//
// The first needs no files; the second needs Fashion-MNIST, the Debian package dataset-fashion-mnist.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
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
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "digits", "images: digits (needs no files), fashion-mnist or tiny-imagenet")
	flag.StringVar(&o.dir, "dir", "/usr/share/datasets/fashion-mnist", "folder of the images' files")
	flag.IntVar(&o.train, "train", 600, "images to train on; 0: all that are not for validation")
	flag.IntVar(&o.valid, "valid", 1000, "images to validate on")
	flag.IntVar(&o.nodes, "nodes", 8, "nodes in each of the three stages")
	flag.IntVar(&o.channels, "channels", 8, "channels of the first stage")
	flag.IntVar(&o.head, "head", 64, "channels of the last convolution")
	flag.IntVar(&o.halvings, "halvings", 2, "how often the image size is halved; 0: in both convolutions and all stages")
	flag.IntVar(&o.degree, "k", 4, "neighbors of a node on the ring of a Watts-Strogatz graph")
	flag.Float64Var(&o.rewired, "p", 0.75, "probability that an edge of such a graph is rewired")
	flag.IntVar(&o.epochs, "epochs", 3, "epochs of each training")
	flag.IntVar(&o.batch, "batch", 32, "batch size of a training")
	flag.Float64Var(&o.rate, "rate", 0.1, "learning rate at the start; it follows a cosine to zero")
	flag.BoolVar(&o.augment, "augment", false, "shift images by up to 4 pixels and mirror them")
	flag.IntVar(&o.evals, "evals", 120, "architectures that each search trains")
	flag.IntVar(&o.compared, "compared", 20, "how many of the last are compared with as many Watts-Strogatz graphs")
	flag.IntVar(&o.round, "round", 10, "architectures in each round")
	flag.IntVar(&o.exploring, "exploring", 3, "rounds of Watts-Strogatz graphs before the generator proposes")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed: of the search, of the split of the images and of all trainings")
	flag.IntVar(&o.seeds, "seeds", 1, "number of seeds, counted up from the first")
	flag.Usage = usage
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "randwire:", err)
		stop()
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintf(flag.CommandLine.Output(), `Randwire searches for how to wire an image classifier.

Settings close to the published ones (arXiv 2211.15155 and 1904.01569), which take weeks on a CPU:

  -data tiny-imagenet -dir tiny-imagenet-200 -train 0 -valid 10000 -augment
  -nodes 32 -channels 78 -head 1280 -halvings 0 -epochs 100 -batch 256

Flags:
`)
	flag.PrintDefaults()
}

func run(ctx context.Context, o options, out io.Writer) error {
	if o.seeds < 1 || o.compared < 2 || o.evals < o.compared || o.round < 1 {
		return errors.New("-seeds and -round must be at least 1, -compared at least 2, and -evals at least -compared")
	}
	if o.train < 0 {
		return fmt.Errorf("-train must not be negative, got %d", o.train)
	}
	var all outcome
	for i := range o.seeds {
		seed := o.seed + uint64(i)
		r, err := search(ctx, o, seed, out)
		if err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		all.add(r)
	}
	printDifference(out, all.learned, all.plain)
	_, err := fmt.Fprintln(out, all.failures)
	return err
}
