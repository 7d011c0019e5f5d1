package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/searchspace"
)

// covering draws the architectures that together have all the shared parameters of a small ENAS space, in turn.
type covering struct {
	space searchspace.ENASMacro
	archs []searchspace.Arch
	next  int
}

func newCovering(t *testing.T) *covering {
	t.Helper()
	const layers = 3
	space, err := searchspace.NewENASMacro(layers)
	require.NoError(t, err)
	archs, err := supernet.ENASCover(layers)
	require.NoError(t, err)
	return &covering{space: space, archs: archs}
}

// Sample returns the next n architectures.
func (c *covering) Sample(_ context.Context, _ *rand.Rand, n int) ([]searchspace.Arch, error) {
	var drawn []searchspace.Arch
	for range n {
		drawn = append(drawn, c.archs[c.next%len(c.archs)])
		c.next++
	}
	return drawn, nil
}

var sharedDesign = network.ENASMacro{Channels: 4, Shared: true}

// remote returns the weights that a worker shares.
func (c *covering) remote(t *testing.T, worker evaluator.Evaluator) *supernet.Remote {
	t.Helper()
	r, err := supernet.NewRemote(t.Context(), supernet.RemoteConfig{
		Space: c.space, Design: sharedDesign, Input: input(t, "fashion-mnist"), Worker: worker,
		Recipe: supernet.Recipe{Epochs: 4, Batch: 32}, Budget: map[string]float64{"validation": 0.005, "fraction": 0.005}, Seed: 1,
	}, c.archs[0])
	require.NoError(t, err)
	return r
}

// holder starts worker.py with checkpoints.
func holder(t *testing.T, space searchspace.Space, checkpoints string) *command.Evaluator {
	t.Helper()
	e, err := command.New(space, command.Config{
		Command: []string{python(t), "-B", "worker.py", "--device", "cpu", "--data", fashionMNIST, "--checkpoints", checkpoints},
		Env:     append(os.Environ(), "OMP_NUM_THREADS=1"), Grace: time.Minute,
	})
	require.NoError(t, err)
	return e
}

// TestSharedWeights: a worker that was stopped goes on from its checkpoint, first over pipes and then over a queue, and comes to
// the weights of one that was not. Go reads its checkpoint.
func TestSharedWeights(t *testing.T) {
	if _, err := os.Stat(fashionMNIST); err != nil {
		t.Skip(err)
	}
	c, folder := newCovering(t), t.TempDir()
	train := func(worker evaluator.Evaluator, steps int) (*supernet.Remote, oracle.Figures) {
		r := c.remote(t, worker)
		figures, err := r.Train(t.Context(), c, steps)
		require.NoError(t, err)
		return r, figures
	}
	measure := func(r *supernet.Remote) evaluator.Result {
		result, err := r.Evaluate(t.Context(), c.archs[2])
		require.NoError(t, err)
		result.Cost = 0
		return result
	}
	first := holder(t, c.space, folder)
	_, early := train(first, 6)
	require.NoError(t, first.Close())

	overQueue(t, c.space, holder(t, c.space, folder), func(queue evaluator.Evaluator) {
		r, late := train(queue, 30)
		assert.Equal(t, 36, r.Steps())
		assert.Less(t, late.Loss, early.Loss)
		got := measure(r)

		whole := holder(t, c.space, t.TempDir())
		defer func() { assert.NoError(t, whole.Close()) }()
		c.next = 0
		r, _ = train(whole, 36)
		assert.Equal(t, measure(r), got)
	})
	files, err := filepath.Glob(filepath.Join(folder, "*.safetensors"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	loadShared(t, c, files[0])
}

// overQueue calls a function with a coordinator whose queue the evaluator serves, and closes both.
func overQueue(t *testing.T, space searchspace.Space, e *command.Evaluator, use func(evaluator.Evaluator)) {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	defer server.Close()
	nc, err := server.Connect()
	require.NoError(t, err)
	defer nc.Close()
	coordinator, err := jetstream.New(t.Context(), nc, space, jetstream.Config{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, coordinator.Close()) }()
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { assert.NoError(t, jetstream.Worker{Conn: nc, Space: space, Evaluator: e}.Run(ctx)) })
	defer func() { assert.NoError(t, e.Close()) }()
	defer serving.Wait()
	defer stop()
	use(coordinator)
}

// loadShared loads the checkpoint of the worker in Go.
func loadShared(t *testing.T, c *covering, path string) {
	t.Helper()
	images := newRelay(t, oracle.Recipe{Epochs: 1}, 1).images // any of one channel and ten classes
	s, err := supernet.New(supernet.Config{Design: sharedDesign, Cover: c.archs, Images: images})
	require.NoError(t, err)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, s.Load(file))
	assert.Equal(t, 36, s.Steps())
}
