// Distributed searches the cells of NAS-Bench-201 by training them on Fashion-MNIST, with a coordinator and workers that are
// separate processes. On Debian, install python3-torch and dataset-fashion-mnist and run
//
//	go run ./examples/distributed -python /usr/bin/python3
//
// The program itself is the coordinator: it searches, and shows a table of the workers, the queue and the best architecture so
// far. Without -server it also runs a NATS server and three workers on this machine:
//
//   - go-1 and go-2, workers in Go: this program again. Their evaluator is built from those of the library, as in your own
//     program: examples/pytorch/worker.py does the training, with a time limit and with retries after temporary failures.
//   - python, a worker for machines whose trainer is not a Go program: the program in the directory worker, which is built
//     first, with the same trainer. Nothing in it is specific to this search.
//
// With -server it uses the NATS server or cluster at that address, and workers that run elsewhere:
//
//	go run ./examples/distributed -server tls://a:4222,tls://b:4222,tls://c:4222 -ca ca.pem -creds coordinator.creds -replicas 3
//
// With -live :8080, a browser shows the search, its workers and the queue at localhost:8080 while it runs.
//
// If it is interrupted, the same command continues from the results so far. README.md describes workers on other
// machines.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/graphpnas/graphpnas/examples/distributed/internal/cluster"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench201{}

const about = `usage: distributed [flags]

Distributed searches the cells of NAS-Bench-201 by training them on Fashion-MNIST, with workers that are separate processes.
Without -server it runs a NATS server and three workers on this machine. With -server it uses that server, and workers that were
started elsewhere.`

type options struct {
	cluster.Server
	queue                 string
	replicas              int
	dir, worker           string
	python, trainer, data string
	evals, channels       int
	fraction              float64
	retryFailures         bool
	live, report          string
	workers               []string // that are started here
}

func main() {
	if name := os.Getenv(nameVariable); name != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := work(ctx, name, os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "worker %s: %v\n", name, err)
			stop()
			os.Exit(1)
		}
		return
	}
	var o options
	o.flags(flag.CommandLine)
	program.About(about)
	program.Main(func(ctx context.Context) error {
		if err := o.validate(ctx); err != nil {
			return err
		}
		return run(ctx, o, os.Stdout)
	})
}

func (o *options) flags(flags *flag.FlagSet) {
	o.Server.Flags(flags, "")
	flags.StringVar(&o.queue, "queue", "graphpnas", "`name` of the queue")
	flags.IntVar(&o.replicas, "replicas", 1, "number of servers of the cluster that store the queue: 1, 3 or 5")
	flags.StringVar(&o.dir, "dir", "distributed.streams", "`directory` of the streams of this program's own server")
	flags.StringVar(&o.worker, "worker", "", "`program` of the worker named python (default: built from the directory worker)")
	flags.StringVar(&o.python, "python", "python3", "Python with PyTorch, for the workers that this program starts")
	flags.StringVar(&o.trainer, "trainer", "examples/pytorch/worker.py", "the `program` that trains")
	flags.StringVar(&o.data, "data", "/usr/share/datasets/fashion-mnist", "`directory` with the files of the data set")
	flags.IntVar(&o.evals, "evals", 18, "architectures to train, at least 1")
	flags.IntVar(&o.channels, "channels", 4, "channels of the first stage, at least 1; published: 16")
	flags.Float64Var(&o.fraction, "fraction", 0.05, "fraction of the training images to use, above 0 and at most 1")
	flags.StringVar(&o.live, "live", "", "`address` of a live page of the search, workers and queue, such as :8080, which only this machine can\n"+
		"reach; /metrics has figures for Prometheus")
	flags.StringVar(&o.report, "report", "", "`file` to write the page to when the search ends")
	flags.BoolVar(&o.retryFailures, "retry-failures", false, "retrain the architectures that failed in earlier runs")
}

// validate returns an error if the command line is invalid, or if Python lacks PyTorch, without
// which every training run would fail. It also sets the workers of this machine.
func (o *options) validate(ctx context.Context) error {
	switch {
	case o.evals < 1:
		return program.Usagef("-evals must be at least 1, got %d", o.evals)
	case o.channels < 1:
		return program.Usagef("-channels must be at least 1, got %d", o.channels)
	case !(o.fraction > 0 && o.fraction <= 1): // NaN too
		return program.Usagef("-fraction must be above 0 and at most 1, got %v", o.fraction)
	case o.replicas < 1:
		return program.Usagef("-replicas must be at least 1, got %d", o.replicas)
	case o.URL == "" && o.replicas > 1:
		return program.Usagef("-replicas applies only to the servers of a cluster: name them with -server")
	case o.URL != "":
		return nil
	}
	o.workers = []string{"go-1", "go-2", python}
	said, err := exec.CommandContext(ctx, o.python, "-c", "import torch").CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s cannot import PyTorch; name a Python that can with -python: %w\n%s", o.python, err, said)
	}
	return nil
}
