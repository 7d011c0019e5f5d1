package rl_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// spy proposes listed architectures, including known ones, and checks that it sees exactly what
// Config.Lag documents.
type spy struct {
	space   searchspace.Space
	config  rl.Config
	list    []searchspace.Arch
	trials  []searchspace.Arch // proposed so far
	arrived []rl.Evaluation
	seen    int // number of trials visible to the previous group
	groups  int
	drained bool // nothing was proposed, so the next call comes when nothing is running
	errs    []error
}

func (s *spy) Propose(_ context.Context, state *rl.State, n int) ([]rl.Trial, error) {
	if err := s.check(state, n); err != nil {
		s.errs = append(s.errs, fmt.Errorf("group %d: %w", state.Group(), err))
	}
	var trials []rl.Trial
	for len(trials) < n && len(s.trials) < len(s.list) {
		trials = append(trials, rl.Trial{Arch: s.list[len(s.trials)], Source: "spy", ID: 77, Group: 78, Key: "none"})
		s.trials = append(s.trials, s.list[len(s.trials)])
	}
	if s.drained = len(trials) == 0; !s.drained {
		s.groups++
	}
	return trials, nil
}

func (s *spy) check(state *rl.State, n int) error {
	k := len(s.trials)
	visible := max(s.seen, k-s.config.LagAt(k)+1)
	if s.drained {
		visible = k
	}
	if state.Group() != s.groups || state.Lag() != s.config.LagAt(k) || state.Space() != s.space {
		return errors.New("another group, lag or space")
	}
	if len(state.Trials()) != visible {
		return fmt.Errorf("%d trials visible of %d, want %d", len(state.Trials()), k, visible)
	}
	s.arrived, s.seen = append(s.arrived, state.Arrived()...), visible
	if !slices.Equal(trialIDs(s.arrived), upTo(visible)) {
		return fmt.Errorf("arrived so far: %v", trialIDs(s.arrived))
	}
	first := map[string]int{} // first trial of each key
	var evaluations []int
	for i, a := range s.trials {
		key := s.space.Key(a)
		before, repeat := first[key]
		if !repeat {
			first[key], before = i, i
		}
		if i >= visible {
			t := state.Running()[i-visible]
			if t.ID != i || !t.Arch.Equal(a) || t.Key != key || t.Source != "spy" {
				return fmt.Errorf("running trial %d is %+v", i, t)
			}
		} else {
			e := state.Trials()[i]
			want, err := try(rugged, s.trials[before])
			if e.ID != i || e.Repeat != repeat || !e.Arch.Equal(a) || e.Key != key || e.Result.Value != want.Value || e.OK() != (err == nil) {
				return fmt.Errorf("trial %d is %+v", i, e)
			}
			if !repeat {
				evaluations = append(evaluations, i)
			}
		}
		e, found := state.Find(a)
		if !state.Known(a) || found != (before < visible) || found && e.ID != before {
			return fmt.Errorf("trial %d, first proposed as %d: known %v, found %v %d", i, before, state.Known(a), found, e.ID)
		}
	}
	if len(state.Running()) != k-visible {
		return fmt.Errorf("%d running, want %d", len(state.Running()), k-visible)
	}
	if !slices.Equal(trialIDs(state.Evaluations()), append([]int{}, evaluations...)) {
		return fmt.Errorf("evaluations %v, want %v", trialIDs(state.Evaluations()), evaluations)
	}
	left := s.config.Evaluations - len(first)
	if state.Proposed() != len(first) || state.Left() != left || n != min(s.config.Batch, left) {
		return fmt.Errorf("%d proposed, %d left, asked for %d, want %d and %d", state.Proposed(), state.Left(), n, len(first), left)
	}
	for _, a := range s.list[k:] {
		if _, ok := first[s.space.Key(a)]; !ok && state.Known(a) {
			return fmt.Errorf("[%v] is known before it is proposed", a)
		}
	}
	return nil
}

func TestLagDeterminesTheResultsInView(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 40)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Workers = rapid.IntRange(1, 8).Draw(rt, "workers")
		if rapid.Bool().Draw(rt, "default lag") {
			c.Lag = 0
		}
		var list []searchspace.Arch
		different := map[string]bool{}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(archs)-1), 5, 80).Draw(rt, "order") {
			list = append(list, archs[i])
			different[space.Key(archs[i])] = true
		}
		driver := rapid.SampledFrom([]string{"run", "simulate", "ask and tell"}).Draw(rt, "driver")
		seed := rapid.Uint64().Draw(rt, "durations")
		s := &spy{space: space, config: c, list: list}
		search := mustNew(t, space, s, c)
		var h *rl.History
		var err error
		switch driver {
		case "run":
			synctest.Test(t, func(t *testing.T) { h, err = search.Run(context.Background(), delayed(rugged, seed)) })
		case "simulate":
			h, _, err = search.Simulate(context.Background(), rugged)
		case "ask and tell":
			h, err = askAndTell(search, rugged, seed)
		}
		if !errors.Is(err, rl.ErrNoSuccess) {
			require.NoError(rt, err)
		}
		require.Empty(rt, s.errs)
		want := min(c.Evaluations, len(different))
		assert.Len(rt, h.Evaluations, want)
		assert.Equal(rt, want < c.Evaluations, h.Stop == rl.StopExhausted)
		assert.Len(rt, h.Repeats, len(s.trials)-want, "every trial is in the history")
		for _, g := range h.Groups {
			assert.Equal(rt, "spy", find(h, g.First).Source)
			assert.LessOrEqual(rt, g.Seen, max(0, g.First))
		}
	})
}

// find returns a trial of a history.
func find(h *rl.History, id int) rl.Evaluation {
	for _, e := range slices.Concat(h.Evaluations, h.Repeats) {
		if e.ID == id {
			return e
		}
	}
	return rl.Evaluation{}
}

func TestARepeatGetsTheEarlierResultAndCostsNothing(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 4)
	// The second trial is repeated while it runs, the first after it has finished.
	list := []searchspace.Arch{a[0], a[1], a[1], a[1], a[0], a[2], a[3]}
	var evaluated atomic.Int64
	e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		evaluated.Add(1)
		r, err := countEdges(ctx, a)
		r.Cost = 1
		return r, err
	})
	for _, c := range []rl.Config{{Batch: 3}, {Lag: 7}, {Lag: 2, Batch: 2}, {Arrival: true, Workers: 1}} {
		evaluated.Store(0)
		c.Evaluations = 4
		h, err := mustRun(t, space, listed(list), e, c)
		require.NoError(t, err)
		assert.EqualValues(t, 4, evaluated.Load())
		assert.Equal(t, rl.StopBudget, h.Stop)
		assert.Len(t, h.Evaluations, 4)
		assert.EqualValues(t, 4, h.Cost())
		require.Len(t, h.Repeats, 3)
		for _, r := range h.Repeats {
			assert.True(t, r.Repeat)
			want, err := countEdges(context.Background(), r.Arch)
			require.NoError(t, err)
			assert.Equal(t, want.Value, r.Result.Value)
		}
	}
}

// An isomorphic architecture is a repeat, and keeps its own order of nodes.
func TestRepeatsAreIdentifiedByKey(t *testing.T) {
	space := merging{smallSpace(t)}
	one, two := mustArch(t, "a", "b", "c"), mustArch(t, "a", "c", "b")
	require.Equal(t, space.Key(one), space.Key(two))
	h, err := mustRun(t, space, listed([]searchspace.Arch{one, two}), countEdges, rl.Config{Evaluations: 2})
	require.NoError(t, err)
	require.Len(t, h.Evaluations, 1)
	require.Len(t, h.Repeats, 1)
	assert.True(t, h.Repeats[0].Arch.Equal(two))
	assert.Equal(t, rl.StopExhausted, h.Stop)
}

// mustArch returns a member of the small space without edges.
func mustArch(t testing.TB, ops ...string) searchspace.Arch {
	g, err := searchspace.NewDAG("cell", len(ops), ops, nil)
	require.NoError(t, err)
	return searchspace.NewArch(g)
}

// merging gives architectures with the same operations and number of edges the same Key.
type merging struct{ searchspace.Space }

func (m merging) Key(a searchspace.Arch) string {
	g := a.Part(0)
	var ops []string
	for i := range g.Len() {
		ops = append(ops, g.NodeOp(i))
	}
	slices.Sort(ops)
	return fmt.Sprint(ops, g.NumEdges())
}

// A State made by NewState from the same data equals that of a search.
func TestNewStateEqualsTheStateOfASearch(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 40)
	past := []rl.Past{
		{Name: "mine", Results: outcomes(t, rugged, archs[:5])},
		{Name: "yours", Results: outcomes(t, countEdges, archs[3:12]), OtherObjective: true},
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Past = past
		var list []searchspace.Arch
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(archs)-1), 5, 40).Draw(rt, "order") {
			list = append(list, archs[i])
		}
		inner := listed(list)
		m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			made, err := rl.NewState(space, rl.Snapshot{
				Seed: c.Seed, Group: s.Group(), Left: s.Left(), Lag: s.Lag(), Batch: c.Batch,
				Evaluations: s.Trials(), Running: s.Running(), Past: past,
			})
			require.NoError(rt, err)
			assert.Equal(rt, slices.Concat(s.Trials()), slices.Concat(made.Trials()))
			assert.Equal(rt, slices.Concat(s.Evaluations()), slices.Concat(made.Evaluations()))
			assert.Equal(rt, len(s.Running()), len(made.Running()))
			assert.Equal(rt, s.Others(), made.Others())
			assert.Equal(rt, s.Proposed(), made.Proposed())
			assert.Equal(rt, s.Left(), made.Left())
			assert.Equal(rt, s.Top(3), made.Top(3))
			assert.Equal(rt, s.Suggested(4), made.Suggested(4))
			assert.Equal(rt, s.Rand(rl.ToFit).Uint64(), made.Rand(rl.ToFit).Uint64())
			for _, a := range archs {
				assert.Equal(rt, s.Known(a), made.Known(a))
				one, ok := s.Find(a)
				other, also := made.Find(a)
				assert.Equal(rt, ok, also)
				assert.Equal(rt, one, other)
			}
			return inner.Propose(ctx, s, n)
		})
		_, err := askAndTell(mustNew(t, space, m, c), rugged, 1)
		if !errors.Is(err, rl.ErrNoSuccess) {
			require.NoError(rt, err)
		}
	})
}

// outcomes evaluates architectures.
func outcomes(t testing.TB, e evaluator.Evaluator, archs []searchspace.Arch) []evaluator.Outcome {
	var all []evaluator.Outcome
	for i, a := range archs {
		r, err := try(e, a)
		all = append(all, evaluator.Outcome{Index: i, Arch: a, Result: r, Err: err})
	}
	return all
}

func TestNewStateRejectsNonMembers(t *testing.T) {
	space := smallSpace(t)
	foreign := searchspace.Arch{}
	for name, c := range map[string]rl.Snapshot{
		"evaluation": {Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: foreign}}}},
		"running":    {Running: []rl.Trial{{Arch: foreign}}},
		"past":       {Past: []rl.Past{{Name: "mine", Results: []evaluator.Outcome{{Arch: foreign}}}}},
		"other past": {Past: []rl.Past{{OtherObjective: true, Results: []evaluator.Outcome{{Arch: foreign}}}}},
	} {
		_, err := rl.NewState(space, c)
		assert.ErrorIs(t, err, searchspace.ErrInvalid, name)
	}
	s, err := rl.NewState(space, rl.Snapshot{})
	require.NoError(t, err)
	assert.Equal(t, 1, s.Lag())
	assert.Equal(t, math.MaxInt, s.Left())
	assert.Empty(t, s.Evaluations())
	assert.Zero(t, s.Proposed())
}

func TestStreamsDifferBySeedGroupAndPurpose(t *testing.T) {
	space := smallSpace(t)
	stream := func(seed uint64, group int, p rl.Purpose) *rand.Rand {
		s, err := rl.NewState(space, rl.Snapshot{Seed: seed, Group: group})
		require.NoError(t, err)
		return s.Rand(p)
	}
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for group := range 20 {
			for p := rl.ToChoose; p <= rl.ToInspect; p++ {
				seen[stream(seed, group, p).Uint64()] = true
			}
		}
	}
	assert.Len(t, seen, 20*20*6)
	assert.Equal(t, stream(3, 4, rl.ToFit).Uint64(), stream(3, 4, rl.ToFit).Uint64())
}

func TestMemoIsComputedOncePerSearch(t *testing.T) {
	space := smallSpace(t)
	type key struct{}
	made := 0
	m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		v := s.Memo(key{}, func() any { made++; return made })
		assert.Equal(t, 1, v)
		c := s.NewCandidates()
		_, err := c.Explore(ctx, rl.SourceExplorer, nil, s.Rand(rl.ToPropose), n)
		return c.Trials(n), err
	})
	_, err := mustRun(t, space, m, countEdges, rl.Config{Evaluations: 10})
	require.NoError(t, err)
	assert.Equal(t, 1, made)
}

// Candidates excludes known architectures, illegal ones, and duplicates.
func TestCandidatesAreNewAndUnique(t *testing.T) {
	space := forbidding{}
	archs := draws(t, space.NASBench101, 300)
	legal := slices.DeleteFunc(slices.Clone(archs), func(a searchspace.Arch) bool { return space.Validate(a) != nil })
	require.Greater(t, len(legal), 4)
	s, err := rl.NewState(space, rl.Snapshot{
		Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: legal[0]}}},
		Running:     []rl.Trial{{ID: 1, Arch: legal[1]}},
	})
	require.NoError(t, err)
	c := s.NewCandidates()
	c.Exclude(legal[2])
	for range 2 {
		for _, a := range archs {
			c.Add("here", a)
		}
	}
	assert.Equal(t, len(legal)-3, c.Len())
	for i, a := range c.Archs() {
		assert.NoError(t, space.Validate(a))
		assert.False(t, s.Known(a))
		assert.Equal(t, rl.Trial{Arch: a, Source: "here"}, c.Trial(i))
	}
	assert.Len(t, c.Trials(1000), c.Len())
	assert.Len(t, c.Trials(2), 2)
	assert.False(t, c.Add("here", searchspace.Arch{}))

	n, err := c.Draw(context.Background(), "drawn", explore.NewUniform(space), s.Rand(rl.ToExplore), 5)
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	_, err = c.Draw(context.Background(), "drawn", failing{errDisk}, s.Rand(rl.ToExplore), 5)
	assert.ErrorIs(t, err, errDisk)
}

func TestMembersAndNeighborsAreLegal(t *testing.T) {
	space := threeEdges{}
	s, err := rl.NewState(space, rl.Snapshot{})
	require.NoError(t, err)
	require.NotEmpty(t, s.Members())
	for _, a := range s.Members() {
		assert.NoError(t, space.Validate(a))
	}
	near, err := s.Neighbors(context.Background(), s.Members()[100])
	require.NoError(t, err)
	require.NotEmpty(t, near)
	for _, a := range near {
		assert.NoError(t, space.Validate(a))
	}
	stopped, cancel := context.WithCancelCause(context.Background())
	cancel(errDisk)
	_, err = s.Neighbors(stopped, s.Members()[1])
	assert.ErrorIs(t, err, errDisk)
	large, err := rl.NewState(searchspace.NASBench101{}, rl.Snapshot{})
	require.NoError(t, err)
	assert.Nil(t, large.Members())
	unlisted, err := rl.NewState(smallSpace(t), rl.Snapshot{})
	require.NoError(t, err)
	assert.Nil(t, unlisted.Members())
}

// threeEdges is NAS-Bench-201 with at most three edges, restricted only by Validate.
type threeEdges struct{ searchspace.NASBench201 }

func (s threeEdges) Validate(a searchspace.Arch) error {
	if err := s.NASBench201.Validate(a); err != nil {
		return err
	}
	if a.Part(0).NumEdges() > 3 {
		return fmt.Errorf("%w: %w", searchspace.ErrInvalid, errEdges)
	}
	return nil
}
