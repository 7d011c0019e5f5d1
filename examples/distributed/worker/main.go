// Worker evaluates for the queue of a search with any program that speaks the protocol, such as a trainer in Python. The program
// needs no NATS client.
//
//	NATS_TOKEN=… worker -server nats://127.0.0.1:4222 -- python3 train.py
//	NATS_USER=worker NATS_PASSWORD=… worker -server tls://a:4222,tls://b:4222,tls://c:4222 -ca ca.pem -gpus all -- python3 train.py
//	worker -server tls://nats.example.com:4222 -creds worker.creds -processes 4 -- python3 train.py
//
// It runs one process of the program for each GPU, which sees only that GPU (CUDA_VISIBLE_DEVICES), and replaces a process
// that has crashed. Each process evaluates one architecture at a time. When the worker is interrupted or terminated, it
// returns its requests to the queue, where other workers get them at once.
//
// Secrets belong in the environment or a file, because every user of a machine can read command lines. Environment
// variables that begin with NATS_ are not passed to the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/examples/distributed/internal/cluster"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spaces are the search spaces whose architectures this program checks before it passes them on.
var spaces = map[string]searchspace.Space{
	searchspace.NASBench101{}.Name(): searchspace.NASBench101{},
	searchspace.NASBench201{}.Name(): searchspace.NASBench201{},
}

// unchecked is any other space. Its architectures are not checked, but the program checks the plan in the
// request.
type unchecked struct {
	searchspace.Space // nil: a worker needs only the methods below
	name              string
}

func (u unchecked) Name() string                    { return u.name }
func (u unchecked) Validate(searchspace.Arch) error { return nil }

// spaceOf returns the space that -space names.
func spaceOf(name string) searchspace.Space {
	if s := spaces[name]; s != nil {
		return s
	}
	return unchecked{name: name}
}

const about = `usage: worker [flags] -- program [arguments]

Worker evaluates for the queue of a search with a program, such as "python3 train.py". It runs one process of the program for
each GPU (-gpus), or as many as -processes says.`

type options struct {
	cluster.Server
	queue, space, name string
	gpus               string
	processes          int
	deliveries         int
	grace, timeout     time.Duration
	quiet              bool
	command            []string
}

func main() {
	var o options
	os.Args, o.command = split(os.Args)
	o.flags(flag.CommandLine)
	program.About(about)
	program.Main(func(ctx context.Context) error {
		level := slog.LevelInfo
		if o.quiet {
			level = slog.LevelWarn
		}
		return run(ctx, o, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	})
}

// split separates the worker's arguments from the program that follows "--".
func split(args []string) (own, command []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, nil
}

func (o *options) flags(flags *flag.FlagSet) {
	o.Server.Flags(flags, "nats://127.0.0.1:4222")
	flags.StringVar(&o.queue, "queue", "graphpnas", "`name` of the queue")
	flags.StringVar(&o.space, "space", "nasbench201", "name of the search `space`: nasbench101, nasbench201 or any other whose requests have plans")
	flags.StringVar(&o.name, "name", "", "`name` of the worker in reports (default: the host's name and the process id)")
	flags.StringVar(&o.gpus, "gpus", "", "GPUs to use, one process each: all, or numbers separated by commas, such as 0,1")
	flags.IntVar(&o.processes, "processes", 0, "processes that do not each use a GPU (default: 1 if -gpus is not set)")
	flags.IntVar(&o.deliveries, "deliveries", 5, "number of attempts at an architecture before workers give up on it")
	flags.BoolVar(&o.quiet, "quiet", false, "log only warnings and errors")
	flags.DurationVar(&o.grace, "grace", 0, "how long evaluations may continue when the worker is told to stop")
	flags.DurationVar(&o.timeout, "timeout", 0, "how long an evaluation may take (default: no limit)")
}

// validate returns an error if the command line is invalid.
func (o *options) validate() error {
	switch {
	case len(o.command) == 0:
		return program.Usagef(`no program to evaluate with: add it to the end, as in "worker -- python3 train.py"`)
	case o.space == "":
		return program.Usagef("-space must not be empty")
	case o.gpus != "" && o.processes != 0:
		return program.Usagef("-gpus and -processes cannot be used together")
	case o.processes < 0:
		return program.Usagef("-processes must be at least 1, got %d", o.processes)
	case o.deliveries < 1:
		return program.Usagef("-deliveries must be at least 1, got %d", o.deliveries)
	case o.grace < 0:
		return program.Usagef("-grace must not be negative, got %v", o.grace)
	case o.timeout < 0:
		return program.Usagef("-timeout must not be negative, got %v", o.timeout)
	}
	return nil
}

// run evaluates until ctx ends, or until no process of the program can be used.
func run(ctx context.Context, o options, log *slog.Logger) error {
	if err := o.validate(); err != nil {
		return err
	}
	if _, err := exec.LookPath(o.command[0]); err != nil {
		return err
	}
	if o.name == "" {
		host, _ := os.Hostname() // if it fails, the name has no host
		o.name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	slots, err := o.slots(ctx)
	if err != nil {
		return err
	}
	nc, err := o.Connect("graphpnas worker "+o.name, func(err error) { log.Warn("trouble with the server", "error", err) })
	if err != nil {
		return err
	}
	defer nc.Close()
	ended := make(chan error)
	for _, s := range slots {
		worker := jetstream.Worker{
			Conn: nc, Space: spaceOf(o.space), Queue: jetstream.Queue{Name: o.queue}, Name: s.name,
			Deliveries: o.deliveries, Grace: o.grace, Logger: log.With("worker", s.name),
		}
		go func() { ended <- s.serve(ctx, o, worker) }()
	}
	var errs []error
	for range slots {
		errs = append(errs, <-ended)
	}
	if err := errors.Join(errs...); err != nil || ctx.Err() == nil {
		return err
	}
	log.Info("stopped", "reason", context.Cause(ctx), "requests", "returned to the queue")
	return nil
}
