package baseline

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// LocalSearch climbs (White et al. 2021, arXiv 2005.02960). From a first architecture it evaluates the neighbors
// (searchspace.Neighbors) in random order, moves on to the first one that is better, and starts anew if none is.
//
// With several objectives it evaluates random neighbors of the members of the front (Pareto local search, Paquete et al. 2004).
//
// While neighbors of the present place are running, it proposes the other neighbors, and further starts if there are none.
type LocalSearch struct {
	// Explorer draws where a climb starts, after what did best under other objectives. If nil, every label of an edge is
	// as likely as the others, its absence included.
	Explorer generator.GraphGenerator
}

var _ rl.Method = LocalSearch{}

// Propose returns neighbors of the place that the climb has come to.
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

// around returns new neighbors of where the search has come to.
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

// climb is where a search has come to.
type climb struct {
	state  *rl.State
	known  map[string]bool
	scores map[string]float64 // of what has succeeded, by key
	at     *rl.Evaluation     // nil: the next evaluations are a start
	place  *place             // that of at
	near   []searchspace.Arch
}

// place is what a search remembers of an architecture.
type place struct {
	few bool // all neighbors are listed, in climb.near
	// untried is the key of a neighbor that was unknown when one was last looked for. It saves time only: it is one of the
	// mutations in the order that a place always has.
	untried string
}

type placeKey struct{ key string }

// follow follows the evaluations group by group.
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

// see goes on with the evaluations of a group.
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
		c.at = nil // a start that failed
	}
	return nil
}

// move moves to another place.
func (c *climb) move(ctx context.Context, to rl.Evaluation) (err error) {
	c.at = &to
	c.place = c.state.Memo(placeKey{to.Key}, func() any { return &place{few: c.state.FewNeighbors(to.Arch)} }).(*place)
	if c.place.few {
		c.near, err = c.state.Neighbors(ctx, to.Arch)
	}
	return err
}

// exhausted reports whether all neighbors of the place are known.
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

// around returns new neighbors of the place in random order: all if they are few, otherwise up to n.
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

// bestOf returns the first of the best successful evaluations, or false if none has succeeded.
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
