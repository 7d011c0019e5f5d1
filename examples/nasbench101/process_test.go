//go:build unix

package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program/programtest"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
)

func TestExitStatuses(t *testing.T) {
	binary := programtest.Build(t, ".")
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"-h"}, 0, ""},
		{[]string{}, 2, "-table is required: the TFRecord file of NAS-Bench-101; see -h\n"},
		{[]string{"-table", "x", "-seeds", "0"}, 2, "-seeds must be at least 1, got 0; see -h\n"},
		{[]string{"-table", "x", "-evals", "1"}, 2, "-evals must be at least 2, got 1; see -h\n"},
		{[]string{"-table", "x", "-hours", "NaN"}, 2, "-hours must be at least 0 and less than 1e+06, got NaN; see -h\n"},
		{[]string{"-table", "x", "-methods", "best"}, 2,
			"-methods: unknown method \"best\"; there are " + strings.Join(tool.Names(methods.All), ", ") + "; see -h\n"},
		{[]string{"-table", "no-such-file"}, 1, "no such file or directory\n"},
	} {
		status, stdout, stderr := programtest.Run(t, binary, c.args...)
		assert.Equal(t, c.status, status, c.args)
		assert.True(t, strings.HasSuffix(stderr, c.says), "%q: %s", c.args, stderr)
		assert.Equal(t, c.status == 0, strings.Contains(stdout, "-seeds"), c.args)
	}
}

func TestSignals(t *testing.T) {
	binary := programtest.Build(t, ".")
	table := writeFile(t)
	for signal, want := range map[syscall.Signal]struct {
		status int
		says   string
	}{syscall.SIGINT: {130, "interrupted"}, syscall.SIGTERM: {143, "terminated"}} {
		p := programtest.Start(t, binary, "-table", table, "-cache", "", "-out", t.TempDir())
		p.WaitFor(&p.Stderr, "A surrogate predicts the others.\n") // which takes seconds to train
		p.Signal(signal)
		assert.Equal(t, want.status, p.Wait())
		assert.True(t, strings.HasSuffix(p.Stderr.String(), "\nprogram: "+want.says+" before the search began; the next run starts over\n"), p.Stderr.String())
		assert.Empty(t, p.Stdout.String())
	}
}
