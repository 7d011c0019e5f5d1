package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

const commandVariable = "UNPICKLE_TEST_COMMAND"

// TestMain runs the tests, or the command.
func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) == "" {
		os.Exit(m.Run())
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Pickles and files of PyTorch are read like Python reads them, or rejected.
func TestCompareWithPython(t *testing.T) {
	count := 600
	if race.Enabled {
		count = 60
	}
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import torch, numpy").Run() != nil {
			continue
		}
		script := exec.Command(python, "compare.py", "--torch", "--count", strconv.Itoa(count), "--command", os.Args[0])
		script.Env = append(os.Environ(), commandVariable+"=1")
		out, err := script.CombinedOutput()
		require.NoError(t, err, "%s", out)
		t.Logf("%s", out)
		return
	}
	t.Skip("no Python has PyTorch and numpy")
}
