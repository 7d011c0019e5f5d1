// Randwire searches for how to wire an image classifier (RandWire: Xie et al. 2019, arXiv 1904.01569), as GraphPNAS does in
// its second experiment: every architecture is trained from scratch. The generator begins with wirings of the kind that
// RandWire found best, graphs of Watts and Strogatz, and learns from the accurate ones. At the end as many fresh graphs of
// that kind are trained as the search has trained last, and the two are compared.
//
//	go run ./examples/randwire
//	go run ./examples/randwire -data fashion-mnist
//
// The first needs no files, the second Fashion-MNIST, which Debian has as dataset-fashion-mnist.
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
	flag.StringVar(&o.data, "data", "digits", "images: digits, which need no files, fashion-mnist or tiny-imagenet")
	flag.StringVar(&o.dir, "dir", "/usr/share/datasets/fashion-mnist", "folder of the images' files")
	flag.IntVar(&o.train, "train", 600, "images to train on; 0: all that are left")
	flag.IntVar(&o.valid, "valid", 1000, "images to validate on")
	flag.IntVar(&o.nodes, "nodes", 8, "nodes of each of the three stages")
	flag.IntVar(&o.channels, "channels", 8, "channels of the first stage")
	flag.IntVar(&o.head, "head", 64, "channels of the last convolution")
	flag.IntVar(&o.halvings, "halvings", 2, "how often images are halved; 0: in both convolutions and all stages")
	flag.IntVar(&o.degree, "k", 4, "neighbours of a node on the ring of Watts and Strogatz")
	flag.Float64Var(&o.rewired, "p", 0.75, "probability that an edge of theirs is rewired")
	flag.IntVar(&o.epochs, "epochs", 3, "epochs of a training")
	flag.IntVar(&o.batch, "batch", 32, "images a step")
	flag.Float64Var(&o.rate, "rate", 0.1, "learning rate, falling along a cosine")
	flag.BoolVar(&o.augment, "augment", false, "shift images by up to 4 pixels and mirror them")
	flag.IntVar(&o.evals, "evals", 120, "architectures that the search trains")
	flag.IntVar(&o.compared, "compared", 20, "how many of the last are compared with as many graphs of Watts and Strogatz")
	flag.IntVar(&o.round, "round", 10, "architectures a round")
	flag.IntVar(&o.exploring, "exploring", 3, "rounds before the generator draws")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed, of the search, the images' division and all trainings")
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

What comes near the published settings (arXiv 2211.15155 and 1904.01569), weeks on a processor, is

  -data tiny-imagenet -dir tiny-imagenet-200 -train 0 -valid 10000 -augment
  -nodes 32 -channels 78 -head 1280 -halvings 0 -epochs 100 -batch 256

Flags:
`)
	flag.PrintDefaults()
}

func run(ctx context.Context, o options, out io.Writer) error {
	if o.seeds < 1 || o.compared < 2 || o.evals < o.compared || o.round < 1 {
		return errors.New("at least one seed, one architecture a round, two to compare and as many to train are needed")
	}
	if o.train < 0 {
		return fmt.Errorf("-train %d", o.train)
	}
	var learned, plain []float64
	for i := range o.seeds {
		seed := o.seed + uint64(i)
		l, p, err := search(ctx, o, seed, out)
		if err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		learned, plain = append(learned, l...), append(plain, p...)
	}
	printDifference(out, learned, plain)
	return nil
}
