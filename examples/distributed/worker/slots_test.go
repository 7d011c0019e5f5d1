package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trainer writes a program in Python that answers each request with what the code makes of it.
func trainer(t *testing.T, code string) []string {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	file := filepath.Join(t.TempDir(), "trainer.py")
	text := "import json, os, sys, time\nfor line in sys.stdin:\n    r = json.loads(line)\n" + code + "\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return []string{"--", "python3", file}
}

// session is a coordinator and the workers that serve it.
type session struct {
	url       string
	evaluator *jetstream.Evaluator

	mu      sync.Mutex
	answers []jetstream.Answer
}

func startSession(t *testing.T, c jetstream.Config) *session {
	s := startServer(t)
	nc, err := s.Connect()
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	all := &session{url: s.URL()}
	c.OnAnswer = func(a jetstream.Answer) {
		all.mu.Lock()
		defer all.mu.Unlock()
		all.answers = append(all.answers, a)
	}
	all.evaluator, err = jetstream.New(t.Context(), nc, searchspace.NASBench201{}, c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, all.evaluator.Close()) })
	return all
}

// work runs a worker until stop is called, which returns its error.
func (s *session) work(t *testing.T, args ...string) (stop func() error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- call(ctx, append([]string{"-server", s.url}, args...)...) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// evaluate evaluates the first cells of the space.
func (s *session) evaluate(t *testing.T, n int) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	pool := evaluator.Pool{Evaluator: s.evaluator, Workers: n}
	all := searchspace.NASBench201{}.All()
	count := 0
	for o := range pool.Run(ctx, func(yield func(searchspace.Arch) bool) {
		for a := range all {
			if count++; count > n || !yield(a) {
				return
			}
		}
	}) {
		require.NoError(t, o.Err)
	}
}

func TestEachProcessSeesItsOwnGPU(t *testing.T) {
	t.Setenv(visible, "5,7,9")
	s := startSession(t, jetstream.Config{})
	// Every process waits until all three have a request.
	tell := trainer(t, `    gpu, folder = os.environ["CUDA_VISIBLE_DEVICES"], os.path.dirname(__file__)
    open(os.path.join(folder, gpu + ".gpu"), "w").close()
    while sum(name.endswith(".gpu") for name in os.listdir(folder)) < 3:
        time.sleep(0.01)
    print(json.dumps({"id": r["id"], "value": int(gpu)}), flush=True)`)
	stop := s.work(t, append([]string{"-name", "one", "-gpus", "all"}, tell...)...)
	s.evaluate(t, 30)
	assert.NoError(t, stop())
	gpus := map[string]float64{}
	for _, a := range s.answers {
		gpus[a.Worker] = a.Result.Value
	}
	assert.Equal(t, map[string]float64{"one-gpu5": 5, "one-gpu7": 7, "one-gpu9": 9}, gpus)
}

func TestProcessesAreNumbered(t *testing.T) {
	o, err := parse("-name", "one", "-processes", "2", "--", "train")
	require.NoError(t, err)
	slots, err := o.slots(t.Context())
	require.NoError(t, err)
	require.Len(t, slots, 2)
	assert.Equal(t, "one-0", slots[0].name)
	assert.Equal(t, "one-1", slots[1].name)
}

func TestGPUsAreFound(t *testing.T) {
	bin := t.TempDir()
	tool := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(bin, "nvidia-smi"), []byte("#!/bin/sh\n"+text), 0o700))
	}
	t.Setenv("PATH", bin)
	t.Setenv(visible, "")
	_, err := findGPUs(t.Context())
	assert.ErrorContains(t, err, "$CUDA_VISIBLE_DEVICES is empty")

	require.NoError(t, os.Unsetenv(visible))
	_, err = findGPUs(t.Context())
	assert.ErrorContains(t, err, "nvidia-smi")
	assert.ErrorContains(t, err, "name them, as in -gpus 0,1")
	tool("echo 0; echo 1\n")
	gpus, err := findGPUs(t.Context())
	assert.NoError(t, err)
	assert.Equal(t, []string{"0", "1"}, gpus)
	tool("true\n")
	_, err = findGPUs(t.Context())
	assert.ErrorContains(t, err, "lists no GPU")
	tool("echo no driver; exit 9\n")
	_, err = findGPUs(t.Context())
	assert.ErrorContains(t, err, "exit status 9\nno driver")
}

// Each architecture but the first crashes the program once.
func TestProgramsThatCrashAreStartedAgain(t *testing.T) {
	s := startSession(t, jetstream.Config{})
	crash := trainer(t, `    proven, met = __file__ + ".proven", __file__ + "." + r["notation"].replace("|", "")
    if os.path.exists(proven) and not os.path.exists(met):
        open(met, "w").close()
        os._exit(3)
    print(json.dumps({"id": r["id"], "value": 1}), flush=True)
    for name in proven, met:
        open(name, "w").close()`)
	stop := s.work(t, append([]string{"-processes", "2"}, crash...)...)
	s.evaluate(t, 1)
	s.evaluate(t, 4)
	assert.NoError(t, stop())
}

// The queue would miss the first worker after an hour: the second one has what the first one has returned.
func TestWorkerThatIsStoppedReturnsItsRequest(t *testing.T) {
	s := startSession(t, jetstream.Config{Queue: jetstream.Queue{AckWait: time.Hour}})
	begun := filepath.Join(t.TempDir(), "begun")
	stop := s.work(t, trainer(t, `    open("`+begun+`", "w").close()
    time.sleep(3600)`)...)
	var asking sync.WaitGroup
	asking.Go(func() { s.evaluate(t, 1) })
	require.Eventually(t, func() bool { _, err := os.Stat(begun); return err == nil }, time.Minute, time.Millisecond)
	assert.NoError(t, stop())
	s.work(t, trainer(t, `    print(json.dumps({"id": r["id"], "value": 1}), flush=True)`)...)
	asking.Wait()
}

func TestWorkerWhoseProgramCannotRunEnds(t *testing.T) {
	s := startSession(t, jetstream.Config{})
	file := filepath.Join(t.TempDir(), "trainer")
	require.NoError(t, os.WriteFile(file, []byte("#!/no/such/interpreter\n"), 0o700))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _, _ = s.evaluator.Evaluate(ctx, first()) }()
	err := call(t.Context(), "-server", s.url, "--", file)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, file)
}

func first() searchspace.Arch {
	for a := range (searchspace.NASBench201{}).All() {
		return a
	}
	panic("an empty space")
}

// A worker may be started before the coordinator, which creates the queue.
func TestWorkerWaitsForTheCoordinator(t *testing.T) {
	url := startConfigured(t)
	t.Setenv("NATS_USER", "worker")
	t.Setenv("NATS_PASSWORD", "another-password")
	s := &session{url: url}
	stop := s.work(t, trainer(t, `    print(json.dumps({"id": r["id"], "value": 1}), flush=True)`)...)
	time.Sleep(100 * time.Millisecond) // the worker has probably been refused by then; it is right also if it has not
	nc, err := nats.Connect(url, nats.UserInfo("coordinator", "one-password"))
	require.NoError(t, err)
	defer nc.Close()
	s.evaluator, err = jetstream.New(t.Context(), nc, searchspace.NASBench201{}, jetstream.Config{})
	require.NoError(t, err)
	defer s.evaluator.Close()
	s.evaluate(t, 1)
	assert.NoError(t, stop())
}
