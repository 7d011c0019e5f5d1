//go:build unix

package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// mark is an environment variable of every process that this test run starts, and of their descendants.
var mark = func() string {
	const variable = "COMMAND_TEST_MARK"
	if m := os.Getenv(variable); m != "" {
		return variable + "=" + m
	}
	return fmt.Sprintf("%s=%d-%d", variable, os.Getpid(), time.Now().UnixNano())
}()

// processes returns the numbers of the processes that have the mark. It needs /proc.
func processes() []string {
	var found []string
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environments {
		text, _ := os.ReadFile(file)
		if bytes.Contains(text, []byte(mark)) {
			found = append(found, filepath.Base(filepath.Dir(file)))
		}
	}
	return found
}

// chain returns an architecture of n nodes.
func chain(n int) searchspace.Arch {
	g, err := searchspace.NewDAG("cell", n, nil, nil)
	if err != nil {
		panic(err)
	}
	return searchspace.NewArch(g)
}

// large returns an architecture whose request does not fit into a pipe's buffer.
func large() searchspace.Arch {
	const n = 400
	var edges []searchspace.Edge
	for to := range n {
		for from := range min(to, 20) {
			edges = append(edges, searchspace.Edge{From: from, To: to})
		}
	}
	g, err := searchspace.NewDAG("cell", n, nil, edges)
	if err != nil {
		panic(err)
	}
	return searchspace.NewArch(g)
}

// limit ends what takes a fraction of a second, unless a test fails.
const limit = 2 * time.Minute

func newCommand(role string, options ...func(*command.Config)) *command.Evaluator {
	c := command.Config{
		Command: []string{os.Args[0]},
		Env:     append(os.Environ(), roleVariable+"="+role, mark),
		Timeout: limit,
		Grace:   limit,
	}
	for _, o := range options {
		o(&c)
	}
	e, err := command.New(graphs{}, c)
	if err != nil {
		panic(err)
	}
	return e
}

func timeout(d time.Duration) func(*command.Config) {
	return func(c *command.Config) { c.Timeout = d }
}

func onProgress(f func()) func(*command.Config) {
	return func(c *command.Config) { c.OnProgress = func(searchspace.Arch, protocol.Progress) { f() } }
}

func processesAtATime(n int) func(*command.Config) {
	return func(c *command.Config) { c.Processes = n }
}

// open returns an evaluator. At the end of the test it closes the evaluator and checks that no process is left.
func open(t *testing.T, role string, options ...func(*command.Config)) *command.Evaluator {
	e := newCommand(role, options...)
	t.Cleanup(func() {
		assert.NoError(t, e.Close())
		assert.Empty(t, processes())
	})
	return e
}

func TestProcessIsReused(t *testing.T) {
	e := open(t, "nodes", processesAtATime(3))
	var pid float64
	for n := range 10 {
		r, err := e.Evaluate(t.Context(), chain(n+1))
		require.NoError(t, err)
		assert.Equal(t, float64(n+1), r.Value)
		if n > 0 {
			assert.Equal(t, pid, r.Metrics["pid"])
		}
		pid = r.Metrics["pid"]
	}
}

func TestEvaluationsShareTheProcesses(t *testing.T) {
	e := open(t, "nodes", processesAtATime(3))
	pool := evaluator.Pool{Evaluator: e, Workers: 8}
	archs := make([]searchspace.Arch, 60)
	for i := range archs {
		archs[i] = chain(i + 1)
	}
	pids := map[float64]bool{}
	for o := range pool.Run(t.Context(), slices.Values(archs)) {
		require.NoError(t, o.Err)
		assert.Equal(t, float64(o.Index+1), o.Result.Value)
		pids[o.Result.Metrics["pid"]] = true
	}
	assert.LessOrEqual(t, len(pids), 3)
}

// Every architecture gets its own answer or error, whatever the program does with others.
func TestErraticProgramNeverMixesUpAnswers(t *testing.T) {
	hanging, hangs := context.WithCancelCause(t.Context())
	e := open(t, "erratic", processesAtATime(4), onProgress(func() { hangs(evaluator.ErrTimeout) }))
	jobs := make([]evaluator.Job, 100)
	for i := range jobs {
		jobs[i].Arch = chain(4 + i)
		switch i % 25 {
		case 7:
			jobs[i].Arch = chain(1)
		case 13:
			jobs[i].Arch = chain(2)
		}
	}
	jobs[20] = evaluator.Job{Arch: chain(3), Context: hanging}
	pool := evaluator.Pool{Evaluator: e, Workers: 6}
	outcomes := 0
	for o := range pool.RunJobs(t.Context(), slices.Values(jobs)) {
		outcomes++
		switch n := o.Arch.Part(0).Len(); n {
		case 1, 2:
			require.ErrorIs(t, o.Err, evaluator.ErrTemporary)
		case 3:
			require.ErrorIs(t, o.Err, evaluator.ErrTimeout)
		default:
			require.NoError(t, o.Err)
			require.Equal(t, float64(n), o.Result.Value)
		}
	}
	assert.Len(t, jobs, outcomes)
}

func TestErrorOfTheProgramLeavesItsProcessAlone(t *testing.T) {
	e := open(t, "erratic")
	before, err := e.Evaluate(t.Context(), chain(5))
	require.NoError(t, err)
	_, err = e.Evaluate(t.Context(), chain(2))
	var failure *protocol.Failure
	require.ErrorAs(t, err, &failure)
	assert.Contains(t, failure.Message, "busy")
	assert.ErrorIs(t, err, evaluator.ErrTemporary)
	assert.ErrorContains(t, err, os.Args[0])
	after, err := e.Evaluate(t.Context(), chain(5))
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestResultKeepsTheFailure(t *testing.T) {
	r, err := open(t, "penalized").Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 10, Failure: "the training has diverged"}, r)
}

func TestCancellationKillsTheProcess(t *testing.T) {
	errEnough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	e := open(t, "erratic", onProgress(func() { cancel(errEnough) }))
	before, err := e.Evaluate(t.Context(), chain(4))
	require.NoError(t, err)

	_, err = e.Evaluate(ctx, chain(3)) // reports progress and hangs
	assert.ErrorIs(t, err, errEnough)
	assert.Empty(t, processes())

	after, err := e.Evaluate(t.Context(), chain(4))
	require.NoError(t, err)
	assert.NotEqual(t, before.Metrics["pid"], after.Metrics["pid"])
	_, err = e.Evaluate(ctx, chain(4))
	assert.ErrorIs(t, err, errEnough)
}

func TestWaitingForAProcessEndsWithTheContext(t *testing.T) {
	e := open(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	var evaluations sync.WaitGroup
	for range 3 {
		evaluations.Go(func() {
			_, err := e.Evaluate(ctx, chain(1))
			assert.ErrorIs(t, err, context.Canceled)
		})
	}
	time.Sleep(50 * time.Millisecond)
	cancel()
	evaluations.Wait()
}

func TestProcessThatEndedAfterItsAnswerIsReplaced(t *testing.T) {
	e := open(t, "one answer")
	for range 3 {
		r, err := e.Evaluate(t.Context(), chain(1))
		require.NoError(t, err)
		pid := int(r.Metrics["pid"])
		require.Eventually(t, func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH }, limit, time.Millisecond)
		time.Sleep(50 * time.Millisecond) // lets the evaluator notice the exit
	}
}

func TestProgramHasItsArgumentsEnvironmentAndDirectory(t *testing.T) {
	dir := t.TempDir()
	e := open(t, "asked", func(c *command.Config) {
		c.Command = append(c.Command, "a b", "$HOME;")
		c.Env = append(c.Env, "COLOR=blue")
		c.Dir = dir
		c.Budget = map[string]float64{"fail": 1}
	})
	_, err := e.Evaluate(t.Context(), chain(1))
	assert.ErrorContains(t, err, "blue in "+dir+" with a b $HOME;")
}

func TestBudgetSeedAndProgress(t *testing.T) {
	type line struct {
		nodes int
		protocol.Progress
	}
	var progress []line
	e := open(t, "asked", func(c *command.Config) {
		c.Budget = map[string]float64{"epochs": 12}
		c.Seed = protocol.MaxSeed
		c.OnProgress = func(a searchspace.Arch, p protocol.Progress) { progress = append(progress, line{a.Part(0).Len(), p}) }
	})
	r, err := e.Evaluate(t.Context(), chain(5))
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 12, Metrics: map[string]float64{"seed": protocol.MaxSeed}}, r)
	assert.Equal(t, []line{{5, protocol.Progress{Fraction: 0.25, Message: "begun"}}, {5, protocol.Progress{Fraction: 1}}}, progress)

	t.Run("from the served request", func(t *testing.T) {
		var fractions []float64
		request := protocol.Request{ID: "outer", Budget: map[string]float64{"epochs": 200}, Seed: 3}
		ctx := protocol.WithRequest(t.Context(), request, func(p protocol.Progress) { fractions = append(fractions, p.Fraction) })
		r, err := e.Evaluate(ctx, chain(1))
		require.NoError(t, err)
		assert.Equal(t, evaluator.Result{Value: 200, Metrics: map[string]float64{"seed": 3}}, r)
		assert.Equal(t, []float64{0.25, 1}, fractions)
	})
}

func TestTrainingContinuesUpToTheFullBudget(t *testing.T) {
	e := open(t, "continued", func(c *command.Config) { c.Budget = map[string]float64{"epochs": 9} })
	resume := ""
	for _, step := range []struct{ amount, epochs, seconds float64 }{{1, 1, 1}, {3, 3, 2}, {0, 9, 6}} {
		r, err := e.EvaluateAt(t.Context(), chain(1), evaluator.Budget{Amount: step.amount, Resume: resume})
		require.NoError(t, err)
		assert.Equal(t, step.epochs, r.Value)
		assert.Equal(t, step.seconds, r.Cost.Seconds())
		resume = r.Resume
	}
}

func TestPlans(t *testing.T) {
	impossible := errors.New("no such network")
	e := open(t, "planned", func(c *command.Config) {
		c.Plan = func(a searchspace.Arch) (json.RawMessage, error) {
			if a.Part(0).Len() > 3 {
				return nil, impossible
			}
			return json.Marshal(map[string][]string{"operations": make([]string, a.Part(0).Len())})
		}
	})
	r, err := e.Evaluate(t.Context(), chain(3))
	require.NoError(t, err)
	assert.Equal(t, 3.0, r.Value)
	_, err = e.Evaluate(t.Context(), chain(4))
	assert.ErrorIs(t, err, impossible)

	request := protocol.Request{ID: "outer", Plan: json.RawMessage(`{"operations":["a"]}`)}
	r, err = e.Evaluate(protocol.WithRequest(t.Context(), request, nil), chain(4))
	require.NoError(t, err)
	assert.Equal(t, 1.0, r.Value, "the plan of the served request")
	r, err = e.Evaluate(protocol.WithRequest(t.Context(), protocol.Request{ID: "outer"}, nil), chain(2))
	require.NoError(t, err)
	assert.Equal(t, 2.0, r.Value, "the served request has no plan")
}

func TestPanicOfACallbackLeavesNoProcess(t *testing.T) {
	e := open(t, "asked", func(c *command.Config) {
		c.OnProgress = func(searchspace.Arch, protocol.Progress) { panic("boom") }
	})
	for range 2 { // the second time, the slot must be free again
		assert.PanicsWithValue(t, "boom", func() { _, _ = e.Evaluate(t.Context(), chain(1)) })
		assert.Empty(t, processes())
	}
}

func TestProgramThatCannotBeStartedIsBroken(t *testing.T) {
	text := filepath.Join(t.TempDir(), "worker.py")
	require.NoError(t, os.WriteFile(text, []byte("print('no shebang, not executable')"), 0o666))
	for name, change := range map[string]func(*command.Config){
		"not found":      func(c *command.Config) { c.Command = []string{"no-such-trainer"} },
		"no such file":   func(c *command.Config) { c.Command = []string{"/no/such/trainer"} },
		"not executable": func(c *command.Config) { c.Command = []string{text} },
		"no directory":   func(c *command.Config) { c.Dir = "/no/such/directory" },
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, "nodes", change)
			_, err := e.Evaluate(t.Context(), chain(1))
			assert.ErrorIs(t, err, evaluator.ErrBroken)
			var failed *command.Error
			require.ErrorAs(t, err, &failed)
			assert.True(t, strings.HasPrefix(err.Error(), failed.Program))
		})
	}
}

func TestInvalidConfigurations(t *testing.T) {
	for name, c := range map[string]command.Config{
		"no program":         {},
		"empty program":      {Command: []string{""}},
		"negative processes": {Command: []string{"true"}, Processes: -1},
		"negative timeout":   {Command: []string{"true"}, Timeout: -1},
		"negative grace":     {Command: []string{"true"}, Grace: -1},
		"large seed":         {Command: []string{"true"}, Seed: math.MaxUint64},
		"infinite budget":    {Command: []string{"true"}, Budget: map[string]float64{"epochs": math.Inf(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := command.New(graphs{}, c)
			assert.Error(t, err)
		})
	}
	_, err := command.New(nil, command.Config{Command: []string{"true"}})
	assert.Error(t, err)
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{1, 2} {
		b.Run(fmt.Sprintf("processes=%d", n), func(b *testing.B) {
			e := newCommand("nodes", processesAtATime(n))
			defer e.Close()
			var asking sync.WaitGroup
			b.ResetTimer()
			for range n {
				asking.Go(func() {
					for range b.N / n {
						if _, err := e.Evaluate(b.Context(), chain(7)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			asking.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
		})
	}
}
