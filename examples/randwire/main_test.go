package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/tool/tooltest"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tiny are the options of searches that take seconds.
func tiny() options {
	return options{
		Options: training.Options{
			Data: "digits", Train: 100, Valid: 100, Epochs: 1, Batch: 25, Rate: 0.1, Seed: 1, Seeds: 2, Generators: "graph",
			Trainer: torch.Trainer{Worker: torch.Go, Processes: 1},
		},
		nodes: 5, channels: 4, head: 8, halvings: 2, degree: 2, rewired: 0.75, evals: 8, compared: 3, round: 4, exploring: 1,
	}
}

// piped is the display of a program whose standard error is no terminal.
func piped() *progress.Display { return progress.New(io.Discard) }

var seconds = regexp.MustCompile(`, \d+ s\n`)

func TestTwoSeedsOnDigits(t *testing.T) {
	var first, again strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &first, piped()))
	text := first.String()
	assert.Equal(t, 2, strings.Count(text, "8 of 8 trained"), text)
	assert.Regexp(t, `graph, the last 3 of 8: on average \d+\.\d\d ± \d+\.\d\d \(n = 2\), the best`, text, "two searches, not six architectures")
	assert.Regexp(t, `3 graphs of WS\(2, 0.75\): on average \d+\.\d\d ± \d+\.\d\d \(n = 2\), the best`, text)
	assert.Regexp(t, `graph against Watts-Strogatz graphs: on average [+-]\d+\.\d\d \([+-].*\n0 of 16 evaluations failed\n$`, text)
	require.NoError(t, run(t.Context(), tiny(), &again, piped()))
	assert.Equal(t, seconds.ReplaceAllString(text, ""), seconds.ReplaceAllString(again.String(), ""), "a seed fixes the search")
}

func TestGeneratorsStartFromTheSameGraphs(t *testing.T) {
	o := tiny()
	o.Generators, o.Seeds, o.graphs = "graph,lstm", 1, 5
	var out strings.Builder
	require.NoError(t, run(t.Context(), o, &out, piped()))
	firsts := regexp.MustCompile(`4 of 8 trained, the last 4 have (\d+\.\d\d)`).FindAllStringSubmatch(out.String(), -1)
	require.Len(t, firsts, 2, out.String())
	assert.Equal(t, firsts[0][1], firsts[1][1])
	assert.Contains(t, out.String(), "seed 1: 5 graphs of WS")
	assert.Contains(t, out.String(), "lstm against graph: on average ")
}

// The unit is the search: five differences with a mean of 3 and a standard error of √(2.5/5), and t with 4 degrees of freedom.
func TestTheIntervalIsOverSearches(t *testing.T) {
	var all []outcome
	for i := range 5 {
		x := float64(i)
		all = append(all, outcome{results: []found{{80 + x, 85}, {81 + 2*x, 86 + x}}})
	}
	o := tiny()
	require.NoError(t, o.complete())
	var text strings.Builder
	o.printDifferences(&text, all)
	assert.Contains(t, text.String(), "  3 graphs of WS(2, 0.75): on average 82.00 ± 0.71 (n = 5), the best of all 85.00 ± 0.00 (n = 5)\n"+
		"  graph, the last 3 of 8: on average 85.00 ± 1.41 (n = 5), the best of all 88.00 ± 0.71 (n = 5)\n")
	assert.Contains(t, text.String(), "differences in points, with 95 % intervals (Student's t over the seeds):\n"+
		"  graph against Watts-Strogatz graphs: on average +3.00 (+1.04 to +4.96), the best +3.00 (+1.04 to +4.96)\n")
	text.Reset()
	o.printDifferences(&text, all[:1])
	assert.Contains(t, text.String(), "3 graphs of WS(2, 0.75): on average 80.00 (one seed), the best of all 85.00 (one seed)\n")
	assert.Contains(t, text.String(), "differences in points; an interval needs at least two seeds (-seeds):\n"+
		"  graph against Watts-Strogatz graphs: on average +1.00 (no interval), the best +1.00 (no interval)\n")
}

func TestBadOptions(t *testing.T) {
	for message, change := range map[string]func(*options){
		"-train must be at least 0, got -5":                func(o *options) { o.Train = -5 },
		"unknown -data \"mnist\"":                          func(o *options) { o.Data = "mnist" },
		"no/such/folder":                                   func(o *options) { o.Data, o.Dir = "fashion-mnist", "no/such/folder" },
		"-seeds must be at least 1, got 0":                 func(o *options) { o.Seeds = 0 },
		"-compared must be at least 2, got 1":              func(o *options) { o.compared = 1 },
		"-evals must be at least -compared 3":              func(o *options) { o.evals = 2 },
		"-graphs must be at least 0, got -1":               func(o *options) { o.graphs = -1 },
		`unknown generator "gan"; there are graph, lstm`:   func(o *options) { o.Generators = "graph,gan" },
		"-generators names lstm twice":                     func(o *options) { o.Generators = "lstm,graph,lstm" },
		"-exploring must be at least 0, got -1":            func(o *options) { o.exploring = -1 },
		"nodes":                                            func(o *options) { o.nodes = 2; o.degree = 4 },
		"-worker must be go, python or queue, got \"gpu\"": func(o *options) { o.Trainer.Worker = "gpu" },
		"need the images fashion-mnist":                    func(o *options) { o.Trainer.Worker = torch.Python },
		"-1":                                               func(o *options) { o.Epochs = -1 },
	} {
		o := tiny()
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard, piped()), message)
	}
}

// interruptAfter runs until a line of the output has a text, and returns the output.
func interruptAfter(t *testing.T, o options, text string) (string, error) {
	return tooltest.Interrupt(t, text, func(ctx context.Context, out io.Writer) error { return run(ctx, o, out, piped()) })
}

func TestTheSameCommandGoesOn(t *testing.T) {
	var whole strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &whole, piped()))

	o := tiny()
	o.Out = filepath.Join(t.TempDir(), "randwire")
	text, err := interruptAfter(t, o, "seed 2, graph:   4 of 8 trained")
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "1 of 2 seeds have finished; the results so far are saved in "+o.Out+"; the same command continues")
	assert.Regexp(t, `seed 2, graph: the best of \d trained has \d`, text)
	assert.Contains(t, text, "the last 3 of 8", "what there is")
	assert.Contains(t, text, "(one seed)")

	before := attempts(t, o)
	var rest strings.Builder
	require.NoError(t, run(t.Context(), o, &rest, piped()))
	assert.Equal(t, seconds.ReplaceAllString(whole.String(), ""), seconds.ReplaceAllString(rest.String(), ""))
	after := attempts(t, o)
	for key, n := range before {
		if n.Status == "done" {
			assert.Equal(t, n, after[key], "nothing is trained twice")
		}
	}
}

// attempt is an evaluation in the store.
type attempt struct {
	Objective, Key, Status string
	Attempts               int
}

func attempts(t *testing.T, o options) map[string]attempt {
	db, err := store.Open(filepath.Join(o.Out, "randwire.db"))
	require.NoError(t, err)
	defer db.Close()
	var lines bytes.Buffer
	require.NoError(t, db.WriteJSONL(t.Context(), &lines))
	all := map[string]attempt{}
	for line := range bytes.Lines(lines.Bytes()) {
		var a attempt
		require.NoError(t, json.Unmarshal(line, &a))
		all[a.Objective+a.Key] = a
	}
	require.NotEmpty(t, all)
	return all
}

func TestWithoutADirectoryNothingIsKept(t *testing.T) {
	_, err := interruptAfter(t, tiny(), "seed 1, graph:   4 of 8 trained")
	assert.ErrorContains(t, err, "0 of 2 seeds have finished; nothing is saved without -out DIR")
}

// crowd counts the evaluations that run at the same time.
type crowd struct {
	mu            sync.Mutex
	running, most int
}

func (c *crowd) Evaluate(context.Context, searchspace.Arch) (evaluator.Result, error) {
	c.add(1)
	defer c.add(-1)
	time.Sleep(time.Minute)
	return evaluator.Result{Value: 1}, nil
}

func (c *crowd) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running += n
	c.most = max(c.most, c.running)
}

// Processes train elsewhere, so their number does not depend on the CPUs of this machine.
func TestProcessesTrainInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		processes := runtime.GOMAXPROCS(0) + 1
		o := tiny()
		o.Trainer = torch.Trainer{Worker: torch.Queue, Processes: processes}
		o.round, o.evals = 2*processes, 2*processes
		require.NoError(t, o.complete())
		o.graphs = o.round
		space, err := searchspace.NewRandWire(o.nodes, o.nodes, o.nodes)
		require.NoError(t, err)
		wirings, err := explore.NewWattsStrogatz(space, o.degree, o.rewired)
		require.NoError(t, err)
		var searched, compared crowd
		line := o.newStatus(piped())
		_, err = o.explore(t.Context(), space, o.learners[0], &searched, wirings, 1, nil, line, io.Discard)
		require.NoError(t, err)
		_, err = o.evaluate(t.Context(), &compared, wirings, rand.New(rand.NewPCG(1, 1)), line)
		require.NoError(t, err)
		assert.Equal(t, []int{processes, processes}, []int{searched.most, compared.most})
	})
}

func TestFailuresAreLeftOut(t *testing.T) {
	h := &rl.History{}
	for i := range 6 {
		e := rl.Evaluation{Result: evaluator.Result{Value: float64(i)}}
		if i%2 == 1 {
			e = rl.Evaluation{Err: errors.New("out of memory")}
		}
		h.Evaluations = append(h.Evaluations, e)
	}
	values, err := last(h, 2)
	require.NoError(t, err)
	assert.Equal(t, []float64{2, 4}, values)
	_, err = last(h, 4)
	assert.ErrorContains(t, err, "3 evaluations succeeded, fewer than -compared 4; 3 of 6 evaluations failed; the first error: out of memory")
}
