package predictor

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestTooLargeNetworksAreRejected(t *testing.T) {
	s := searchspace.NASBench201{}
	data := examplesOf(randomArchs(t, s, newRand(1), 3), edges)
	for _, c := range []Config{
		{Hidden: 100_000}, {Layers: math.MaxInt}, {Networks: math.MaxInt}, {Hidden: math.MaxInt}, {MemoryLimit: 1 << 16},
	} {
		_, err := Train(t.Context(), s, data, c)
		assert.ErrorIs(t, err, ErrTooLarge)
		assert.ErrorContains(t, err, "Config.MemoryLimit")
	}
	_, err := Train(t.Context(), s, data, Config{MemoryLimit: -1})
	assert.ErrorContains(t, err, "must not be negative, got -1")
}

// largeGraph returns a space of graphs with the given number of nodes, and its complete graph.
func largeGraph(t *testing.T, nodes int) (searchspace.Space, searchspace.Arch) {
	s, err := searchspace.NewRandWire(nodes)
	require.NoError(t, err)
	b := s.Start()
	for d, more := b.Next(); more; d, more = b.Next() {
		require.NoError(t, b.Take(d.Allowed[len(d.Allowed)-1]))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	return s, a
}

// One step on 32 complete graphs of 300 nodes takes many seconds.
func TestTrainingOfLargeGraphsEndsWithinASecond(t *testing.T) {
	s, a := largeGraph(t, 300)
	data := make([]Example, batchSize)
	for i := range data {
		data[i] = Example{a, float64(i)}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	var begun sync.Once
	var ended time.Time
	late := errors.New("late")
	c := Config{Networks: 1, Hidden: 64, OnStep: func(int, int) {
		begun.Do(func() { time.AfterFunc(100*time.Millisecond, func() { ended = time.Now(); cancel(late) }) })
	}}
	_, err := Train(ctx, s, data, c)
	require.ErrorIs(t, err, late)
	t.Logf("ended %v after its context", time.Since(ended))
}

// Graphs that do not fit into memory together are processed one after the other, with the same gradient.
func TestGradientOfABatchInPieces(t *testing.T) {
	if race.Enabled {
		t.Skip("too slow under the race detector")
	}
	s, a := largeGraph(t, 270)
	e, err := newEncoder(s)
	require.NoError(t, err)
	g, err := e.encode(a)
	require.NoError(t, err)
	require.Equal(t, 1, together([]*encoded{g, g}), "two graphs do not fit together")
	net := newNetwork(e, 4, 1)
	params := make([]float32, net.layout.Size)
	net.layout.Init(params, newRand(1))
	gradient := func(batch ...target) []float32 {
		grad := make([]float32, len(params))
		(&objective{net: net}).Gradient(batch, 1, params, grad)
		return grad
	}
	one, two := gradient(target{g, 1}), gradient(target{g, 1}, target{g, 1})
	for i := range one {
		assert.InDelta(t, 2*one[i], two[i], 1e-3*math.Abs(float64(one[i]))+1e-6)
	}
}
