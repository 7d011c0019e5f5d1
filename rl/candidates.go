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

// Candidates collects architectures that a search could evaluate next: valid members of the space
// that have not been tried at any budget and are within the limits (see [State.WithinLimits]). No
// two have the same Key.
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

// Trials returns the first n candidates as trials to propose, or all if there are fewer.
func (c *Candidates) Trials(n int) []Trial {
	trials := make([]Trial, max(0, min(n, len(c.archs))))
	for i := range trials {
		trials[i] = c.Trial(i)
	}
	return trials
}

// Add adds an architecture and reports whether it was added. An architecture is rejected if it is
// not a member of the space, has been tried (see [State.Tried]), is already a candidate, or is
// beyond a limit (see [State.WithinLimits]).
func (c *Candidates) Add(source string, a searchspace.Arch) bool {
	if c.state.space.Validate(a) != nil {
		return false
	}
	return c.add(source, c.state.space.Key(a), a)
}

// add is Add for a member of the space whose Key is known.
func (c *Candidates) add(source, key string, a searchspace.Arch) bool {
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

// ErrExhausted is wrapped by the error of an explorer that has nothing new left to draw. It does
// not end the search: other explorers take over.
var ErrExhausted = errors.New("the explorer has nothing new left to draw")

// Exclude prevents architectures from being added, for example those that are already part of the
// group being proposed.
func (c *Candidates) Exclude(archs ...searchspace.Arch) {
	for _, a := range archs {
		c.keys[c.state.space.Key(a)] = true
	}
}

const (
	// maxDraws is the number of draws in a row that may be rejected before drawing gives up.
	maxDraws = 10_000
	// countAfter is the number of draws in a row that may be rejected before a small space is counted.
	countAfter = 100
)

// Draw adds up to n new architectures drawn by a generator and returns how many it added. It adds
// fewer than n if 10,000 draws in a row are rejected, if a small space has no more members, or if
// it returns an error. At the start of a search, it is an error if none of 10,000 draws is a member
// of the space.
func (c *Candidates) Draw(ctx context.Context, source string, g generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	return c.draw(ctx, source, g, rng, n, maxDraws)
}

// draw is Draw with a given limit on rejected draws in a row.
func (c *Candidates) draw(ctx context.Context, source string, g generator.GraphGenerator, rng *rand.Rand, n, limit int) (added int, err error) {
	valid := false    // whether a draw is a member
	var invalid error // of a draw that is not
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
			} else if err := c.state.space.Validate(a); err != nil {
				invalid = err
				continue
			}
			valid = true
		}
	}
	if limit == maxDraws && c.state.Proposed() == 0 && !valid && invalid != nil {
		return added, fmt.Errorf("none of %d draws is a member of the space %s: %w", limit, c.state.space.Name(), invalid)
	}
	return added, nil
}

// Explore is like Draw, but draws uniformly once the explorer has nothing new left, for example
// because it reaches only part of the space. Later calls in the same search skip such an explorer.
// If explorer is nil, all draws are uniform, with the absence of an edge as likely as each of its
// operations (explore.NewUniformLabels).
func (c *Candidates) Explore(ctx context.Context, source string, explorer generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	return c.explore(ctx, source, explorer, c.state.dryness(explorer), rng, n)
}

// explore is Explore with the explorer's flag of dryness.
func (c *Candidates) explore(ctx context.Context, source string, explorer generator.GraphGenerator, dry *bool, rng *rand.Rand, n int) (added int, err error) {
	if explorer != nil && !*dry {
		if added, err = c.Draw(ctx, source, explorer, rng, n); err != nil && !errors.Is(err, ErrExhausted) {
			return added, fmt.Errorf("exploring: %w", err)
		}
		if err := ended(c.state.context(), "exploring"); err != nil {
			return added, err // figures may be missing, so the explorer may have more
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

// drawMembers adds up to n members of a space that is small enough to list, in random order. Under
// tight limits, draws would find few of them.
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

// anywhere is Draw for explorers that reach the whole space. Some members may be much less probable
// than others. If draws stop finding new ones and the space is small enough to list, anywhere adds
// the remaining members in random order.
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

// uniform returns the explorer that is used when others have nothing left.
func (s *State) uniform() generator.GraphGenerator {
	return s.Memo(uniformKey{}, func() any { return explore.NewUniformLabels(s.space) }).(*explore.Uniform)
}

// dryness returns a flag that reports whether an explorer has nothing new left; the caller reads
// and sets it. If the explorer is comparable, all groups of the search share the flag.
func (s *State) dryness(explorer generator.GraphGenerator) *bool {
	if explorer == nil || !reflect.ValueOf(explorer).Comparable() {
		return new(bool)
	}
	return s.Memo(dryKey{explorer}, func() any { return new(bool) }).(*bool)
}

// Scatter adds up to n new architectures from the whole space and returns how many it added. About
// half come from the explorer and the rest are uniform; all are uniform once the explorer has
// nothing new left.
func (c *Candidates) Scatter(ctx context.Context, source string, explorer generator.GraphGenerator, rng *rand.Rand, n int) (added int, err error) {
	dry := c.state.dryness(explorer)
	if explorer != nil && !*dry {
		both, err := generator.NewMixture(explorer, c.state.uniform())
		if err != nil {
			return 0, err
		}
		added, err = c.anywhere(ctx, source, both, rng, n)
		if !errors.Is(err, ErrExhausted) { // the uniform half may yield fewer than n
			return added, err
		}
		*dry = true
	}
	more, err := c.anywhere(ctx, source, c.state.uniform(), rng, n-added)
	return added + more, err
}

// maxListed is the largest number of members of a space that is listed.
const maxListed = 20_000

// Members returns all members of the space that are within the limits (see [State.WithinLimits]),
// or nil if the space cannot be listed or has more than 20,000 members. Callers must not change the
// slice.
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
		return s.valid(all)
	}).([]searchspace.Arch)
}

// valid removes architectures that are not members of the space or beyond a limit.
func (s *State) valid(archs []searchspace.Arch) []searchspace.Arch {
	return slices.DeleteFunc(archs, func(a searchspace.Arch) bool { return !s.admits(a) })
}

// Suggested returns up to n untried architectures that did best under other objectives, taking the
// best of each [Past] with OtherObjective in turn.
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
