package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/examples/distributed/internal/cluster"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/searchspace"
)

const (
	// visible is the variable that determines which GPUs a CUDA process sees.
	visible = "CUDA_VISIBLE_DEVICES"
	// retry is how long a slot that cannot evaluate waits before it tries again. The wait doubles up to
	// longest.
	retry, longest = 10 * time.Second, 5 * time.Minute
	// ending is how long a process may take to exit after its last evaluation.
	ending = 30 * time.Second
)

// slot is a place for one process of the program, such as a GPU.
type slot struct {
	name string
	env  []string
}

// slots returns a slot for each GPU or process.
func (o options) slots(ctx context.Context) (all []slot, err error) {
	environment := cluster.Environment()
	if o.gpus == "" {
		n := max(o.processes, 1)
		for i := range n {
			name := o.name
			if n > 1 {
				name = fmt.Sprintf("%s-%d", o.name, i)
			}
			all = append(all, slot{name, environment})
		}
		return all, nil
	}
	gpus := strings.Split(o.gpus, ",")
	if o.gpus == "all" {
		if gpus, err = findGPUs(ctx); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{}
	for _, gpu := range gpus {
		gpu = strings.TrimSpace(gpu)
		if gpu == "" || seen[gpu] {
			return nil, program.Usagef("-gpus must be all, or different numbers separated by commas, got %q", o.gpus)
		}
		seen[gpu] = true
		env := append(environment[:len(environment):len(environment)], visible+"="+gpu) // the last value of a variable takes effect
		all = append(all, slot{o.name + "-gpu" + gpu, env})
	}
	return all, nil
}

// findGPUs returns the GPUs that this process may use: those that CUDA_VISIBLE_DEVICES names, as Slurm sets it, or all.
func findGPUs(ctx context.Context) ([]string, error) {
	if given, isSet := os.LookupEnv(visible); isSet {
		if given == "" {
			return nil, fmt.Errorf("-gpus all: $%s is empty, so there is no GPU to use", visible)
		}
		return strings.Split(given, ","), nil
	}
	text, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=index", "--format=csv,noheader").CombinedOutput()
	if err != nil {
		said := strings.TrimSpace(string(text))
		return nil, fmt.Errorf("-gpus all: cannot find the GPUs, so name them, as in -gpus 0,1: %w\n%s", err, said)
	}
	gpus := strings.Fields(string(text))
	if len(gpus) == 0 {
		return nil, errors.New("-gpus all: nvidia-smi lists no GPU")
	}
	return gpus, nil
}

// serve runs a process of the program until ctx ends. If the process can no longer be used, serve
// tries again after a while, unless the program has never answered, which means that the settings
// are wrong.
func (s slot) serve(ctx context.Context, o options, w jetstream.Worker) error {
	processes, err := command.New(w.Space, command.Config{Command: o.command, Env: s.env, Timeout: o.timeout, Grace: ending})
	if err != nil {
		return err
	}
	defer func() {
		if err := processes.Close(); err != nil {
			w.Logger.Warn("the program did not end by itself", "error", err)
		}
	}()
	var answers atomic.Int64
	w.Evaluator = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		begin := time.Now()
		r, err := processes.Evaluate(ctx, a)
		took := time.Since(begin).Round(time.Millisecond)
		switch text := searchspace.Text(w.Space, a); {
		case err == nil:
			answers.Add(1)
			w.Logger.Info("evaluated", "architecture", text, "value", r.Value, "took", took)
		case ctx.Err() == nil:
			w.Logger.Warn("failed", "architecture", text, "error", err, "took", took)
		}
		return r, err
	})
	w.Logger.Info("waiting for requests", "queue", w.Queue.Name, "program", strings.Join(o.command, " "))
	for wait := retry; ; wait = min(2*wait, longest) {
		before := answers.Load()
		err := w.Run(ctx)
		switch {
		case err == nil || w.Conn.IsClosed():
			return err
		case answers.Load() == 0:
			return err
		case answers.Load() > before:
			wait = retry
		}
		w.Logger.Warn("cannot evaluate", "error", err, "next attempt in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}
