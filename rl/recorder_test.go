package rl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// unused is an evaluator that must not be called.
func unused(t testing.TB) evaluator.Evaluator {
	return evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		t.Error("an evaluation was repeated")
		return evaluator.Result{}, errMemory
	})
}

// repeating proposes known architectures now and then.
func repeating(space searchspace.Space) rl.Method {
	return methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		if all := s.Running(); s.Group()%3 == 1 && len(all) > 0 {
			return []rl.Trial{{Arch: all[0].Arch, Source: "again"}}, nil
		}
		if all := s.Trials(); s.Group()%3 == 2 && len(all) > 0 {
			return []rl.Trial{{Arch: all[len(all)/2].Arch, Source: "again"}}, nil
		}
		return baseline.RegularizedEvolution{Population: 5}.Propose(ctx, s, n)
	})
}

// A search that is killed and resumed has the same history as an uninterrupted one, byte for byte.
func TestAResumedSearchEqualsAnUninterruptedOne(t *testing.T) {
	space := smallSpace(t)
	all := maps.Clone(methods)
	all["repeating"] = func(testing.TB, searchspace.Space) rl.Method { return repeating(space) }
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			cases := 3
			if race.Enabled {
				cases = 1
			}
			kills := 0
			for i := range cases {
				c := configs.Example(100 + i)
				h, _, err := mustNew(t, space, all[name](t, space), c).Simulate(context.Background(), rugged)
				require.NoError(t, err)
				want := written(t, h, space)
				rng := rand.New(rand.NewPCG(uint64(i), 3))
				record := &memoryRecorder{}
				for done := false; !done; {
					evaluations := 0
					counted := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						evaluations++
						return rugged(ctx, a)
					})
					c.Recorder = record
					before := bytes.Count(bytes.Join(record.lines, []byte("\n")), []byte(`{"result"`))
					l := loop{search: mustNew(t, space, all[name](t, space), c), evaluator: counted, rng: rng}
					steps := 2 + rng.IntN(12)
					for steps > 0 && l.step() {
						steps--
					}
					require.NoError(t, l.err)
					if steps == 0 {
						kills++
						continue // the process is killed
					}
					h, err := l.search.Finish(context.Background())
					require.NoError(t, err)
					require.Equal(t, want, written(t, h, space), "%+v", c)
					require.Equal(t, c.Evaluations, before+evaluations, "an evaluation was lost or repeated")
					done = true
				}
				lines := record.size()
				h, err = mustRun(t, space, all[name](t, space), unused(t), c)
				require.NoError(t, err)
				require.Equal(t, want, written(t, h, space), "a finished record replays")
				require.Equal(t, lines, record.size(), "replaying records nothing")
			}
			assert.Positive(t, kills)
		})
	}
}

// Resuming from any prefix of a record leads to the same history, including with Run and several
// workers.
func TestEveryPrefixOfARecordResumes(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]rl.Config{"sequential": {}, "rounds": {Batch: 4}, "lag": {Lag: 7, Batch: 2, Workers: 3}} {
		t.Run(name, func(t *testing.T) {
			c.Evaluations = 18
			record := &memoryRecorder{}
			c.Recorder = record
			h, err := mustRun(t, space, repeating(space), rugged, c)
			require.NoError(t, err)
			want := jsonl(t, h)
			for n := range record.size() + 1 {
				part := record.cut(n)
				c.Recorder = part
				results := bytes.Count(bytes.Join(part.lines, []byte("\n")), []byte(`{"result"`))
				var asked atomic.Int64
				h, err := mustRun(t, space, repeating(space), evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					asked.Add(1)
					return rugged(ctx, a)
				}), c)
				require.NoError(t, err, "%d lines", n)
				require.Equal(t, want, jsonl(t, h), "%d lines", n)
				require.EqualValues(t, 18-results, asked.Load(), "%d lines", n)
				require.Equal(t, record.size(), part.size())
				c.Recorder = part.cut(part.size())
				h, err = mustRun(t, space, repeating(space), unused(t), c)
				require.NoError(t, err)
				require.Equal(t, want, jsonl(t, h), "the record of a resumed search replays")
			}
		})
	}
}

// With Arrival, a killed search continues from the state that it had.
func TestASearchWithArrivalResumes(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Lag, c.Arrival, c.Workers = 0, true, rapid.IntRange(1, 6).Draw(rt, "workers")
		record := &memoryRecorder{}
		c.Recorder = record
		kill := time.Duration(rapid.IntRange(0, 8000).Draw(rt, "kill")) * time.Microsecond
		seed := rapid.Uint64().Draw(rt, "durations")
		var before *rl.History
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(context.Background(), kill, errDisk)
			defer cancel()
			slow := delayed(rugged, seed)
			before, _ = mustRunWith(ctx, t, space, repeating(space), evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				r, err := slow.Evaluate(ctx, a)
				if ctx.Err() != nil {
					return r, ctx.Err()
				}
				return r, err
			}), c)
		})
		lines := record.size()
		var after *rl.History
		var err error
		var asked atomic.Int64
		synctest.Test(t, func(t *testing.T) {
			after, err = mustRun(t, space, repeating(space), delayed(evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				asked.Add(1)
				return rugged(ctx, a)
			}), seed+1), c)
		})
		require.NoError(rt, err)
		require.Len(rt, after.Evaluations, c.Evaluations)
		require.EqualValues(rt, c.Evaluations-len(before.Evaluations), asked.Load(), "what was finished is not repeated")
		require.GreaterOrEqual(rt, record.size(), lines)
		// The history begins as it did when the search was killed.
		for i, e := range before.Evaluations {
			require.Equal(rt, summary(e), summary(after.Evaluations[i]))
		}
		for i, g := range before.Groups {
			require.Equal(rt, g, after.Groups[i])
		}
		// Replaying the whole record leads to the same history without any evaluation.
		again, err := mustRun(t, space, repeating(space), unused(t), c)
		require.NoError(rt, err)
		require.Equal(rt, written(rt, after, space), written(rt, again, space))
	})
}

// summary is the part of an evaluation that is recorded.
func summary(e rl.Evaluation) string {
	return fmt.Sprintf("%d %d %s %s %v %v %v", e.ID, e.Group, e.Key, e.Source, e.Result, e.Err, e.Repeat)
}

func TestRecordOfAnotherSearch(t *testing.T) {
	space := smallSpace(t)
	base := rl.Config{Seed: 3, Evaluations: 12, Batch: 2, Lag: 4}
	record := &memoryRecorder{}
	base.Recorder = record
	_, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, base)
	require.NoError(t, err)
	other, err := searchspace.New("other", space.Parts())
	require.NoError(t, err)
	refused := func(name string, space searchspace.Space, m rl.Method, change func(*rl.Config)) {
		c := base
		part := record.cut(record.size())
		c.Recorder = part
		change(&c)
		h, err := mustRun(t, space, m, unused(t), c)
		assert.ErrorIs(t, err, rl.ErrOtherSearch, name)
		assert.Equal(t, rl.StopError, h.Stop, name)
		assert.Equal(t, record.lines, part.lines, "%s: the record is left alone", name)
		_, _, err = mustNew(t, space, m, c).Simulate(context.Background(), unused(t))
		assert.ErrorIs(t, err, rl.ErrOtherSearch, name)
	}
	same := func(*rl.Config) {}
	refused("seed", space, baseline.RandomSearch{}, func(c *rl.Config) { c.Seed = 4 })
	refused("batch", space, baseline.RandomSearch{}, func(c *rl.Config) { c.Batch = 3 })
	refused("lag", space, baseline.RandomSearch{}, func(c *rl.Config) { c.Lag = 5 })
	refused("arrival", space, baseline.RandomSearch{}, func(c *rl.Config) { c.Lag, c.Arrival = 0, true })
	refused("space", other, baseline.RandomSearch{}, same)
	refused("method", space, baseline.LocalSearch{}, same)

	base.Recorder = &memoryRecorder{}
	record = base.Recorder.(*memoryRecorder)
	_, err = mustRun(t, space, baseline.RegularizedEvolution{Population: 3}, rugged, base)
	require.NoError(t, err)
	refused("settings of the method", space, baseline.RegularizedEvolution{Population: 3, Sample: 1}, same)
}

func TestALargerBudgetContinuesAFinishedSearch(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]rl.Config{"lag": {Lag: 5, Workers: 3}, "sequential": {}, "arrival": {Arrival: true, Workers: 2}} {
		t.Run(name, func(t *testing.T) {
			c.Evaluations, c.Recorder = 10, &memoryRecorder{}
			short, err := mustRun(t, space, baseline.LocalSearch{}, countEdges, c)
			require.NoError(t, err)
			var asked atomic.Int64
			counted := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				asked.Add(1)
				return countEdges(ctx, a)
			})
			c.Evaluations = 25
			long, err := mustRun(t, space, baseline.LocalSearch{}, counted, c)
			require.NoError(t, err)
			assert.EqualValues(t, 15, asked.Load())
			assert.Len(t, long.Evaluations, 25)
			assert.Equal(t, short.Evaluations, long.Evaluations[:10])
			if !c.Arrival {
				c.Recorder = nil
				whole, err := mustRun(t, space, baseline.LocalSearch{}, countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, jsonl(t, whole), jsonl(t, long))
			}
		})
	}
}

// The default Lag depends on Evaluations. With a larger budget, recorded groups keep the lag that they had.
func TestALargerBudgetKeepsTheLagOfRecordedGroups(t *testing.T) {
	space := smallSpace(t)
	c := rl.Config{Workers: 12, Evaluations: 40, Recorder: &memoryRecorder{}}
	lags := map[int][]int{} // of each group, in the order of the proposals
	m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		lags[s.Group()] = append(lags[s.Group()], s.Lag())
		return baseline.RandomSearch{}.Propose(ctx, s, n)
	})
	_, err := mustRun(t, space, m, countEdges, c)
	require.NoError(t, err)
	c.Evaluations = 200
	_, err = mustRun(t, space, m, countEdges, c)
	require.NoError(t, err)
	assert.Equal(t, []int{12, 12}, lags[39], "in the record")
	assert.Equal(t, []int{12 + 199*12/128}, lags[199])
}

// A trial is recorded before Ask returns it, and a result before it counts.
func TestFailuresToRecord(t *testing.T) {
	space := smallSpace(t)
	ctx := context.Background()
	for _, c := range []rl.Config{{Evaluations: 6, Lag: 3}, {Evaluations: 6, Arrival: true, Workers: 2}} {
		whole := &memoryRecorder{}
		c.Recorder = whole
		_, err := askAndTell(mustNew(t, space, baseline.RandomSearch{}, c), countEdges, 1)
		require.NoError(t, err)
		for failAt := 1; failAt <= whole.size(); failAt++ {
			record := &memoryRecorder{failAt: failAt}
			c.Recorder = record
			s := mustNew(t, space, baseline.RandomSearch{}, c)
			var open []rl.Trial
			told := 0
			for {
				trials, err := s.Ask(ctx, 1)
				if err == nil {
					require.True(t, bytes.Contains(bytes.Join(record.lines, nil), fmt.Appendf(nil, `"trials":[%d]`, trials[0].ID)))
					open = append(open, trials...)
					continue
				}
				if errors.Is(err, rl.ErrWait) || errors.Is(err, rl.ErrDone) && len(open) > 0 {
					err = s.Tell(open[0], evaluator.Result{Value: 1}, nil)
					if err == nil {
						open, told = open[1:], told+1
						continue
					}
				}
				require.ErrorIs(t, err, errDisk)
				break
			}
			assert.Len(t, s.History().Evaluations, told)
			_, err := s.Ask(ctx, 1)
			assert.ErrorIs(t, err, errDisk, "the search is over")
			h, err := s.Finish(ctx)
			assert.ErrorIs(t, err, errDisk)
			assert.Equal(t, rl.StopError, h.Stop)
			assert.Len(t, h.Evaluations, told)

			c.Recorder = record.cut(record.size())
			h, err = mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, 6)
		}
		c.Recorder = &memoryRecorder{failAt: 5}
		h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
		assert.ErrorIs(t, err, errDisk)
		assert.Equal(t, rl.StopError, h.Stop)
	}
}

// Every result of a resumed search is recorded, including those of the first trials, which workers
// take at once.
func TestAResumedSearchRecordsItsFirstResults(t *testing.T) {
	space := smallSpace(t)
	for range 200 {
		record := &memoryRecorder{}
		c := rl.Config{Evaluations: 8, Batch: 8, Workers: 4, Recorder: record}
		_, err := mustNew(t, space, baseline.RandomSearch{}, c).Ask(context.Background(), 8)
		require.NoError(t, err)
		require.Equal(t, 2, record.size(), "the search and a group")
		_, err = mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
		require.NoError(t, err)
		require.Equal(t, 2+8, record.size())
	}
}

// If a context ends during replay, the search does not start anew after the record.
func TestInterruptedReplay(t *testing.T) {
	space := smallSpace(t)
	record := &memoryRecorder{}
	c := rl.Config{Evaluations: 12, Lag: 3, Recorder: record}
	h, err := askAndTell(mustNew(t, space, baseline.RandomSearch{}, c), countEdges, 1)
	require.NoError(t, err)
	want := jsonl(t, h)
	for groups := range 3 {
		part := record.cut(15)
		c.Recorder = part
		ctx, cancel := context.WithCancelCause(context.Background())
		m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			if s.Group() == groups {
				cancel(errMemory)
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return baseline.RandomSearch{}.Propose(ctx, s, n)
		})
		// The record contains the type of its method.
		part.lines[0] = bytes.Replace(part.lines[0], []byte("baseline.RandomSearch"), []byte("rl_test.methodFunc"), 1)
		s := mustNew(t, space, m, c)
		_, err = s.Ask(ctx, 1)
		require.ErrorIs(t, err, errMemory)
		h, err := askAndTell(s, countEdges, 1)
		require.NoError(t, err)
		require.Equal(t, want, jsonl(t, h))
		require.Equal(t, record.size(), part.size())
	}
}

// If a callback stops the search during replay, the history ends with its trial.
func TestACallbackStopsAReplay(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]rl.Config{"sequential": {}, "lag": {Lag: 5, Batch: 2}, "arrival": {Arrival: true, Workers: 1}} {
		t.Run(name, func(t *testing.T) {
			record := &memoryRecorder{}
			c.Evaluations, c.Recorder = 12, record
			_, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
			require.NoError(t, err)
			for _, cut := range []int{record.size(), 14} {
				calls := 0
				c.Recorder = record.cut(cut)
				c.OnResult = func(e rl.Evaluation) error {
					if calls++; e.ID == 4 {
						return rl.ErrStop
					}
					return nil
				}
				h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, rl.StopCallback, h.Stop)
				assert.Equal(t, upTo(5), trialIDs(h.Evaluations))
				assert.Equal(t, 5, calls)
			}
		})
	}
}

// brokenRecorder cannot be read.
type brokenRecorder struct{ memoryRecorder }

func (*brokenRecorder) Recorded(context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { yield(nil, errDisk) }
}

func TestUnreadableRecordEndsTheSearch(t *testing.T) {
	record := &brokenRecorder{}
	h, err := mustRun(t, smallSpace(t), baseline.RandomSearch{}, unused(t), rl.Config{Recorder: record})
	assert.ErrorIs(t, err, errDisk)
	assert.Equal(t, rl.StopError, h.Stop)
	assert.Zero(t, record.size())
}

// Resuming from a damaged record leads to an error or a search, but never to a panic.
func TestDamagedRecordsDoNotPanic(t *testing.T) {
	space := smallSpace(t)
	whole := &memoryRecorder{}
	base := rl.Config{Evaluations: 8, Lag: 3, Batch: 2, Recorder: whole}
	_, err := mustRun(t, space, repeating(space), rugged, base)
	require.NoError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		record := whole.cut(whole.size())
		for range rapid.IntRange(1, 3).Draw(rt, "damages") {
			i := rapid.IntRange(0, len(record.lines)-1).Draw(rt, "line")
			j := rapid.IntRange(0, len(record.lines)-1).Draw(rt, "other line")
			switch rapid.IntRange(0, 4).Draw(rt, "damage") {
			case 0:
				if len(record.lines) > 1 {
					record.lines = slices.Delete(record.lines, i, i+1)
				}
			case 1:
				record.lines = slices.Insert(record.lines, i, record.lines[j])
			case 2:
				record.lines[i], record.lines[j] = record.lines[j], record.lines[i]
			case 3:
				record.lines[i] = record.lines[i][:rapid.IntRange(0, len(record.lines[i])).Draw(rt, "length")]
			case 4: // another number
				line := bytes.Clone(record.lines[i])
				var digits []int
				for k, b := range line {
					if b >= '0' && b <= '9' {
						digits = append(digits, k)
					}
				}
				if len(digits) > 0 {
					k := rapid.SampledFrom(digits).Draw(rt, "digit")
					by := rapid.SampledFrom([]string{"0", "1", "7", "-1", "99"}).Draw(rt, "by")
					record.lines[i] = append(append(bytes.Clone(line[:k]), by...), line[k+1:]...)
				}
			}
		}
		c := base
		c.Recorder = record
		h, err := askAndTell(mustNew(t, space, repeating(space), c), rugged, 1)
		require.NotNil(rt, h)
		if err == nil {
			require.Len(rt, h.Evaluations, 8)
			for i, e := range h.Evaluations[1:] {
				require.Less(rt, h.Evaluations[i].ID, e.ID)
			}
		} else {
			require.Equal(rt, rl.StopError, h.Stop)
			require.NotContains(rt, err.Error(), "panicked")
		}
	})
}

// Wrong numbers in a record are reported as such.
func TestRecordWithAWrongNumber(t *testing.T) {
	space := smallSpace(t)
	whole := &memoryRecorder{}
	c := rl.Config{Evaluations: 6, Batch: 2, Recorder: whole}
	_, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
	require.NoError(t, err)
	for old, wrong := range map[string][]string{
		`"first":2`:      {`"first":7`, `"first":-1`, `"first":0`},
		`"seen":2`:       {`"seen":-1`, `"seen":1`, `"seen":3`, `"seen":99`},
		`"wanted":2`:     {`"wanted":-1`, `"wanted":0`, `"wanted":1`},
		`"number":1`:     {`"number":0`, `"number":-1`, `"number":9`},
		`"trial":2`:      {`"trial":-1`, `"trial":77`, `"trial":0`, `"trial":5`},
		`"trials":[2,3]`: {`"trials":[]`, `"trials":[3,2]`, `"trials":[2]`},
	} {
		for _, by := range wrong {
			record := whole.cut(whole.size())
			changed := false
			for i, line := range record.lines {
				if !changed && bytes.Contains(line, []byte(old)) {
					record.lines[i] = bytes.Replace(line, []byte(old), []byte(by), 1)
					changed = true
				}
			}
			require.True(t, changed, old)
			c.Recorder = record
			assert.NotPanics(t, func() {
				h, err := askAndTell(mustNew(t, space, baseline.RandomSearch{}, c), countEdges, 1)
				if err != nil {
					assert.NotContains(t, err.Error(), "panicked", by)
					assert.Equal(t, rl.StopError, h.Stop, by)
					return
				}
				assert.Equal(t, upTo(6), trialIDs(h.Evaluations), by)
				for i, g := range h.Groups {
					assert.Equal(t, []int{2 * i, 2*i + 1}, g.Trials, by)
				}
			}, by)
		}
	}
}
