package baseline

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// LocalSearch is hill climbing (White et al. 2021, arXiv 2005.02960). From a starting architecture,
// it evaluates the neighbors (searchspace.Neighbors) in random order and moves to the first one
// that is better. If none is better, it restarts.
//
// With several objectives, it evaluates random neighbors of architectures on the front (Pareto
// local search, Paquete et al. 2004).
//
// While neighbors of the current architecture are running, it proposes the remaining neighbors, and
// then further starting points.
type LocalSearch struct {
	// Explorer draws starting points, after the best under other objectives have been used. If nil,
	// draws are uniform, with the absence of an edge as likely as each of its labels.
	Explorer generator.GraphGenerator
}

var _ rl.Method = LocalSearch{}

// Propose returns neighbors of the current architecture.
func (l LocalSearch) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rng := s.Rand(rl.ToPropose)
	trials, err := l.around(ctx, s, n, rng)
	if err != nil || len(trials) > 0 {
		return trials, err
	}
	c := s.NewCandidates()
	for _, a := range s.Suggested(1) {
		c.Add(rl.SourcePast, a)
	}
	_, err = c.Explore(ctx, rl.SourceExplorer, l.Explorer, rng, n-c.Len())
	return c.Trials(n), err
}

// around returns new neighbors of the current architecture or front.
func (l LocalSearch) around(ctx context.Context, s *rl.State, n int, rng *rand.Rand) ([]rl.Trial, error) {
	if len(s.Objectives()) > 1 {
		return aroundFront(ctx, s, n, rng)
	}
	climb, err := follow(ctx, s)
	if err != nil {
		return nil, err
	}
	return climb.around(ctx, n, rng)
}

// climb is the current position of a search.
type climb struct {
	state  *rl.State
	known  map[string]bool
	scores map[string]float64 // of the successful evaluations, by key
	at     *rl.Evaluation     // the current architecture; nil before a start
	place  *place             // the place of at
	near   []searchspace.Arch
}

// place is what the search remembers about an architecture.
type place struct {
	few bool // whether all neighbors are listed in climb.near
	// untried is the key of a neighbor that was new at the last look. It only saves time: the
	// mutations of a place always have the same order.
	untried string
}

type placeKey struct{ key string }

// follow replays the evaluations of a search group by group.
func follow(ctx context.Context, s *rl.State) (*climb, error) {
	c := &climb{state: s, known: map[string]bool{}, scores: map[string]float64{}}
	all := s.Evaluations()
	succeeded := slices.DeleteFunc(slices.Clone(all), func(e rl.Evaluation) bool { return !e.OK() })
	for i, score := range s.Scores(succeeded) {
		c.scores[succeeded[i].Key] = score
	}
	for len(all) > 0 {
		last := 1
		for last < len(all) && all[last].Group == all[0].Group {
			last++
		}
		if err := c.see(ctx, all[:last]); err != nil {
			return nil, err
		}
		all = all[last:]
	}
	return c, nil
}

// see processes the evaluations of a group.
func (c *climb) see(ctx context.Context, group []rl.Evaluation) error {
	best, ok := c.bestOf(group)
	starts := c.at == nil
	if !starts && !(ok && c.score(best) > c.score(*c.at)) {
		var err error
		if starts, err = c.exhausted(ctx); err != nil {
			return err
		}
	}
	for _, e := range group {
		c.known[e.Key] = true
	}
	switch {
	case ok && (starts || c.score(best) > c.score(*c.at)):
		return c.move(ctx, best)
	case starts:
		c.at = nil // the start failed
	}
	return nil
}

// move makes another architecture the current one.
func (c *climb) move(ctx context.Context, to rl.Evaluation) (err error) {
	c.at = &to
	c.place = c.state.Memo(placeKey{to.Key}, func() any { return &place{few: c.state.FewNeighbors(to.Arch)} }).(*place)
	if c.place.few {
		c.near, err = c.state.Neighbors(ctx, to.Arch)
	}
	return err
}

// exhausted reports whether all neighbors of the current architecture are known.
func (c *climb) exhausted(ctx context.Context) (bool, error) {
	if c.place.few {
		return !slices.ContainsFunc(c.near, func(a searchspace.Arch) bool { return !c.known[c.state.Space().Key(a)] }), nil
	}
	if c.place.untried != "" && !c.known[c.place.untried] {
		return false, nil
	}
	for a, err := range c.state.Mutations(ctx, c.at.Arch, rand.New(rand.NewPCG(uint64(c.at.ID), 0))) {
		if err != nil {
			return false, err
		}
		if key := c.state.Space().Key(a); key != c.at.Key && !c.known[key] {
			c.place.untried = key
			return false, nil
		}
	}
	return true, nil
}

// around returns new neighbors of the current architecture in random order: all of them if there
// are few, otherwise up to n.
func (c *climb) around(ctx context.Context, n int, rng *rand.Rand) ([]rl.Trial, error) {
	found := c.state.NewCandidates()
	switch {
	case c.at == nil:
	case c.place.few:
		for _, a := range c.near {
			found.Add(rl.SourceNeighbor, a)
		}
		trials := found.Trials(found.Len())
		rng.Shuffle(len(trials), func(i, j int) { trials[i], trials[j] = trials[j], trials[i] })
		return trials, nil
	default:
		for a, err := range c.state.Mutations(ctx, c.at.Arch, rng) {
			if err != nil {
				return nil, err
			}
			if found.Add(rl.SourceNeighbor, a); found.Len() >= n {
				break
			}
		}
	}
	return found.Trials(n), nil
}

// bestOf returns the best successful evaluation, the earliest if several are equal. It returns
// false if none has succeeded.
func (c *climb) bestOf(evaluations []rl.Evaluation) (best rl.Evaluation, ok bool) {
	for _, e := range evaluations {
		if e.OK() && (!ok || c.score(e) > c.score(best)) {
			best, ok = e, true
		}
	}
	return best, ok
}

// score returns the score of a successful evaluation.
func (c *climb) score(e rl.Evaluation) float64 { return c.scores[e.Key] }
