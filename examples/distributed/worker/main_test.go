package main

import (
	"context"
	"flag"
	"io"
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
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestBadCommandLines(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no program"},
		{[]string{"-n", "2"}, "no program"},
		{[]string{"-n", "0", "train"}, "-n must be at least 1, got 0"},
		{[]string{"-n", "many", "train"}, `invalid value "many"`},
		{[]string{"-space", "darts", "train"}, `unknown space "darts"`},
		{[]string{"-shell", "train"}, "not defined: -shell"},
		{[]string{"-timeout", "-1s", "train"}, "a timeout of -1s"},
		{[]string{"-creds", "/no/such.creds", "train"}, "/no/such.creds"},
		{[]string{"-ca", "/no/such.pem", "train"}, "/no/such.pem"},
		{[]string{"-server", "nats://127.0.0.1:1", "train"}, "connecting to nats://127.0.0.1:1"},
	} {
		assert.ErrorContains(t, run(t.Context(), c.args, io.Discard), c.want, "%q", c.args)
	}
	assert.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard), flag.ErrHelp)
}

func TestBadSettingsOfTheWorker(t *testing.T) {
	s := startServer(t)
	for want, args := range map[string][]string{
		"-1 deliveries":              {"-deliveries", "-1", "train"},
		"a grace of -1s":             {"-grace", "-1s", "train"},
		"the queue's name is not of": {"-queue", "a.b", "train"},
	} {
		assert.ErrorContains(t, run(t.Context(), append([]string{"-server", s.URL()}, args...), io.Discard), want)
	}
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
		assert.NoError(t, run(ctx, append([]string{"-server", s.URL(), "-name", "one", "--"}, program...), io.Discard))
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
	r, err := evaluate(t, cell, c, "python3", "../../worker/worker.py")
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
	tiny := map[string]float64{"epochs": 1, "channels": 4, "cells": 1, "fraction": 0.05, "validation": 0.01, "batch": 32}
	r, err := evaluate(t, cell, jetstream.Config{Budget: tiny, Seed: 1}, python(t), "-B", trainer, "--device", "cpu", "--data", images)
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
