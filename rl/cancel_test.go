package rl

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowSpace stands for a space whose neighbours take long to find, and counts how often they are asked for.
type slowSpace struct {
	searchspace.NASBench201
	asked func()
}

func (s slowSpace) Neighbors(searchspace.Arch) iter.Seq[searchspace.Arch] {
	s.asked()
	return func(func(searchspace.Arch) bool) {}
}

// A round that is cancelled looks for the neighbours of no further parent.
func TestCancellingEndsTheLookForNeighbours(t *testing.T) {
	stop := errors.New("stop")
	rank := func(ctx context.Context, s Session) error {
		r := search{
			space: s.Space, model: newRecorder(s.Space), history: s.History, known: s.known, memory: *s.memory,
			config: Config{Batch: 1, Evaluations: 100, Ranking: Ranking{Parents: 10, Ranker: judge(byEdges)}},
		}
		_, _, err := r.ranked(ctx)
		return err
	}
	propose := func(strategy Strategy) func(context.Context, Session) error {
		return func(ctx context.Context, s Session) error {
			_, err := strategy.Propose(ctx, s)
			return err
		}
	}
	for name, look := range map[string]func(context.Context, Session) error{
		"evolution": propose(RegularizedEvolution{}),
		"local":     propose(LocalSearch{}),
		"process":   propose(GaussianProcess{}),
		"ranking":   rank,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			asked := 0
			space := slowSpace{asked: func() {
				if asked++; asked == 2 {
					cancel(stop)
				}
			}}
			err := look(ctx, evaluatedSession(t, space))
			assert.ErrorIs(t, err, stop)
			assert.Equal(t, 2, asked)
		})
	}
}

// evaluatedSession has thirty evaluations behind it, a round each, every one better than those before.
func evaluatedSession(t *testing.T, space searchspace.Space) Session {
	archs, err := explore.NewUniformLabels(space).Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 30)
	require.NoError(t, err)
	s := Session{
		Space: space, History: &History{}, Wanted: 1, Rand: rand.New(rand.NewPCG(2, 2)),
		known: map[string]int{}, memory: &memory{near: map[string][]candidate{}, listed: true},
	}
	for i, a := range archs {
		e := Evaluation{Index: i, Round: i, Arch: a, Key: space.Key(a)}
		e.Result.Value = float64(i)
		s.known[e.Key] = i
		s.History.Evaluations = append(s.History.Evaluations, e)
		s.History.Rounds = append(s.History.Rounds, Round{Number: i, Drawn: []int{i}})
	}
	return s
}
