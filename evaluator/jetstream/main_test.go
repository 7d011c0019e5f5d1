package jetstream_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/searchspace"
)

const childVariable = "JETSTREAM_TEST_CHILD"

var space searchspace.NASBench201

// programs lists what the test binary runs instead of the tests, by the environment variable with the settings.
var programs = map[string]func(settings string) error{
	childVariable: func(settings string) error {
		var c child
		if err := json.Unmarshal([]byte(settings), &c); err != nil {
			return err
		}
		return c.work()
	},
}

// TestMain runs the tests, or one of the programs.
func TestMain(m *testing.M) {
	for variable, run := range programs {
		settings := os.Getenv(variable)
		if settings == "" {
			continue
		}
		if err := run(settings); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// Parallel tests wait for servers most of the time. Those that keep a processor busy are not parallel.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// start starts a server with its own streams.
func start(t testing.TB) *embedded.Server {
	s, err := embedded.Start(embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// quick returns options for a client that reconnects immediately.
func quick() []nats.Option {
	return []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond), nats.ReconnectJitter(0, 0)}
}

func connect(t testing.TB, s *embedded.Server) *nats.Conn {
	nc, err := s.Connect(quick()...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

func coordinate(t testing.TB, s *embedded.Server, c jetstream.Config) *jetstream.Evaluator {
	e, err := jetstream.New(t.Context(), connect(t, s), space, c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// serve runs a worker until stop is called, or the test ends.
func serve(t testing.TB, s *embedded.Server, w jetstream.Worker) (stop func() error) {
	w.Conn, w.Space = connect(t, s), space
	if w.Concurrency == 0 {
		w.Concurrency = 4
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

// edges scores a cell by its number of edges.
func edges(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
}

// cells returns the first n cells of the space.
func cells(n int) (all []searchspace.Arch) {
	for a := range space.All() {
		if len(all) == n {
			break
		}
		all = append(all, a)
	}
	return all
}

func cell() searchspace.Arch { return cells(7777)[7776] }
