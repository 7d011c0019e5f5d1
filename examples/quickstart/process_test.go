//go:build unix

package main

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/examples/internal/program/programtest"
)

func TestSignals(t *testing.T) {
	binary := programtest.Build(t, ".")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := programtest.Start(t, binary)
		p.WaitFor(&p.Stdout, "cell   1: ") // of 100, seconds before the last one
		p.Signal(signal)
		assert.Equal(t, 1, p.Wait())
		assert.Regexp(t, `The best cell, after \d+ of 15625 trainings`, p.Stdout.String())
		assert.Contains(t, p.Stderr.String(), "\nStopped. The next run starts again.")
	}
}
