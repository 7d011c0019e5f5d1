package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
)

const (
	// python is the name of the worker that runs as a separate program.
	python = "python"
	// workerPackage is the package of that program.
	workerPackage = "github.com/graphpnas/graphpnas/examples/distributed/worker"
	// patience is how long a worker may take to exit before it is killed. It ends its trainer
	// first.
	patience = time.Minute
)

// errDone is the cause of the end of workers when the search is done.
var errDone = errors.New("the search is done")

// startWorkers starts the processes of the workers, which end when ctx ends. It reports workers that end earlier, and calls
// gone if none is left. wait returns when all have ended.
func startWorkers(
	ctx context.Context, server *embedded.Server, o options, b *board, gone context.CancelCauseFunc,
) (wait func(), err error) {
	var running sync.WaitGroup
	dir, err := os.MkdirTemp("", "distributed")
	if err != nil {
		return running.Wait, err
	}
	wait = func() {
		running.Wait()
		_ = os.RemoveAll(dir) // contains the worker's program
	}
	var left atomic.Int64
	left.Store(int64(len(o.workers)))
	for _, name := range o.workers {
		c, err := o.command(ctx, name, dir)
		if err != nil {
			return wait, fmt.Errorf("worker %s: %w", name, err)
		}
		o.prepare(c, server, b)
		if err := c.Start(); err != nil {
			return wait, fmt.Errorf("worker %s: %w", name, err)
		}
		running.Go(func() {
			err := c.Wait()
			if ctx.Err() == nil {
				b.say(fmt.Sprintf("worker %s has ended: %v", name, err))
			}
			if left.Add(-1) == 0 {
				gone(errors.New("no worker is left"))
			}
		})
	}
	return wait, nil
}

// prepare configures how a worker's process finds the server, and how it ends.
func (o options) prepare(c *exec.Cmd, server *embedded.Server, b *board) {
	// The token is in the environment, where other users cannot read it.
	c.Env = append(c.Environ(), "NATS_URL="+server.URL(), "NATS_TOKEN="+server.Token())
	if os.Getenv("OMP_NUM_THREADS") == "" {
		c.Env = append(c.Env, "OMP_NUM_THREADS=1") // three training runs in parallel would slow each other down
	}
	c.Stderr = b
	c.SysProcAttr = attributes() // Ctrl-C is for the coordinator, which then ends its workers
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = patience
}

// command returns the command of a worker.
func (o options) command(ctx context.Context, name, dir string) (*exec.Cmd, error) {
	trainer := []string{o.python, o.trainer, "--data", o.data}
	if name != python {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		c := exec.CommandContext(ctx, self, trainer...)
		c.Env = append(os.Environ(), nameVariable+"="+name)
		return c, nil
	}
	program := o.worker
	if program == "" {
		program = filepath.Join(dir, "worker")
		build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, workerPackage)
		if text, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", build, err, text)
		}
	}
	return exec.CommandContext(ctx, program, append([]string{"-quiet", "-name", name, "--"}, trainer...)...), nil
}
