package torch

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The values of the flag -worker.
const (
	Go     = "go"     // training runs run in this program
	Python = "python" // in processes of worker.py on this machine
	Queue  = "queue"  // by workers of a NATS queue
)

// Trainer says where training runs run, as flags of a program.
type Trainer struct {
	Worker                 string // Go, Python or Queue
	Python, Script, Device string
	Checkpoints            string
	Processes              int
	Server, Creds, Name    string
}

// Flags adds the flags.
func (t *Trainer) Flags(flags *flag.FlagSet) {
	flags.StringVar(&t.Worker, "worker", Go, "what trains networks from scratch: go (this program), python (processes with PyTorch) or queue (workers of a NATS queue)")
	flags.StringVar(&t.Python, "python", "python3", "Python with PyTorch, for -worker python")
	flags.StringVar(&t.Script, "script", "examples/pytorch/worker.py", "the `program` that trains, for -worker python")
	flags.StringVar(&t.Device, "device", "auto", "auto, cpu or cuda, for -worker python")
	flags.StringVar(&t.Checkpoints, "checkpoints", "", "`directory` for checkpoints of unfinished training runs, for -worker python (default: none)")
	flags.IntVar(&t.Processes, "processes", 1, "training runs in parallel, for -worker python and queue")
	flags.StringVar(&t.Server, "server", "nats://127.0.0.1:4222", "`address` of the NATS server, for -worker queue")
	flags.StringVar(&t.Creds, "creds", "", "`file` of credentials of the NATS server, for -worker queue")
	flags.StringVar(&t.Name, "queue", "graphpnas", "`name` of the queue, for -worker queue")
}

// Validate returns an error if the flags are invalid.
func (t Trainer) Validate() error {
	if t.Worker != Go && t.Worker != Python && t.Worker != Queue {
		return program.Usagef("-worker must be go, python or queue, got %q", t.Worker)
	}
	return tool.Check(tool.Bound{Name: "processes", Value: t.Processes, Least: 1})
}

// Workers returns the number of evaluations to run in parallel. It is 0, the number of CPUs that Go uses, if this program trains.
func (t Trainer) Workers() int {
	if t.Worker == Go {
		return 0
	}
	return t.Processes
}

// Training is what networks are trained on, and how.
type Training struct {
	// Space and Design give an architecture its network.
	Space  searchspace.Space
	Design network.Design
	// Dataset is one of worker.py's, and Dir the folder with its files. In a queue the workers choose both; they must agree.
	Dataset, Dir string
	// Budget is as examples/pytorch/README.md describes it.
	Budget map[string]float64
	Seed   uint64
	// Objective names everything else that the accuracy depends on, for results in a queue.
	Objective string
}

// Open returns an evaluator that trains in PyTorch, and a function that closes it. Values are accuracies in percent.
func (t Trainer) Open(ctx context.Context, what Training) (evaluator.Evaluator, func() error, error) {
	e, closed, err := t.OpenWorker(ctx, what)
	if err != nil {
		return nil, nil, err
	}
	return percent{evaluator.Retried{Evaluator: e, Attempts: 3}}, closed, nil
}

// OpenWorker returns an evaluator that passes on requests to worker.py, and a function that closes it. Values are accuracies
// from 0 to 1.
func (t Trainer) OpenWorker(ctx context.Context, what Training) (evaluator.Evaluator, func() error, error) {
	input, err := Input(what.Dataset, what.Dir, 0)
	if err != nil {
		return nil, nil, err
	}
	plan := network.Planner(what.Design, input)
	if t.Worker == Queue {
		return t.queue(ctx, what, plan)
	}
	arguments := []string{t.Python, t.Script, "--data", what.Dir, "--dataset", what.Dataset, "--device", t.Device}
	if t.Checkpoints != "" {
		arguments = append(arguments, "--checkpoints", t.Checkpoints)
	}
	e, err := command.New(what.Space, command.Config{
		Command: arguments, Processes: t.Processes, Timeout: 7 * 24 * time.Hour, Grace: 30 * time.Second,
		Budget: what.Budget, Seed: what.Seed, Plan: plan,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, nil, err
	}
	return e, e.Close, nil
}

// queue returns the coordinator of a queue.
func (t Trainer) queue(ctx context.Context, what Training, plan protocol.Planner) (evaluator.Evaluator, func() error, error) {
	options := []nats.Option{nats.Name("graphpnas coordinator"), nats.MaxReconnects(-1)}
	switch {
	case t.Creds != "":
		options = append(options, nats.UserCredentials(t.Creds))
	case os.Getenv("NATS_TOKEN") != "":
		options = append(options, nats.Token(os.Getenv("NATS_TOKEN")))
	}
	nc, err := nats.Connect(t.Server, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", t.Server, err)
	}
	e, err := jetstream.New(ctx, nc, what.Space, jetstream.Config{
		Queue: jetstream.Queue{Name: t.Name}, Objective: strings.Join([]string{what.Dataset, what.Objective}, ", "),
		Budget: what.Budget, Seed: what.Seed, Plan: plan, Outstanding: t.Processes,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return e, func() error {
		defer nc.Close()
		return e.Close()
	}, nil
}

// percent turns worker.py's accuracies into percent, as package oracle has them.
type percent struct{ evaluator.Evaluator }

// Evaluate evaluates.
func (p percent) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := p.Evaluator.Evaluate(ctx, a)
	r.Value *= 100
	return r, err
}
