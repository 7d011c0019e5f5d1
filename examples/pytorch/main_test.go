package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

const fashionMNIST = "/usr/share/datasets/fashion-mnist"

// findPython returns a Python with PyTorch, that of $PYTHON if it is set, or nothing. A system's packages belong to its own
// Python, which another one may hide in PATH.
var findPython = sync.OnceValue(func() string {
	for _, p := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if p != "" && exec.Command(p, "-c", "import torch").Run() == nil {
			return p
		}
	}
	return ""
})

// python returns a Python with PyTorch. It skips the test if there is none, and under the race detector.
func python(t *testing.T) string {
	t.Helper()
	if race.Enabled {
		t.Skip("the networks are trained in Python, which the race detector does not see")
	}
	p := findPython()
	if p == "" {
		t.Skip("no Python with PyTorch")
	}
	return p
}

// trainers starts worker.py on one thread of one process, so that it leaves room to other tests.
func trainers(t *testing.T, space searchspace.Space, d network.Design, in network.Input, data []string, c command.Config) *command.Evaluator {
	t.Helper()
	c.Command = append([]string{python(t), "-B", "worker.py", "--device", "cpu"}, data...)
	c.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	c.Plan, c.Grace = network.Planner(d, in), time.Minute
	e, err := command.New(space, c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// cifar writes ten black pictures in the form of CIFAR-10 or CIFAR-100, and returns worker.py's arguments for them.
func cifar(t *testing.T, dataset string) []string {
	t.Helper()
	dir := t.TempDir()
	files, record := []string{"train.bin"}, 2+3*32*32
	if dataset == "cifar10" {
		files, record = []string{"1", "2", "3", "4", "5"}, 1+3*32*32
		for i, n := range files {
			files[i] = "data_batch_" + n + ".bin"
		}
	}
	for _, name := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), make([]byte, record*10/len(files)), 0o600))
	}
	return []string{"--dataset", dataset, "--data", dir}
}

// untrained is the budget with which worker.py builds a network and trains nothing.
var untrained = map[string]float64{"epochs": 0, "validation": 0.1}

func input(t *testing.T, dataset string) network.Input {
	t.Helper()
	in, err := torch.Input(dataset, "", 0)
	require.NoError(t, err)
	return in
}

func parameters(t *testing.T, e evaluator.Evaluator, a searchspace.Arch) float64 {
	t.Helper()
	r, err := e.Evaluate(t.Context(), a)
	require.NoError(t, err)
	return r.Metrics["params"]
}

// benchmarkFile is the path of a published file.
func benchmarkFile(t *testing.T, path ...string) string {
	t.Helper()
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA does not name the directory of the benchmark files")
	}
	return filepath.Join(append([]string{dir}, path...)...)
}

// The store distinguishes accuracies by everything that they depend on.
func TestObjectives(t *testing.T) {
	measured := options{dataset: "folder", data: "birds", size: 32, epochs: 1, channels: 4, cells: 1, fraction: 0.5, validation: 0.1, batch: 32, seed: 1}
	for name, change := range map[string]func(o *options){
		"dataset":    func(o *options) { o.dataset = "cifar10" },
		"data":       func(o *options) { o.data = "cats" },
		"size":       func(o *options) { o.size = 64 },
		"epochs":     func(o *options) { o.epochs++ },
		"channels":   func(o *options) { o.channels++ },
		"cells":      func(o *options) { o.cells++ },
		"fraction":   func(o *options) { o.fraction = 1 },
		"validation": func(o *options) { o.validation = 0.2 },
		"batch":      func(o *options) { o.batch++ },
		"seed":       func(o *options) { o.seed++ },
	} {
		other := measured
		change(&other)
		assert.NotEqual(t, measured.objective(), other.objective(), name)
	}
}

func TestParametersOfNASBench201(t *testing.T) {
	text, err := os.ReadFile(benchmarkFile(t, "nasbench201", "expected.json"))
	require.NoError(t, err)
	var published []struct {
		Arch string
		Cost map[string]struct{ Params float64 } // in millions
	}
	require.NoError(t, json.Unmarshal(text, &published))
	require.NotEmpty(t, published)
	for _, dataset := range []string{"cifar10", "cifar100"} {
		e := trainers(t, space, network.NASBench201{}, input(t, dataset), cifar(t, dataset), command.Config{Budget: untrained})
		for _, p := range published {
			a, err := space.Parse(p.Arch)
			require.NoError(t, err)
			assert.Equal(t, math.Round(p.Cost[dataset+"@200"].Params*1e6), parameters(t, e, a), "%s: %s", dataset, p.Arch)
		}
	}
}

func TestParametersOfNASBench101(t *testing.T) {
	table, err := nasbench.OpenNB101(benchmarkFile(t, "nasbench101", "nasbench_sample.tfrecord"), nasbench.NB101Options{})
	require.NoError(t, err)
	e := trainers(t, table.Space(), network.NASBench101{}, input(t, "cifar10"), cifar(t, "cifar10"), command.Config{Budget: untrained})
	chosen := map[int]bool{131: true, 137: true} // by the order of their nodes in the file they would have other networks
	for r := rand.New(rand.NewPCG(1, 1)); len(chosen) < 12; {
		chosen[r.IntN(table.Len())] = true
	}
	i := 0
	for a := range table.Archs() {
		if chosen[i] {
			published, err := table.Value(a, nasbench.NB101Query{Metric: nasbench.NB101Parameters})
			require.NoError(t, err)
			assert.Equal(t, published, parameters(t, e, a), "%v", a)
		}
		i++
	}
}

// tiny is a training run of seconds on one core.
var tiny = map[string]float64{"epochs": 1, "fraction": 0.05, "validation": 0.01, "batch": 32}

func TestTrainingOnFashionMNIST(t *testing.T) {
	if _, err := os.Stat(fashionMNIST); err != nil {
		t.Skip(err)
	}
	var told []protocol.Progress
	cells := network.NASBench201{Channels: 4, Cells: 1}
	e := trainers(t, space, cells, input(t, "fashion-mnist"), []string{"--data", fashionMNIST}, command.Config{
		Budget: tiny, Seed: 1, Timeout: 5 * time.Minute,
		OnProgress: func(_ searchspace.Arch, p protocol.Progress) { told = append(told, p) },
	})
	train := func(notation string) evaluator.Result {
		a, err := space.Parse(notation)
		require.NoError(t, err)
		r, err := e.Evaluate(t.Context(), a)
		require.NoError(t, err)
		t.Logf("%s: accuracy %.3f, %v, %v", notation, r.Value, r.Metrics, r.Cost)
		return r
	}
	good := train("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|")
	assert.Greater(t, good.Value, 0.5, "chance is 0.1")
	assert.Positive(t, good.Cost)
	require.NotEmpty(t, told)
	last := told[len(told)-1] // on a slow machine, there are reports within the epoch
	assert.Equal(t, 1.0, last.Fraction)
	assert.Contains(t, last.Message, "epoch 1 of 1: loss ")

	nothing := train("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")
	assert.Less(t, nothing.Value, 0.2, "a cell without edges passes nothing on")
}

// refusals are requests that cannot be fulfilled, each by one field, and what is said of them.
var refusals = []struct{ field, value, want string }{
	{"budget", `{"epochs": 1.5}`, "'epochs' must be a whole number from 0 to 10000, got 1.5"},
	{"budget", `{"epochs": -1}`, "'epochs' must be a whole number"},
	{"budget", `{"rate": 1e300}`, "'rate' must be a number from 1e-09 to 100.0, got 1e+300"},
	{"budget", `{"fraction": 0}`, "'fraction' must be a number"},
	{"budget", `{"validation": 1}`, "'validation' must be a number"},
	{"budget", `{"validation": 1e-5}`, "of 10 images 10 would be trained on and 0 validated on"},
	{"budget", `{"gpus": 8}`, "unknown budget 'gpus'"},
	{"budget", `{"epochs": true}`, "a budget must be an object of finite numbers"},
	{"budget", `{"epochs": 1e999}`, "a budget must be an object of finite numbers"},
	{"seed", `-1`, "a seed must be a whole number"},
	{"command", `"rm"`, "unknown fields: command"},
	{"arch", `[]`, "a request must name a space and contain an architecture"},
	{"plan", `{"plan": 2}`, "plan: the version must be 1, got 2"},
	{"plan", `{"plan": 1}`, "plan: a plan must have 'arch'"},
	{"plan", `7`, "plan: a plan must be an object, got 7"},
}

func TestWorkerRefuses(t *testing.T) {
	var requests strings.Builder
	cell := searchspace.Arch{}
	require.NoError(t, json.Unmarshal([]byte(`{"parts": [{"name": "cell", "nodes": 4, "edges": []}]}`), &cell))
	plan, err := network.Planner(network.NASBench201{Channels: 2, Cells: 1}, input(t, "cifar10"))(cell)
	require.NoError(t, err)
	other, err := network.Planner(network.NASBench201{Channels: 2, Cells: 1}, input(t, "fashion-mnist"))(cell)
	require.NoError(t, err)
	refusals := append(refusals, struct{ field, value, want string }{
		"plan", string(other), "the plan is for images of 1×28×28 in 10 classes, the data set has 3×32×32 in 10",
	})
	for i, r := range refusals {
		fields := map[string]json.RawMessage{
			"protocol": []byte("1"), "id": fmt.Appendf(nil, `"%d"`, i), "space": []byte(`"nasbench201"`), "seed": []byte("1"),
			"arch": []byte(`{"parts": [{"nodes": 4, "edges": []}]}`), "plan": plan,
		}
		fields[r.field] = []byte(r.value)
		line, err := json.Marshal(fields)
		require.NoError(t, err)
		requests.Write(append(line, '\n'))
	}
	out, err := worker(t, requests.String())
	require.NoError(t, err, "it ends with its input")
	replies := protocol.NewReader(strings.NewReader(out))
	for i, r := range refusals {
		var reply protocol.Reply
		require.NoError(t, replies.Read(&reply))
		assert.Equal(t, fmt.Sprint(i), reply.ID)
		require.NotNil(t, reply.Failure, "%s %s", r.field, r.value)
		assert.Contains(t, reply.Failure.Message, r.want)
		assert.False(t, reply.Failure.Temporary)
	}
}

// worker gives worker.py an input, and returns its output.
func worker(t *testing.T, input string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), python(t), append([]string{"-B", "worker.py"}, cifar(t, "cifar10")...)...)
	c.Stdin = strings.NewReader(input)
	out, err := c.Output()
	return string(out), err
}

func TestWorkerEndsAtALineItCannotAnswer(t *testing.T) {
	out, err := worker(t, `{"protocol": 1, "id": "`+strings.Repeat("x", protocol.MaxLine)+`"}`)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, "cannot answer: a line of more than 1048576 bytes\n", string(exit.Stderr))
	assert.Empty(t, out)
}

// A search with a worker that cannot work ends at once and says why.
func TestSearchEndsIfTheWorkerCannotWork(t *testing.T) {
	torchless := filepath.Join(t.TempDir(), "torchless")
	script := fmt.Sprintf("#!/bin/sh\nexec %s -S \"$@\"\n", python(t)) // -S: without installed packages
	require.NoError(t, os.WriteFile(torchless, []byte(script), 0o700))
	data := cifar(t, "cifar10")[3]
	for want, change := range map[string]func(*options){
		"PyTorch cannot be imported by": func(o *options) { o.python = torchless },
		"/no/such/data is not a folder": func(o *options) { o.data = "/no/such/data" },
		"can't open file":               func(o *options) { o.worker = "no_such_worker.py" },
		"executable file not found":     func(o *options) { o.python = "no-such-python" },
		"'batch' must be":               func(o *options) { o.batch = 0 },
	} {
		o := options{
			python: python(t), worker: "worker.py", data: data, dataset: "cifar10", device: "cpu",
			size: 32, epochs: 0, channels: 2, cells: 1, fraction: 1, validation: 0.5, batch: 32, evals: 20, processes: 1, seed: 1,
		}
		change(&o)
		var out strings.Builder
		err := run(t.Context(), o, &out)
		assert.ErrorIs(t, err, evaluator.ErrBroken, want)
		assert.ErrorContains(t, err, want)
		assert.Less(t, strings.Count(out.String(), "\n"), 4, "the others are not evaluated")
	}
}

func TestPythonModules(t *testing.T) {
	c := exec.CommandContext(t.Context(), python(t), "-B", "-m", "unittest", "-v")
	c.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	out, err := c.CombinedOutput()
	assert.NoError(t, err, "%s", out)
	t.Logf("%s", out)
}

func TestSearch(t *testing.T) {
	if _, err := os.Stat(fashionMNIST); err != nil {
		t.Skip(err)
	}
	o := options{
		python: python(t), worker: "worker.py", data: fashionMNIST, dataset: "fashion-mnist", device: "cpu",
		size: 32, epochs: 1, channels: 2, cells: 1, fraction: 0.005, validation: 0.005, batch: 32,
		evals: 3, processes: 1, seed: 1, store: filepath.Join(t.TempDir(), "search.db"),
	}
	var first, again strings.Builder
	require.NoError(t, run(t.Context(), o, &first))
	assert.Regexp(t, `^(  \d  accuracy 0\.\d{4}  +\d+ parameters  +\d+\.\d s  \|.*\|\n){3}best: 0\.\d{4}  \|.*\|\n0 of 3 evaluations failed\n$`, first.String())
	o.worker, o.again = "gone.py", true
	require.NoError(t, run(t.Context(), o, &again))
	assert.Equal(t, first.String(), again.String(), "all of it is in the store, and nothing has failed")
}

// macro is a small ENAS space with a design of its networks, and a member.
func macro(t *testing.T) (searchspace.ENASMacro, network.Design, searchspace.Arch) {
	t.Helper()
	space, err := searchspace.NewENASMacro(3)
	require.NoError(t, err)
	archs, err := explore.NewUniform(space).Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 1)
	require.NoError(t, err)
	return space, network.ENASMacro{Channels: 8}, archs[0]
}

// short is a training run of seconds whose accuracy is above 60 %.
var short = command.Config{
	Budget: map[string]float64{"epochs": 2, "fraction": 0.06, "validation": 0.01, "batch": 32, "pad": 0, "flip": 0},
	Seed:   1, Timeout: 10 * time.Minute,
}

// Members of spaces that the worker has never heard of.
func TestTrainingOfOtherSpaces(t *testing.T) {
	if _, err := os.Stat(fashionMNIST); err != nil {
		t.Skip(err)
	}
	wired, err := searchspace.NewRandWire(5, 5, 5)
	require.NoError(t, err)
	archs, err := explore.NewUniform(wired).Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 1)
	require.NoError(t, err)
	design := network.RandWire{Channels: 8, Head: 32, Halvings: 2}
	e := trainers(t, wired, design, input(t, "fashion-mnist"), []string{"--data", fashionMNIST}, short)
	r, err := e.Evaluate(t.Context(), archs[0])
	require.NoError(t, err)
	t.Logf("RandWire through command: %v", r)
	assert.Greater(t, r.Value, 0.6)
}

func TestTrainingThroughJetStream(t *testing.T) {
	if _, err := os.Stat(fashionMNIST); err != nil {
		t.Skip(err)
	}
	space, design, member := macro(t)
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	defer server.Close()
	nc, err := server.Connect()
	require.NoError(t, err)
	defer nc.Close()
	in := input(t, "fashion-mnist")
	coordinator, err := jetstream.New(t.Context(), nc, space, jetstream.Config{Budget: short.Budget, Seed: 1, Plan: network.Planner(design, in)})
	require.NoError(t, err)
	defer func() { assert.NoError(t, coordinator.Close()) }()

	// The worker on the other machine has no design: it passes on the plan of the request.
	e, err := command.New(space, command.Config{
		Command: []string{python(t), "-B", "worker.py", "--device", "cpu", "--data", fashionMNIST},
		Env:     append(os.Environ(), "OMP_NUM_THREADS=1"), Grace: time.Minute,
	})
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close()) }()
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { assert.NoError(t, jetstream.Worker{Conn: nc, Space: space, Evaluator: e}.Run(ctx)) })
	defer serving.Wait()
	defer stop()
	r, err := coordinator.Evaluate(t.Context(), member)
	require.NoError(t, err)
	t.Logf("ENAS through JetStream: %v", r)
	assert.Greater(t, r.Value, 0.6)
}
