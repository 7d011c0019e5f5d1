//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/program/programtest"
)

func TestExitStatuses(t *testing.T) {
	binary := programtest.Build(t, ".")
	table := []string{"-table", digits201, "-valid", "valid"}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"-h"}, 0, ""},
		{[]string{}, 2, "-table and -valid are required, as in -table digits201 -valid valid; see -h\n"},
		{append(table, "-seeds", "0"), 2, "-seeds must be at least 1, got 0; see -h\n"},
		{append(table, "-evals", "0"), 2, "-evals must be at least 1, got 0; see -h\n"},
		{append(table, "-sample", "-1"), 2, "-sample must be at least 1, got -1; see -h\n"},
		{append(table, "-sample", "3"), 2, "-sample needs the -out directory of an earlier search; see -h\n"},
		{append(table, "-preset", "mnist"), 2, "unknown -preset \"mnist\"; there are ranked, cifar10, cifar100, imagenet16; see -h\n"},
		{append(table, "-form", "none"), 2, "unknown -form \"none\"; there are paper, causal; see -h\n"},
		{append(table, "seeds=3"), 2, "unexpected argument \"seeds=3\"; see -h\n"},
		{append(table, "-seed", "first"), 2, "invalid value \"first\" for flag -seed: parse error; see -h\n"},
		{[]string{"-table", "no-such-file", "-valid", "valid"}, 1, "no such file or directory\n"},
	} {
		status, stdout, stderr := programtest.Run(t, binary, c.args...)
		assert.Equal(t, c.status, status, c.args)
		assert.True(t, strings.HasSuffix(stderr, c.says), "%q: %s", c.args, stderr)
		assert.Equal(t, c.status == 0, strings.Contains(stdout, "-seeds"), c.args)
	}
}

// A search that signals stop is finished by running the same command again.
func TestSignals(t *testing.T) {
	binary := programtest.Build(t, ".")
	args := func(out string) []string {
		return []string{
			"-table", digits201, "-valid", "valid", "-test", "test", "-preset", "cifar10", "-form", "causal",
			"-evals", "50", "-out", out,
		}
	}
	whole, out := t.TempDir(), t.TempDir()
	status, _, _ := programtest.Run(t, binary, args(whole)...)
	require.Zero(t, status)
	for _, c := range []struct {
		signal syscall.Signal
		status int
		says   string
		after  int // lines in the records
	}{
		{syscall.SIGINT, 130, "interrupted", 40},
		{syscall.SIGKILL, -1, "", 64},
		{syscall.SIGTERM, 143, "terminated", 70},
	} {
		before := records(t, out)
		p := programtest.Start(t, binary, args(out)...)
		waitForRecords(t, p, out, max(c.after, before+1)) // once it has written a line, it handles signals
		p.Signal(c.signal)
		assert.Equal(t, c.status, p.Wait(), &p.Stderr)
		if c.status > 0 {
			assert.Equal(t, "program: "+c.says+": 0 of 1 searches have finished; the results so far are saved in "+out+"; the same command continues\n", p.Stderr.String())
			assert.Regexp(t, `seed \d: stopped after \d+ of 50 evaluations \(0 failed\); best so far: validation`, p.Stdout.String())
		}
	}
	status, stdout, _ := programtest.Run(t, binary, args(out)...)
	assert.Zero(t, status)
	assert.Contains(t, stdout, " after 50 evaluations (0 failed) in ")
	o := options{seed: 1, seeds: 1, out: whole}
	want := filesOf(t, o)
	o.out = out
	assert.Equal(t, want, filesOf(t, o))
}

// waitForRecords waits until the record of a running search has the given number of lines.
func waitForRecords(t *testing.T, p *programtest.Process, dir string, lines int) {
	for ; records(t, dir) < lines; time.Sleep(10 * time.Millisecond) {
		require.False(t, p.Ended(), &p.Stderr)
	}
}

// records returns the number of lines in the record of a search, which may be running or may not have begun.
func records(t *testing.T, dir string) (n int) {
	path := filepath.Join(dir, recordsFile)
	if matches, _ := filepath.Glob(path); len(matches) == 0 {
		return 0
	}
	db, err := store.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	for _, err := range db.Recorder("seed 1").Recorded(t.Context()) {
		require.NoError(t, err)
		n++
	}
	return n
}
