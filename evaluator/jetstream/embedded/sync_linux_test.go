package embedded_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/internal/inject"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// synced is a program that runs a server, which often syncs its streams, a coordinator and a worker. It evaluates ten cells, one
// after the other, and prints what the three report.
type synced struct {
	Dir     string
	Patient bool // whether evaluations go on after all sides have reported a fault
}

// syncedVariable makes the test binary run the program instead of the tests. Its value is the program in JSON.
const syncedVariable = "EMBEDDED_TEST_SYNCED"

func init() {
	settings := os.Getenv(syncedVariable)
	if settings == "" {
		return
	}
	var p synced
	err := json.Unmarshal([]byte(settings), &p)
	if err == nil {
		err = p.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// command returns the command that runs the program.
func (p synced) command(t *testing.T) *exec.Cmd {
	settings, err := json.Marshal(p)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), syncedVariable+"="+string(settings), "GOMAXPROCS=1")
	return cmd
}

func (p synced) run() error {
	embedded.SyncEvery(200 * time.Millisecond)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var silent atomic.Int32 // number of sides that have reported nothing
	silent.Store(3)
	reports := func(who string) func(error) {
		var first sync.Once
		return func(err error) {
			fmt.Printf("%s: %v\n", who, err)
			first.Do(func() {
				if silent.Add(-1) == 0 && !p.Patient {
					stop()
				}
			})
		}
	}
	s, err := embedded.Start(embedded.Config{Dir: p.Dir, OnTrouble: reports("server")})
	if err != nil {
		return err
	}
	defer s.Close()
	quick := []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond), nats.ReconnectJitter(0, 0)}
	asks, err := s.Connect(quick...)
	if err != nil {
		return err
	}
	works, err := s.Connect(quick...)
	if err != nil {
		return err
	}
	space := searchspace.NASBench201{}
	queue := jetstream.Queue{AckWait: 2 * time.Second}
	e, err := jetstream.New(ctx, asks, space, jetstream.Config{Queue: queue, Recheck: time.Second, OnTrouble: reports("coordinator")})
	if err != nil {
		return err
	}
	worked := make(chan error, 1)
	go func() {
		w := jetstream.Worker{Conn: works, Space: space, Queue: queue, Evaluator: evaluator.Func(slow), OnTrouble: reports("worker")}
		worked <- w.Run(ctx)
	}()
	var cells []searchspace.Arch
	for a := range space.All() {
		if cells = append(cells, a); len(cells) == 10 {
			break
		}
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 1}
	for o := range pool.Run(ctx, slices.Values(cells)) {
		if o.Err != nil {
			return o.Err
		}
	}
	stop()
	return <-worked
}

// slow is an evaluator that takes long enough for syncs to occur in between.
func slow(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	select {
	case <-time.After(50 * time.Millisecond):
	case <-ctx.Done():
	}
	return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, ctx.Err()
}

// If a sync fails once, the server reports it and opens its streams again, and everything is evaluated. If syncs keep failing, the
// server does not accept messages, and all sides report it. A second run evaluates everything.
func TestFailedSync(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs take seconds, and run without the race detector too")
	}
	model := t.TempDir()
	output, err := synced{model, true}.command(t).CombinedOutput()
	require.NoError(t, err, string(output))
	files := filesIn(t, model)
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		var results []string
		for _, file := range files {
			if strings.Contains(file, "result") && filepath.Ext(file) == ".blk" {
				results = append(results, filepath.Join(dir, file))
			}
		}
		fault := inject.Fault{Calls: "fsync,fdatasync", Error: "EIO", Place: 1}
		output, happened, err := inject.Run(t, synced{dir, true}.command(t), fault, results...)
		assert.NoError(t, err, output)
		assert.True(t, happened)
		assert.Contains(t, output, "input/output error")
		assert.Contains(t, output, "server: <nil>")
	})
	t.Run("always", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		all := []string{filepath.Join(dir, "reserve")} // the server tests with this file whether the disk works again
		for _, file := range files {
			all = append(all, filepath.Join(dir, file))
		}
		fault := inject.Fault{Calls: "fsync,fdatasync", Error: "EIO", Place: 1, Lasting: true}
		output, happened, err := inject.Run(t, synced{dir, false}.command(t), fault, all...)
		assert.Error(t, err)
		assert.True(t, happened)
		for _, said := range []string{"server: embedded: the streams in " + dir + " cannot be written", "input/output error", "coordinator: ", "worker: "} {
			assert.Contains(t, output, said)
		}
		assert.NotContains(t, output, "server: <nil>")
		again, err := synced{dir, true}.command(t).CombinedOutput()
		assert.NoError(t, err, string(again))
	})
}

// filesIn returns the paths of the files in a directory, relative to it.
func filesIn(t *testing.T, dir string) (files []string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			path, err = filepath.Rel(dir, path)
			files = append(files, path)
		}
		return err
	}))
	return files
}
