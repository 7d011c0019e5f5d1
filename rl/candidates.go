package rl

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Candidates collects architectures that a search may evaluate next: members of the space that are neither evaluated nor
// running at any budget and are within the limits (see [State.WithinLimits]), each once.
type Candidates struct {
	state   *State
	keys    map[string]bool
	archs   []searchspace.Arch
	sources []string
}

// NewCandidates returns an empty collection.
func (s *State) NewCandidates() *Candidates { return &Candidates{state: s, keys: map[string]bool{}} }

// Len returns the number of architectures.
func (c *Candidates) Len() int { return len(c.archs) }

// Archs returns the architectures in the order in which they were added. Callers must not change the slice.
func (c *Candidates) Archs() []searchspace.Arch { return c.archs }

// Trial returns candidate i as a trial to propose.
func (c *Candidates) Trial(i int) Trial { return Trial{Arch: c.archs[i], Source: c.sources[i]} }

// Trials returns the first n candidates as trials to propose; fewer if there are fewer.
func (c *Candidates) Trials(n int) []Trial {
	trials := make([]Trial, max(0, min(n, len(c.archs))))
	for i := range trials {
		trials[i] = c.Trial(i)
	}
	return trials
}

// Add adds an architecture and reports whether it did. It does not add an architecture that is not a member of the space,
// has been tried (see [State.Tried]), is already a candidate, or is beyond a limit (see [State.WithinLimits]).
func (c *Candidates) Add(source string, a searchspace.Arch) bool {
	if c.state.space.Validate(a) != nil {
		return false
	}
	key := c.state.space.Key(a)
	if c.state.tried(key) || c.keys[key] {
		return false
	}
	if c.state.figures.of(c.state.context(), key, a).refusal != nil {
		return false
	}
	c.keys[key] = true
	c.archs, c.sources = append(c.archs, a), append(c.sources, source)
	return true
}

// ErrExhausted is wrapped by the error of an explorer that has nothing more to draw. It does not end a search: other
// explorers draw instead.
var ErrExhausted = errors.New("the explorer draws nothing more")

// Exclude keeps architectures from being added, such as those of trials that are about to be proposed.
func (c *Candidates) Exclude(archs ...searchspace.Arch) {
	for _, a := range archs {
		c.keys[c.state.space.Key(a)] = true
	}
}

const (
	// maxDraws is how many architectures in a row may be known or illegal before new ones count as too rare.
	maxDraws = 10_000
	// countAfter is how many architectures in a row may be known or illegal before a small space is counted.
	countAfter = 100
)

// Draw adds up to n new architectures that a generator draws, and returns how many it added: fewer than n if new ones
// have become too rare (10,000 draws in a row brought none) or a small space has no more, or together with an error.
func (c *Candidates) Draw(ctx context.Context, source string, g generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	return c.draw(ctx, source, g, rng, n, maxDraws)
}

// draw is Draw with its own limit for draws in a row that bring nothing.
func (c *Candidates) draw(ctx context.Context, source string, g generator.GraphGenerator, rng *rand.Rand, n, limit int) (added int, err error) {
	for tries := 0; added < n && tries < limit; tries++ {
		if tries == countAfter && c.Exhausted() {
			return added, nil
		}
		archs, err := g.Sample(ctx, rng, 1)
		if err != nil {
			return added, err
		}
		for _, a := range archs {
			if added < n && c.Add(source, a) {
				added, tries = added+1, -1
			}
		}
	}
	return added, nil
}

// Explore is Draw with an explorer. If the explorer draws nothing new any more, because it reaches only part of the space,
// uniform draws take its place, and it is not asked again in the same search. A nil explorer draws uniformly; the absence
// of an edge is as likely as each of its operations (explore.NewUniformLabels).
func (c *Candidates) Explore(ctx context.Context, source string, explorer generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	dry := c.state.dryness(explorer)
	if explorer != nil && !*dry {
		if added, err = c.Draw(ctx, source, explorer, rng, n); err != nil && !errors.Is(err, ErrExhausted) {
			return added, fmt.Errorf("exploring: %w", err)
		}
		*dry = added < n
	}
	more, err := c.anywhere(ctx, source, c.state.uniform(), rng, n-added)
	if err != nil {
		err = fmt.Errorf("exploring: %w", err)
	}
	if added += more; err == nil && added < n && c.state.Limited() {
		added += c.drawMembers(source, rng, n-added)
	}
	return added, err
}

// drawMembers adds up to n members of a space that can be listed, in random order. Draws find few of them if the limits are
// tight.
func (c *Candidates) drawMembers(source string, rng *rand.Rand, n int) (added int) {
	members := c.state.Members()
	for _, i := range rng.Perm(len(members)) {
		if added == n {
			break
		}
		if c.Add(source, members[i]) {
			added++
		}
	}
	return added
}

// anywhere is Draw for explorers that reach the whole space. Some of its members may be far less probable than others, so the
// members that are left are taken as they come as soon as draws bring nothing new, if the space has few enough to be listed.
func (c *Candidates) anywhere(ctx context.Context, source string, g generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	added, err = c.draw(ctx, source, g, rng, n, countAfter)
	if added == n || err != nil {
		return added, err
	}
	members := c.state.Members()
	if members == nil {
		more, err := c.Draw(ctx, source, g, rng, n-added)
		return added + more, err
	}
	for _, i := range rng.Perm(len(members)) {
		if added == n {
			break
		}
		if c.Add(source, members[i]) {
			added++
		}
	}
	return added, nil
}

type (
	uniformKey struct{}
	dryKey     struct{ explorer generator.GraphGenerator }
	membersKey struct{}
)

// uniform is the explorer of last resort.
func (s *State) uniform() generator.GraphGenerator {
	return s.Memo(uniformKey{}, func() any { return explore.NewUniformLabels(s.space) }).(*explore.Uniform)
}

// dryness returns whether an explorer has run dry, for the caller to read and set. It is remembered for the whole search
// if the explorer is comparable.
func (s *State) dryness(explorer generator.GraphGenerator) *bool {
	if explorer == nil || !reflect.ValueOf(explorer).Comparable() {
		return new(bool)
	}
	return s.Memo(dryKey{explorer}, func() any { return new(bool) }).(*bool)
}

// Scatter adds up to n new architectures from anywhere in the space and returns how many it added: about half of them the
// explorer's, half uniform, or all uniform once the explorer draws nothing new any more.
func (c *Candidates) Scatter(ctx context.Context, source string, explorer generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	dry := c.state.dryness(explorer)
	if explorer != nil && !*dry {
		both, err := generator.NewMixture(explorer, c.state.uniform())
		if err != nil {
			return 0, err
		}
		added, err = c.anywhere(ctx, source, both, rng, n)
		if !errors.Is(err, ErrExhausted) { // fewer than n may come of the uniform half
			return added, err
		}
		*dry = true
	}
	more, err := c.anywhere(ctx, source, c.state.uniform(), rng, n-added)
	return added + more, err
}

// maxListed is how many members a space may have to be listed.
const maxListed = 20_000

// Members returns all members of a space that can be listed and has no more than 20,000, else nil. Members that are not
// within the limits are left out (see [State.WithinLimits]). Callers must not change the slice.
func (s *State) Members() []searchspace.Arch {
	return s.Memo(membersKey{}, func() any {
		var all []searchspace.Arch
		e, ok := s.space.(searchspace.Enumerator)
		if !ok {
			return all
		}
		for a := range e.All() {
			if len(all) == maxListed {
				return []searchspace.Arch(nil)
			}
			all = append(all, a)
		}
		return s.legal(all)
	}).([]searchspace.Arch)
}

// legal drops what the space's Validate or a limit forbids.
func (s *State) legal(archs []searchspace.Arch) []searchspace.Arch {
	return slices.DeleteFunc(archs, func(a searchspace.Arch) bool { return !s.admits(a) })
}

// Suggested returns up to n architectures that did best under other objectives and are not known here: the best of each
// Past in turn. There are none if the search was given no such evaluations.
func (s *State) Suggested(n int) []searchspace.Arch {
	if len(s.others) == 0 || n <= 0 {
		return nil
	}
	ranked := make([][]Evaluation, len(s.others))
	longest := 0
	for i, others := range s.others {
		ranked[i] = s.Memo(rankedKey{i}, func() any { return top(others, len(others)) }).([]Evaluation)
		longest = max(longest, len(ranked[i]))
	}
	c := s.NewCandidates()
	for place := range longest {
		for _, list := range ranked {
			if place < len(list) && c.Add(SourcePast, list[place].Arch) && c.Len() == n {
				return c.Archs()
			}
		}
	}
	return c.Archs()
}

type rankedKey struct{ past int }
