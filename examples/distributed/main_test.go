package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(urlVariable); url != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		if err := work(ctx, url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestSearchWithWorkersInProcessesOfTheirOwn(t *testing.T) {
	o := options{dir: t.TempDir(), evals: 18, delay: 20 * time.Millisecond}
	var first, again strings.Builder
	require.NoError(t, run(t.Context(), o, &first))
	lines := strings.Split(strings.TrimSpace(first.String()), "\n")
	require.Len(t, lines, 4, first.String())
	assert.Regexp(t, `^18 evaluations, best \d+\.00; queue: \d+ wait, \d+ under way; workers: .*o.*$`, lines[2])
	assert.Regexp(t, `^best: \d+\.00  \|`, lines[3])

	require.NoError(t, run(t.Context(), o, &again))
	repeated := strings.Split(strings.TrimSpace(again.String()), "\n")
	assert.Equal(t, lines[3], repeated[len(repeated)-1], "the results are still there")
}
