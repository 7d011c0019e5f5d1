//go:build unix

package command_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
)

func TestCloseLetsTheProgramEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "goodbye")
	e := newCommand("says goodbye", func(c *command.Config) { c.Env = append(c.Env, "GOODBYE="+file) })
	_, err := e.Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	require.NoError(t, e.Close())
	assert.FileExists(t, file)
	assert.Empty(t, processes())

	_, err = e.Evaluate(t.Context(), chain(1))
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.NoError(t, e.Close())
}

func TestCloseKillsProcessesThatDoNotExit(t *testing.T) {
	e := newCommand("stays", processesAtATime(2), func(c *command.Config) { c.Grace = 100 * time.Millisecond })
	_, err := e.Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	err = e.Close()
	var failed *command.Error
	require.ErrorAs(t, err, &failed)
	assert.ErrorContains(t, err, "100ms")
	assert.Equal(t, "I stay", failed.Stderr)
	assert.Empty(t, processes())
	assert.Equal(t, err, e.Close())
}

func TestCloseEndsEvaluations(t *testing.T) {
	e := newCommand("hang", processesAtATime(2))
	var evaluations sync.WaitGroup
	for range 3 { // two hang, one waits for a process
		evaluations.Go(func() {
			_, err := e.Evaluate(t.Context(), chain(1))
			assert.ErrorIs(t, err, evaluator.ErrBroken)
		})
	}
	time.Sleep(100 * time.Millisecond)
	var closes sync.WaitGroup
	for range 2 {
		closes.Go(func() {
			assert.NoError(t, e.Close())
			assert.Empty(t, processes())
		})
	}
	closes.Wait()
	evaluations.Wait()
}

// The kernel kills a process when the thread that started it ends, so the caller's thread, which may end, must not start it.
func TestProcessOutlivesTheCallersThread(t *testing.T) {
	e := open(t, "nodes")
	ask := func() float64 {
		r, err := e.Evaluate(t.Context(), chain(1))
		assert.NoError(t, err)
		return r.Metrics["pid"]
	}
	var pid float64
	var asking sync.WaitGroup
	asking.Go(func() {
		runtime.LockOSThread() // without UnlockOSThread, the thread ends with the goroutine
		pid = ask()
	})
	asking.Wait()
	time.Sleep(50 * time.Millisecond)
	assert.Equal(t, pid, ask())
}

func TestNoProcessOutlivesItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills a process when its parent dies")
	}
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), roleVariable+"=parent", mark)
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	_, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Len(t, processes(), 2)

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	assert.Eventually(t, func() bool { return len(processes()) == 0 }, limit, time.Millisecond)
}
