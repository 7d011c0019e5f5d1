package jetstream_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
)

// alone is a program that runs a server, a coordinator and a worker, and evaluates ten cells. dir is the directory of the server.
func alone(dir string) (err error) {
	s, err := embedded.Start(embedded.Config{Dir: dir})
	if err != nil {
		return err
	}
	defer s.Close()
	connect := func() (nc *nats.Conn) {
		if err == nil {
			nc, err = s.Connect(quick()...)
		}
		return nc
	}
	asks, works := connect(), connect()
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	// Patience is longer than the program's minute, because everything must go on after the disk has failed once.
	e, err := jetstream.New(ctx, asks, space, jetstream.Config{Recheck: time.Second, Queue: jetstream.Queue{AckWait: 2 * time.Second}})
	if err != nil {
		return fmt.Errorf("%w (%s)", err, dir)
	}
	worked := make(chan error, 1)
	go func() {
		worked <- jetstream.Worker{Conn: works, Space: space, Evaluator: evaluator.Func(edges)}.Run(ctx)
	}()
	pool := evaluator.Pool{Evaluator: e, Workers: 1}
	for o := range pool.Run(ctx, slices.Values(cells(10))) {
		if o.Err != nil {
			return o.Err
		}
	}
	stop()
	return <-worked
}

const aloneVariable = "JETSTREAM_TEST_ALONE"

func init() { programs[aloneVariable] = alone }

// The disk fails once at each write of the server in turn. The program either evaluates everything, or ends with an error, and then
// a second run evaluates everything.
func TestDiskThatFailsAtEveryWrite(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	t.Parallel()
	step := 60
	program := func(dir string) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), aloneVariable+"="+dir, "GOMAXPROCS=1")
		return cmd
	}
	model := t.TempDir()
	output, err := program(model).CombinedOutput()
	require.NoError(t, err, string(output))
	for _, fault := range inject.Faults(0) {
		if strings.Contains(fault.Calls, "fsync") {
			continue // the program ends before the server syncs its streams; see TestFailedSync in package embedded
		}
		t.Run(fault.Calls+" "+fault.Error, func(t *testing.T) {
			t.Parallel()
			inject.Places(t, step, func(place int) bool {
				dir := t.TempDir()
				fault.Place = place
				first, happened, err := inject.Run(t, program(dir), fault, filesLike(t, model, dir)...)
				t.Logf("place %d: %v %s", place, err, first)
				again, err := program(dir).CombinedOutput()
				assert.NoError(t, err, "place %d: %s\nfirst: %s", place, again, first)
				return happened
			})
		})
	}
}

// filesLike returns the paths that the server's files will have in dir, given the directory model of another server.
func filesLike(t *testing.T, model, dir string) (files []string) {
	require.NoError(t, filepath.WalkDir(model, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			path, err = filepath.Rel(model, path)
			files = append(files, filepath.Join(dir, path))
		}
		return err
	}))
	return files
}
