package rl_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// What a search remembers does not depend on a proposal that was interrupted while figures were
// computed.
func TestAnInterruptedProposalIsForgotten(t *testing.T) {
	small := smallSpace(t)
	space, err := searchspace.Listed(small, draws(t, small, 60))
	require.NoError(t, err)
	start := draws(t, space, 1)[0]
	part, err := searchspace.Listed(small, draws(t, space, 30))
	require.NoError(t, err)
	explorer := explore.NewUniform(part)
	for name, look := range map[string]func(s *rl.State) (archs []searchspace.Arch, exhausted bool){
		"members": func(s *rl.State) ([]searchspace.Arch, bool) { return s.Members(), false },
		"neighbors": func(s *rl.State) ([]searchspace.Arch, bool) {
			archs, _ := s.Neighbors(context.Background(), start)
			return archs, false
		},
		"exhausted": func(s *rl.State) ([]searchspace.Arch, bool) { return nil, s.NewCandidates().Exhausted() },
		"explorer": func(s *rl.State) ([]searchspace.Arch, bool) {
			c := s.NewCandidates()
			_, _ = c.Explore(context.Background(), "explorer", explorer, newRNG(1), 4)
			return c.Archs(), false
		},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				type seen struct {
					archs     []searchspace.Arch
					exhausted bool
				}
				// search returns what the method sees in the first proposal that is not interrupted.
				search := func(after int) (last seen) {
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					calls := 0
					interrupted := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						if calls++; calls == after {
							cancel()
						}
						if ctx.Err() != nil {
							return evaluator.Result{}, ctx.Err()
						}
						return size(ctx, a)
					})
					m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
						last.archs, last.exhausted = look(s)
						return []rl.Trial{{Arch: start}}, nil
					})
					s := mustNew(t, space, m, rl.Config{Limits: []rl.Limit{rl.AtMost("size", 3)}, Figures: interrupted})
					if _, err := s.Ask(ctx, 1); err != nil {
						require.ErrorIs(rt, err, context.Canceled)
						_, err = s.Ask(context.Background(), 1)
						require.True(rt, err == nil || err == rl.ErrWait)
					}
					return last
				}
				require.Equal(rt, search(-1), search(rapid.IntRange(1, 62).Draw(rt, "figures")))
			})
		})
	}
}
