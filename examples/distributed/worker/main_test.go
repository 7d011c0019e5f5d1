package main

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// parse reads a command line.
func parse(args ...string) (o options, err error) {
	own, command := split(append([]string{"worker"}, args...))
	flags := flag.NewFlagSet("worker", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	o.flags(flags)
	err = flags.Parse(own[1:])
	o.command = command
	return o, err
}

// call runs the program with a command line.
func call(ctx context.Context, args ...string) error {
	o, err := parse(args...)
	if err != nil {
		return err
	}
	return run(ctx, o, slog.New(slog.DiscardHandler))
}

func TestBadCommandLines(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no program to evaluate with"},
		{[]string{"-processes", "2"}, "no program to evaluate with"},
		{[]string{"-processes", "-1", "--", "sh"}, "-processes must be at least 1, got -1"},
		{[]string{"-processes", "many", "--", "sh"}, `invalid value "many"`},
		{[]string{"-processes", "2", "-gpus", "all", "--", "sh"}, "-gpus and -processes cannot be used together"},
		{[]string{"-gpus", "0,,1", "--", "sh"}, "-gpus must be all, or different numbers separated by commas"},
		{[]string{"-gpus", "0,0", "--", "sh"}, "-gpus must be all, or different numbers separated by commas"},
		{[]string{"-space", "", "--", "sh"}, "-space must not be empty"},
		{[]string{"-shell", "--", "sh"}, "not defined: -shell"},
		{[]string{"-timeout", "-1s", "--", "sh"}, "-timeout must not be negative, got -1s"},
		{[]string{"-grace", "-1s", "--", "sh"}, "-grace must not be negative, got -1s"},
		{[]string{"-deliveries", "0", "--", "sh"}, "-deliveries must be at least 1, got 0"},
		{[]string{"-creds", "/no/such.creds", "--", "sh"}, "/no/such.creds"},
		{[]string{"-nkey", "/no/such.nkey", "--", "sh"}, "/no/such.nkey"},
		{[]string{"-ca", "/no/such.pem", "--", "sh"}, "/no/such.pem"},
		{[]string{"-cert", "/no/such.pem", "--", "sh"}, "/no/such.pem"},
		{[]string{"-server", "nats://127.0.0.1:1", "--", "sh"}, "connecting to nats://127.0.0.1:1"},
		{[]string{"--", "no-such-program"}, "no-such-program"},
	} {
		assert.ErrorContains(t, call(t.Context(), c.args...), c.want, "%q", c.args)
	}
	assert.ErrorIs(t, call(t.Context(), "-h"), flag.ErrHelp)
}

func TestBadQueue(t *testing.T) {
	s := startServer(t)
	assert.ErrorContains(t, call(t.Context(), "-server", s.URL(), "-queue", "a.b", "--", "sh"), `Queue.Name must consist of`)
}

// startServer starts a server whose token is in the environment.
func startServer(t *testing.T) *embedded.Server {
	s, err := embedded.Start(embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	t.Setenv("NATS_TOKEN", s.Token())
	return s
}

// evaluate has a program behind a worker evaluate one cell.
func evaluate(t *testing.T, notation string, c jetstream.Config, program ...string) (evaluator.Result, error) {
	s := startServer(t)
	nc, err := s.Connect()
	require.NoError(t, err)
	defer nc.Close()
	space := searchspace.NASBench201{}
	e, err := jetstream.New(t.Context(), nc, space, c)
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close()) }()

	ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
	var serving sync.WaitGroup
	serving.Go(func() {
		assert.NoError(t, call(ctx, append([]string{"-server", s.URL(), "-name", "one", "--"}, program...)...))
	})
	defer serving.Wait()
	defer stop()
	a, err := space.Parse(notation)
	require.NoError(t, err)
	return e.Evaluate(ctx, a)
}

const cell = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"

func TestServesWithAProgram(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	var worker string
	c := jetstream.Config{
		Budget:   map[string]float64{"epochs": 2},
		OnAnswer: func(a jetstream.Answer) { worker = a.Worker },
	}
	r, err := evaluate(t, cell, c, "python3", "../../10-python-trainer/worker.py")
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{"edges": 6}, r.Metrics)
	assert.Equal(t, "one", worker)
}

func TestTheProgramDoesNotGetTheToken(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	_, err := evaluate(t, cell, jetstream.Config{}, "python3", "-c", `
import json, os
r = json.loads(input())
print(json.dumps({"id": r["id"], "error": "it knows " + ",".join(k for k in os.environ if k.startswith("NATS"))}))`)
	assert.ErrorContains(t, err, "it knows ")
	assert.NotContains(t, err.Error(), "NATS_TOKEN")
}

// A cell of NAS-Bench-201, in seconds of one core: the trainer of examples/pytorch behind a queue.
func TestTrainingOnFashionMNIST(t *testing.T) {
	const images = "/usr/share/datasets/fashion-mnist"
	if _, err := os.Stat(images); err != nil {
		t.Skip(err)
	}
	trainer, err := filepath.Abs("../../pytorch/worker.py")
	require.NoError(t, err)
	t.Setenv("OMP_NUM_THREADS", "1")
	c := jetstream.Config{
		Budget: map[string]float64{"epochs": 1, "fraction": 0.05, "validation": 0.01, "batch": 32}, Seed: 1,
		Plan: network.Planner(network.NASBench201{Channels: 4, Cells: 1}, network.Input{Channels: 1, Height: 28, Width: 28, Classes: 10}),
	}
	r, err := evaluate(t, cell, c, python(t), "-B", trainer, "--device", "cpu", "--data", images)
	require.NoError(t, err)
	t.Logf("accuracy %.3f, %v, %v", r.Value, r.Metrics, r.Cost)
	assert.Greater(t, r.Value, 0.5, "chance is 0.1")
	assert.Positive(t, r.Cost)
	assert.Positive(t, r.Metrics["params"])
}

// python is a Python with PyTorch: $PYTHON, or that of the system, which another one in PATH may hide.
func python(t *testing.T) string {
	for _, p := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if p != "" && exec.Command(p, "-c", "import torch").Run() == nil {
			return p
		}
	}
	t.Skip("no Python with PyTorch")
	return ""
}
