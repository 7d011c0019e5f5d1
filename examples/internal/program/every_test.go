//go:build unix

package program_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// buildAll builds every program under examples and returns the paths of the binaries.
func buildAll(t *testing.T) []string {
	dir := t.TempDir()
	list, err := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "../../...").Output()
	require.NoError(t, err)
	packages := strings.Fields(string(list))
	require.NotEmpty(t, packages)
	text, err := exec.Command("go", append([]string{"build", "-o", dir + "/"}, packages...)...).CombinedOutput()
	require.NoError(t, err, string(text))
	binaries, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, binaries, len(packages), "each has a name of its own")
	return binaries
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
	for _, binary := range buildAll(t) {
		t.Run(filepath.Base(binary), func(t *testing.T) {
			dir := t.TempDir()
			for _, flag := range []string{"-h", "--help"} {
				status, help := runIn(t, dir, binary, flag)
				assert.Zero(t, status, help)
				assert.Regexp(t, `(?m)^Usage|^Flags:`, help)
			}
			status, output := runIn(t, dir, binary, "-no-such-flag")
			assert.Equal(t, 2, status, output)
			assert.Contains(t, output, "no-such-flag")
			status, output = runIn(t, dir, binary, "stray")
			assert.Equal(t, 2, status, output)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, entries, "it has run")
		})
	}
}
