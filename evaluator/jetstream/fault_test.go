package jetstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// child is a worker in a process of its own.
type child struct {
	URL, Token  string
	Queue       jetstream.Queue
	Name        string
	Begun       string // file to which the key of each evaluation that begins is appended
	Concurrency int
}

// start starts the test's program as a child, which is killed at the end of the test at the latest.
func (c child) start(t *testing.T) *exec.Cmd {
	settings, err := json.Marshal(c)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(settings))
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	return cmd
}

// work is the child's main.
func (c child) work() error {
	begun, err := os.OpenFile(c.Begun, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer begun.Close()
	nc, err := nats.Connect(c.URL, append(quick(), nats.Token(c.Token), nats.RetryOnFailedConnect(true))...)
	if err != nil {
		return err
	}
	defer nc.Close()
	w := jetstream.Worker{
		Conn: nc, Space: space, Queue: c.Queue, Name: c.Name, Concurrency: c.Concurrency, Deliveries: 50,
		Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			if _, err := fmt.Fprintln(begun, space.Key(a)); err != nil {
				return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
			}
			time.Sleep(2 * time.Millisecond)
			return edges(ctx, a)
		}),
	}
	for { // where the server is restarting
		if err := w.Run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// begun returns the keys of the evaluations that have begun.
func begun(t *testing.T, dir string) (keys []string) {
	files, err := filepath.Glob(filepath.Join(dir, "begun*"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		keys = slices.AppendSeq(keys, strings.FieldsSeq(string(text)))
	}
	return keys
}
