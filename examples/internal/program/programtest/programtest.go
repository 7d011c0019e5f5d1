//go:build unix

// Package programtest runs example programs in separate processes, for their tests.
package programtest

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

// Build builds the program of a package, such as "." for the one of the test, and returns the path of its binary. Under the race
// detector, which would not see the program's process, it skips the test.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	if race.Enabled {
		t.Skip("the program runs in a process that the race detector does not see")
	}
	path := filepath.Join(t.TempDir(), "program")
	text, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput()
	require.NoError(t, err, string(text))
	return path
}

// Process is a running program.
type Process struct {
	Stdout, Stderr Output
	t              testing.TB
	cmd            *exec.Cmd
	ended          chan struct{}
}

// Start starts a program. It is killed when the test ends.
func Start(t testing.TB, path string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.Stdout, &p.Stderr
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // ProcessState has the details
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// WaitFor waits until an output of the program contains a text. The test fails if the program ends first.
func (p *Process) WaitFor(o *Output, text string) {
	p.t.Helper()
	for {
		seen, changed := o.look(text)
		if seen {
			return
		}
		select {
		case <-changed:
		case <-p.ended:
			seen, _ = o.look(text)
			require.True(p.t, seen, "the program ended without %q: %s", text, o)
			return
		}
	}
}

// Signal sends a signal, unless the program has ended.
func (p *Process) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// Ended reports whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Wait waits until the program has ended, and returns its exit status: −1 if a signal has killed it.
func (p *Process) Wait() int {
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// Run runs a program to its end.
func Run(t testing.TB, path string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	p := Start(t, path, args...)
	status = p.Wait()
	return status, p.Stdout.String(), p.Stderr.String()
}

// Output is what a program has written so far.
type Output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed when more is written; nil if no goroutine waits
}

// Write adds to the output.
func (o *Output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
	return o.text.Write(text)
}

// String returns the output.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// look reports whether the output contains a text, and returns a channel that is closed when there is more.
func (o *Output) look(text string) (bool, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return bytes.Contains(o.text.Bytes(), []byte(text)), o.changed
}
