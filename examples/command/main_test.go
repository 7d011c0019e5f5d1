package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// worker returns the command line of the script. The test is skipped if there is no Python.
func worker(t *testing.T) []string {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	script, err := filepath.Abs("../worker/worker.py")
	require.NoError(t, err)
	return []string{"python3", script}
}

func TestSearchWithThePythonWorker(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), worker(t), &out, t.Output()))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 12, "40 evaluations without a failure, the best, and the failures:\n%s", out.String())
	assert.Regexp(t, `^40 evaluations, best \d+\.\d\d$`, lines[9])
	assert.Regexp(t, `^best: \d+\.\d\d  \|`, lines[10])
	assert.Equal(t, "0 of 40 evaluations failed", lines[11])

	var again strings.Builder
	require.NoError(t, run(t.Context(), worker(t), &again, t.Output()))
	assert.Equal(t, out.String(), again.String(), "whichever process is faster")
}

// failing is a worker that fails on every second request, and prints what it does.
const failing = `
import json, sys
print("Files already downloaded and verified")
for number, line in enumerate(sys.stdin):
    reply = {"id": json.loads(line)["id"]}
    if number % 2:
        reply["value"] = number
    else:
        reply["error"] = "out of luck"
    print(json.dumps(reply), flush=True)
    print("done")
`

func TestFailuresAreReported(t *testing.T) {
	python := worker(t)[0]
	script := filepath.Join(t.TempDir(), "failing.py")
	require.NoError(t, os.WriteFile(script, []byte(failing), 0o600))
	var out, log strings.Builder
	require.NoError(t, run(t.Context(), []string{python, script}, &out, &log))
	assert.Contains(t, log.String(), "Files already downloaded and verified")
	assert.Contains(t, log.String(), "line=done")
	assert.Regexp(t, `\n[1-9]\d* of 40 evaluations failed; the first error: .*out of luck.*\n$`, out.String())
}

func TestSearchEndsIfTheProgramDoesNotExist(t *testing.T) {
	var out strings.Builder
	err := run(t.Context(), []string{"no-such-trainer"}, &out, t.Output())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.NotContains(t, out.String(), "best")
	assert.Error(t, run(t.Context(), nil, &out, t.Output()), "no program")
}

// noTorch is a worker for whose libraries there is another Python.
const noTorch = `
import sys
sys.exit("No module named 'torch'")
`

func TestSearchEndsWithTheReasonIfTheProgramDoesNotWork(t *testing.T) {
	python := worker(t)[0]
	script := filepath.Join(t.TempDir(), "train.py")
	require.NoError(t, os.WriteFile(script, []byte(noTorch), 0o600))
	var out strings.Builder
	err := run(t.Context(), []string{python, script}, &out, t.Output())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "No module named 'torch'")
	assert.NotContains(t, out.String(), "40 evaluations")
}

func TestInterruptedSearchPrintsTheBestSoFar(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	reason := errors.New("interrupted")
	var out strings.Builder
	err := run(ctx, worker(t), writerFunc(func(p []byte) (int, error) {
		if strings.HasPrefix(string(p), "8 evaluations") {
			interrupt(reason)
		}
		return out.Write(p)
	}), t.Output())
	assert.ErrorIs(t, err, reason)
	assert.ErrorContains(t, err, "interrupted after ")
	assert.Regexp(t, `\nbest: \d+\.\d\d  \|`, out.String())
	assert.NotContains(t, out.String(), "40 evaluations")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// oneEdge is a cell with one edge, of the given operation.
func oneEdge(t *testing.T, op string) searchspace.Arch {
	g, err := searchspace.NewDAG("cell", 4, nil, []searchspace.Edge{{From: 0, To: 3, Op: op}})
	require.NoError(t, err)
	return searchspace.NewArch(g)
}

func TestPythonWorkerFollowsTheProtocol(t *testing.T) {
	var progress []float64
	e, err := command.New(searchspace.NASBench201{}, command.Config{
		Command: worker(t), Budget: map[string]float64{"epochs": 2},
		OnProgress: func(_ searchspace.Arch, p protocol.Progress) { progress = append(progress, p.Fraction) },
	})
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close()) }()
	for range 2 {
		r, err := e.Evaluate(t.Context(), oneEdge(t, "nor_conv_3x3"))
		require.NoError(t, err)
		assert.InDelta(t, 2.8, r.Value, 1e-12)
		assert.Equal(t, map[string]float64{"edges": 1}, r.Metrics)
		assert.Positive(t, r.Cost)

		_, err = e.Evaluate(t.Context(), oneEdge(t, "dilated_conv"))
		var failure *protocol.Failure
		require.ErrorAs(t, err, &failure, "and the process goes on")
		assert.Equal(t, "KeyError: 'dilated_conv'", failure.Message)
	}
	assert.Equal(t, []float64{0.5, 1, 0.5, 1, 0.5, 1, 0.5, 1}, progress)
}

func TestPythonWorkerRefusesOtherVersions(t *testing.T) {
	program := worker(t)
	request, err := json.Marshal(map[string]any{"protocol": 2, "id": "1"})
	require.NoError(t, err)
	c := exec.CommandContext(context.Background(), program[0], program[1:]...)
	c.Stdin = strings.NewReader(string(request) + "\n")
	output, err := c.CombinedOutput()
	assert.Error(t, err)
	assert.Equal(t, "cannot speak version 2 of the protocol\n", string(output))
}
