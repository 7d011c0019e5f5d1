package rl_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// spread proposes the last of many draws, which all groups share.
func spread(explorer generator.GraphGenerator, draws int) rl.Method {
	return methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		c := s.NewCandidates()
		_, err := c.ExploreShared(ctx, rl.SourceExplorer, explorer, s.Rand(rl.ToExplore), draws)
		trials := c.Trials(c.Len())
		return trials[max(0, len(trials)-n):], err
	})
}

// among is an explorer that draws from a list.
type among struct{ archs []searchspace.Arch }

func (m *among) Sample(_ context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, n)
	for i := range archs {
		archs[i] = m.archs[rng.IntN(len(m.archs))]
	}
	return archs, nil
}

// interrupted is an explorer that ends the context in the middle of a draw.
type interrupted struct {
	generator.GraphGenerator
	after int // draws
	end   context.CancelFunc
}

func (i *interrupted) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	if i.after--; i.after == 0 {
		rng.Uint64()
		i.end()
		return nil, context.Cause(ctx)
	}
	return i.GraphGenerator.Sample(ctx, rng, n)
}

// Shared draws do not depend on where a search was resumed or interrupted, even if the explorer has
// nothing new left.
func TestSharedDrawsAreRepeatable(t *testing.T) {
	space := smallSpace(t)
	few := &among{draws(t, space, 3)}
	rapid.Check(t, func(t *rapid.T) {
		explorer := rapid.SampledFrom([]generator.GraphGenerator{explore.NewUniformLabels(space), few}).Draw(t, "explorer")
		count := rapid.IntRange(1, 20).Draw(t, "draws")
		c, record := configs.Draw(t, "config"), &memoryRecorder{}
		search := func(r rl.Recorder, e generator.GraphGenerator) *rl.Search {
			c.Recorder = r
			s, err := rl.New(space, spread(e, count), c)
			require.NoError(t, err)
			return s
		}
		h, err := search(record, explorer).Run(context.Background(), countEdges)
		require.NoError(t, err)
		want := written(t, h, space)

		part := record.cut(rapid.IntRange(1, record.size()).Draw(t, "recorded"))
		h, err = search(part, explorer).Run(context.Background(), countEdges)
		require.NoError(t, err)
		assert.Equal(t, want, written(t, h, space))

		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s := search(nil, &interrupted{explorer, rapid.IntRange(1, 30).Draw(t, "after"), cancel})
		for err == nil {
			var trials []rl.Trial
			if trials, err = s.Ask(ctx, 1); errors.Is(err, context.Canceled) {
				trials, err = s.Ask(context.Background(), 1)
				ctx = context.Background()
			}
			for _, trial := range trials {
				r, failure := try(countEdges, trial.Arch)
				require.NoError(t, s.Tell(trial, r, failure))
			}
		}
		require.ErrorIs(t, err, rl.ErrDone)
		h, err = s.Finish(context.Background())
		require.NoError(t, err)
		assert.Equal(t, want, written(t, h, space))
	})
}

// Each group only draws what replaces the architectures that have been tried.
func TestSharedDrawsAreDrawnOnce(t *testing.T) {
	space := searchspace.NASBench201{}
	explorer := &counting{GraphGenerator: explore.NewUniformLabels(space)}
	h, err := mustRun(t, space, spread(explorer, 100), countEdges, rl.Config{Evaluations: 20})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 20)
	assert.InDelta(t, 100+19, explorer.drawn, 10, "few repeats")
}
