package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestMain runs the tests, or a worker or a server if a test has started this program as one.
func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case os.Getenv(nameVariable) != "":
		err = work(ctx, os.Getenv(nameVariable), os.Args[1:])
	case os.Getenv(serverVariable) != "":
		err = serve(os.Getenv(serverVariable))
	default:
		stop()
		goleak.VerifyTestMain(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// python3 returns a Python that runs the given code: $PYTHON, the one in PATH or the system's.
func python3(t *testing.T, needed string) string {
	for _, p := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if p != "" && exec.Command(p, "-c", needed).Run() == nil {
			return p
		}
	}
	t.Skip("no Python runs: " + needed)
	return ""
}

// worker builds the program of the worker named python.
func worker(t *testing.T) string {
	program := filepath.Join(t.TempDir(), "worker")
	text, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./worker").CombinedOutput()
	require.NoError(t, err, "%s", text)
	return program
}

// until returns a context that ends what would otherwise wait forever.
func until(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// formula returns options with which the workers use a program that trains nothing.
func formula(t *testing.T, workers ...string) options {
	return options{
		dir: t.TempDir(), queue: "graphpnas", replicas: 1, workers: workers, evals: 12, channels: 1, fraction: 0.01,
		python: python3(t, "import json"), trainer: "../10-python-trainer/worker.py",
	}
}

func TestSearchByTraining(t *testing.T) {
	const images = "/usr/share/datasets/fashion-mnist"
	if _, err := os.Stat(images); err != nil {
		t.Skip(err)
	}
	o := options{
		dir: t.TempDir(), queue: "graphpnas", replicas: 1, workers: []string{"go-1", "go-2", python}, evals: 6, channels: 2, fraction: 0.01,
		python: python3(t, "import torch"), trainer: "../pytorch/worker.py", data: images,
	}
	var first, again bytes.Buffer
	require.NoError(t, run(until(t), o, &first))
	lines := strings.Split(strings.TrimSpace(first.String()), "\n")
	t.Log(first.String())
	require.Len(t, lines, 7)
	for _, line := range lines[:6] {
		assert.Regexp(t, `^(go-1|go-2|python)  +accuracy [01]\.\d{4}  +\d+\.\d s  \|.*\|  `+
			`\(queue: \d waiting, \d running; best so far: [01]\.\d{4}\)$`, line)
	}
	assert.Regexp(t, `^best: 0\.\d{4}  \|.*\|  trained for .*s in all; 0 of 6 evaluations failed$`, lines[6])

	o.trainer = "gone.py"
	require.NoError(t, run(until(t), o, &again))
	repeated := strings.Split(strings.TrimSpace(again.String()), "\n")
	assert.Equal(t, lines[6], repeated[len(repeated)-1], "all of it is still there")
}

func TestEachWorkerServes(t *testing.T) {
	program := worker(t)
	for _, name := range []string{"go-1", python} {
		o := formula(t, name)
		o.worker = program
		var out bytes.Buffer
		require.NoError(t, run(until(t), o, &out), name)
		assert.Equal(t, 12, strings.Count(out.String(), name+" "), out.String())
		assert.Regexp(t, `\nbest: .*; 0 of 12 evaluations failed\n$`, out.String())
	}
}

func TestSearchEndsIfNoWorkerIsLeft(t *testing.T) {
	o := formula(t, "go-1", "go-2")
	o.python = "no-such-python"
	var out bytes.Buffer
	assert.ErrorContains(t, run(until(t), o, &out), "no worker is left")
	assert.Contains(t, out.String(), `"no-such-python"`)
	assert.Contains(t, out.String(), "worker go-1 has ended: exit status 1")

	o.workers, o.worker = []string{python}, "no-such-worker"
	assert.ErrorContains(t, run(until(t), o, &out), "worker python")
}

// finishing finishes one training run. All others wait for a file, so that a search can be interrupted in the middle of them.
const finishing = `
import json, os, sys, time
first, go, begun = (sys.argv[2] + name for name in ("/first", "/go", "/begun"))
for line in sys.stdin:
    r = json.loads(line)
    try:
        open(first, "x").close()
    except FileExistsError:
        while not os.path.exists(go):
            time.sleep(0.01)
    open(begun, "a").write(r["id"] + "\n")
    print(json.dumps({"id": r["id"], "value": 0.5}), flush=True)
`

func TestSearchThatIsInterruptedSaysHowToContinue(t *testing.T) {
	o := formula(t, "go-1", "go-2")
	o.data, o.evals = t.TempDir(), 4
	o.trainer = filepath.Join(o.data, "trainer.py")
	require.NoError(t, os.WriteFile(o.trainer, []byte(finishing), 0o600))
	ctx, interrupt := context.WithCancelCause(until(t))
	first := &watched{line: "accuracy", n: 1, then: func() { interrupt(errors.New("interrupted")) }}
	err := run(ctx, o, first)
	assert.ErrorContains(t, err, "interrupted after 1 of 4 evaluations; results stay in "+o.dir+", and the same command continues")
	assert.Contains(t, first.String(), "\nbest so far: 0.5000")
	assert.NotContains(t, first.String(), "ended")

	require.NoError(t, os.WriteFile(filepath.Join(o.data, "go"), nil, 0o600))
	var again bytes.Buffer
	require.NoError(t, run(until(t), o, &again))
	assert.Contains(t, again.String(), "\nbest: 0.5000")
	begun, err := os.ReadFile(filepath.Join(o.data, "begun"))
	require.NoError(t, err)
	assert.Equal(t, 4, bytes.Count(begun, []byte("\n")), "the first training was not repeated")
}

// watched is an output that calls a function when a line has appeared for the nth time.
type watched struct {
	bytes.Buffer
	line string
	n    int
	then func()
}

func (w *watched) Write(text []byte) (int, error) {
	if strings.Contains(string(text), w.line) {
		if w.n--; w.n == 0 {
			w.then()
		}
	}
	return w.Buffer.Write(text)
}

// A trainer that does not end is killed eventually. The user of a successful search is not told.
func TestWorkersEndInOrder(t *testing.T) {
	o := formula(t, "go-1")
	o.evals, o.trainer = 2, filepath.Join(t.TempDir(), "trainer.py")
	text := "import json, sys, time\nfor line in sys.stdin:\n    print(json.dumps({'id': json.loads(line)['id'], 'value': 1}), flush=True)\ntime.sleep(2)\n"
	require.NoError(t, os.WriteFile(o.trainer, []byte(text), 0o600))
	var out bytes.Buffer
	require.NoError(t, run(until(t), o, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	assert.Contains(t, lines[2], "best: 1.0000")
}

func TestBadCommandLines(t *testing.T) {
	for want, args := range map[string][]string{
		"-evals must be at least 1, got 0":                   {"-evals", "0"},
		"-channels must be at least 1, got -1":               {"-channels", "-1"},
		"-fraction must be above 0 and at most 1, got NaN":   {"-fraction", "NaN"},
		"-fraction must be above 0 and at most 1, got 2":     {"-fraction", "2"},
		"-replicas must be at least 1, got 0":                {"-replicas", "0"},
		"-replicas applies only to the servers of a cluster": {"-replicas", "3"},
		"cannot import PyTorch; name a Python that can with": {"-python", "false"},
	} {
		var o options
		flags := flag.NewFlagSet("distributed", flag.ContinueOnError)
		o.flags(flags)
		require.NoError(t, flags.Parse(args))
		assert.ErrorContains(t, o.validate(t.Context()), want, "%q", args)
	}
}

func TestTable(t *testing.T) {
	b := newBoard(&bytes.Buffer{}, 18, []string{"go-1", "python"})
	var table strings.Builder
	require.NoError(t, b.table(&table))
	assert.Contains(t, table.String(), "best so far: nothing\n")
	a := searchspace.Arch{}
	for arch := range space.All() {
		a = arch
	}
	b.answer(jetstream.Answer{Arch: a, Worker: "python", Result: evaluator.Result{Value: 0.5, Cost: 1500 * time.Millisecond}})
	b.answer(jetstream.Answer{Arch: a, Worker: "python", Err: errors.New("out of memory")})
	b.answer(jetstream.Answer{Arch: a, Worker: "elsewhere", Result: evaluator.Result{Value: 0.25, Cost: time.Second}})
	b.queue = jetstream.Status{Waiting: 2, UnderWay: 3}
	table.Reset()
	require.NoError(t, b.table(&table))
	assert.Equal(t, `worker     answers  failures  training  best
elsewhere  1        0         1.0 s     0.2500
go-1       0        0         0.0 s     
python     2        1         1.5 s     0.5000
queue: 2 waiting, 3 running; best so far: 0.5000
`, table.String())
}
