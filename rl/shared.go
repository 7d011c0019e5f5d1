package rl

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ExploreShared is like Explore, but all groups of a search share what the explorer draws: it adds
// the explorer's first n draws that are still new, and draws only what is missing. Use it where
// every group needs many draws to choose from. The shared draws have their own stream of random
// numbers, so a resumed search repeats them; rng is only used for the uniform draws that replace the
// explorer's once it has nothing new left. If the explorer is not comparable (in Go's sense), every
// call draws them again.
func (c *Candidates) ExploreShared(ctx context.Context, source string, explorer generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	if explorer == nil {
		explorer = c.state.uniform()
	}
	draws := c.state.drawsOf(explorer)
	for i := 0; i < len(draws.archs) && added < n; i++ {
		if c.add(source, draws.keys[i], draws.archs[i]) {
			added++
		}
	}
	more, err := c.explore(ctx, source, draws, c.state.dryness(explorer), rng, n-added)
	return added + more, err
}

// sharedDraws is a generator that remembers the members of the space that an explorer has drawn.
type sharedDraws struct {
	explorer generator.GraphGenerator
	space    searchspace.Space
	rng      *rand.Rand // nil before the first draw and after an interrupted one
	archs    []searchspace.Arch
	keys     []string // of archs, all different
	seen     map[string]bool
}

type sharedKey struct{ explorer generator.GraphGenerator }

// drawsOf returns what an explorer has drawn so far.
func (s *State) drawsOf(explorer generator.GraphGenerator) *sharedDraws {
	draws := &sharedDraws{}
	if reflect.ValueOf(explorer).Comparable() {
		draws = s.Memo(sharedKey{explorer}, func() any { return draws }).(*sharedDraws)
	}
	if draws.rng == nil {
		*draws = sharedDraws{explorer: explorer, space: s.space, rng: s.RandOf(ToExplore, "shared draws"), seen: map[string]bool{}}
	}
	return draws
}

// Sample draws from the explorer with the shared stream of random numbers.
func (d *sharedDraws) Sample(ctx context.Context, _ *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs, err := d.explorer.Sample(ctx, d.rng, n)
	if err != nil && !errors.Is(err, ErrExhausted) {
		d.rng = nil
		return nil, err
	}
	for _, a := range archs {
		if d.space.Validate(a) != nil {
			continue
		}
		if key := d.space.Key(a); !d.seen[key] {
			d.seen[key] = true
			d.archs, d.keys = append(d.archs, a), append(d.keys, key)
		}
	}
	return archs, err
}
