package jetstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// child is a worker in a separate process.
type child struct {
	URL, Token  string
	Queue       jetstream.Queue
	Name        string
	Begun       string // path of a file to which the worker appends the key of each evaluation it starts
	Concurrency int
}

// start starts the test binary as a child, which is killed at the end of the test.
func (c child) start(t *testing.T) *exec.Cmd {
	settings, err := json.Marshal(c)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(settings))
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	return cmd
}

// work is the child's main function.
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
	for { // repeat while the server is restarting
		if err := w.Run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// begun returns the keys of the started evaluations.
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

// restartable is an embedded server that can be restarted with the same streams and address.
type restartable struct {
	config  embedded.Config
	current *embedded.Server
}

func startServer(t *testing.T) *restartable {
	s := &restartable{config: embedded.Config{Dir: t.TempDir()}}
	var err error
	s.current, err = embedded.Start(s.config)
	require.NoError(t, err)
	address, err := url.Parse(s.current.URL())
	require.NoError(t, err)
	s.config.Port, err = strconv.Atoi(address.Port())
	require.NoError(t, err)
	s.config.Token = s.current.Token()
	t.Cleanup(func() { s.current.Close() })
	return s
}

func (s *restartable) restart(t *testing.T) {
	s.current.Close()
	time.Sleep(100 * time.Millisecond)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		next, err := embedded.Start(s.config) // another program may be using the port for a moment
		if assert.NoError(c, err) {
			s.current = next
		}
	}, time.Minute, 100*time.Millisecond)
}

// Four workers are killed and restarted at random, a fifth one hangs, another program publishes invalid results and takes requests
// without answering them, and the server is restarted twice. Every architecture still gets one result, and only evaluations that a
// fault interrupted are repeated.
func TestFaultsLoseNothing(t *testing.T) {
	evaluations, kills, restarts := 10_000, 12, 2
	if race.Enabled || testing.Short() {
		evaluations, kills, restarts = 1500, 4, 1
	}
	const workers, concurrency, rubbish = 4, 8, 40
	queue := jetstream.Queue{AckWait: 2 * time.Second}
	s, dir := startServer(t), t.TempDir()

	e := coordinate(t, s.current, jetstream.Config{Queue: queue, Recheck: 2 * time.Second, Outstanding: 256})
	children := make([]*exec.Cmd, workers)
	run := func(i int) {
		children[i] = child{
			URL: s.current.URL(), Token: s.config.Token, Queue: queue, Name: fmt.Sprint("child ", i),
			Begun: filepath.Join(dir, fmt.Sprint("begun", i)), Concurrency: concurrency,
		}.start(t)
	}
	kill := func(i int) {
		assert.NoError(t, children[i].Process.Kill())
		_ = children[i].Wait() // killed
	}
	for i := range children {
		run(i)
		defer func() { kill(i) }()
	}
	var hung atomic.Int64
	serve(t, s.current, jetstream.Worker{
		Queue: queue, Name: "hangs", Concurrency: 2, Deadline: time.Second, Deliveries: 50,
		Evaluator: evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
			hung.Add(1)
			<-ctx.Done()
			time.Sleep(3 * time.Second) // longer than Deadline and AckWait
			return evaluator.Result{}, ctx.Err()
		}),
	})
	misled := answerRubbish(t, connect(t, s.current), rubbish)

	ctx, stop := context.WithCancel(t.Context())
	var faults sync.WaitGroup
	faults.Go(func() {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := range kills {
			select {
			case <-time.After(time.Duration(200+rng.IntN(400)) * time.Millisecond):
			case <-ctx.Done():
				return
			}
			i := rng.IntN(workers)
			kill(i)
			if (n+1)%(kills/restarts) == 0 {
				s.restart(t)
			}
			run(i)
		}
	})
	results := map[string]int{}
	pool := evaluator.Pool{Evaluator: e, Workers: 300}
	begin := time.Now()
	for o := range pool.Run(t.Context(), slices.Values(cells(evaluations))) {
		require.NoError(t, o.Err)
		assert.EqualValues(t, o.Arch.Part(0).NumEdges(), o.Result.Value)
		results[space.Key(o.Arch)]++
	}
	t.Logf("%d evaluations in %v", evaluations, time.Since(begin))
	stop()
	faults.Wait()

	require.Len(t, results, evaluations)
	for key, n := range results {
		assert.Equal(t, 1, n, key)
	}
	all := begun(t, dir)
	repeated := len(all) - evaluations
	most := kills*concurrency + restarts*workers*concurrency
	t.Logf("%d begun; %d repeated, %d possibly interrupted; %d hung, %d requests answered with rubbish",
		len(all), repeated, most, hung.Load(), misled())
	assert.GreaterOrEqual(t, repeated, 0)
	assert.LessOrEqual(t, repeated, most)
	assert.Positive(t, hung.Load())
}

// answerRubbish takes up to n requests from the queue, and publishes rubbish instead of results.
func answerRubbish(t *testing.T, nc *nats.Conn, n int) (taken func() int) {
	stream, err := js.New(nc)
	require.NoError(t, err)
	consumer, err := stream.Consumer(t.Context(), "graphpnas-request", space.Name())
	require.NoError(t, err)
	count := 0
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() {
		for count < n && ctx.Err() == nil {
			batch, err := consumer.Fetch(1, js.FetchMaxWait(time.Second))
			if err != nil {
				continue // the server is restarting
			}
			for m := range batch.Messages() {
				subject := strings.Replace(m.Subject(), ".request.", ".result.", 1)
				id := subject[strings.LastIndexByte(subject, '.')+1:]
				text := []string{
					"rubbish", `{"id":"another","value":99}`, fmt.Sprintf(`{"id":%q,"progress":0.5}`, id),
					fmt.Sprintf(`{"id":%q,"value":null}`, id),
				}[count%4]
				_, _ = stream.Publish(ctx, subject, []byte(text))
				_ = m.Ack()
				count++
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	taken = func() int {
		cancel()
		working.Wait()
		return count
	}
	t.Cleanup(func() { taken() })
	return taken
}
