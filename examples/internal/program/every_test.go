//go:build unix

package program_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

// binaries are where the tests of this package find every program under examples.
var binaries string

// TestMain makes room for the binaries, which are built when the first test needs them.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "examples")
	if err != nil {
		panic(err)
	}
	binaries = dir
	status := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(status)
}

// build builds every program under examples into binaries and returns their import paths, once.
var build = sync.OnceValues(func() ([]string, error) {
	list, err := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "../../...").Output()
	if err != nil {
		return nil, err
	}
	packages := strings.Fields(string(list))
	text, err := exec.Command("go", append([]string{"build", "-ldflags", "-s -w", "-o", binaries + "/"}, packages...)...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, text)
	}
	return packages, err
})

// buildAll builds every program under examples and returns the paths of the binaries.
func buildAll(t *testing.T) []string {
	packages, err := build()
	require.NoError(t, err)
	require.NotEmpty(t, packages)
	paths, err := filepath.Glob(filepath.Join(binaries, "*"))
	require.NoError(t, err)
	require.Len(t, paths, len(packages), "each has a name of its own")
	return paths
}

// runIn runs a program in a directory and returns its exit status and all that it printed.
func runIn(t *testing.T, dir, binary string, args ...string) (status int, output string) {
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), text.String()
}

// Every program explains itself without running, and refuses a command line that it does not understand.
func TestEveryProgramReadsItsCommandLine(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run in processes that the race detector does not see")
	}
	for _, binary := range buildAll(t) {
		t.Run(filepath.Base(binary), func(t *testing.T) {
			dir := t.TempDir()
			lesson := false
			for _, flag := range []string{"-h", "--help"} {
				status, help := runIn(t, dir, binary, flag)
				assert.Zero(t, status, help)
				lesson = strings.HasPrefix(help, "Usage: go run ./examples/")
				assert.True(t, lesson || strings.Contains(help, "\nFlags:\n"), help)
			}
			status, output := runIn(t, dir, binary, "-no-such-flag")
			assert.Equal(t, 2, status, output)
			assert.Contains(t, output, "no-such-flag")
			if !lesson { // lessons have no flags, and ignore arguments
				status, output = runIn(t, dir, binary, "stray")
				assert.Equal(t, 2, status, output)
			}
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, entries, "it has run")
		})
	}
}
