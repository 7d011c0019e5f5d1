package rl_test

import (
	"bytes"
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// fieldSpace is a chain of blocks with all kinds of fields, with parameters beside it.
func fieldSpace(t testing.TB) searchspace.Space {
	return madeSpace(t,
		searchspace.Chain("net", 2, 6, []string{"conv", "attention"},
			searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv"), searchspace.Ordered("heads", 2, 4, 8).When("op", "attention"), searchspace.Bool("norm")),
		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 1e-3, 1e-2), searchspace.Choice("optimizer", "sgd", "adam")))
}

// ofFields evaluates an architecture of fieldSpace by its fields. One in seven evaluations fails.
var ofFields = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if hashOf(a, 7) == 3 {
		return evaluator.Result{}, errMemory
	}
	value, net := 0.0, a.Find("net")
	for v := range net.Len() {
		l := net.Node(v)
		value += l.Float("kernel")/7 + l.Float("heads")/8
		if l.Bool("norm") {
			value++
		}
	}
	rate := a.Find("training").Node(0).Float("rate")
	return evaluator.Result{Value: value - math.Abs(math.Log10(rate)+3)}, nil
})

// fieldMethods lists the built-in methods with models that train quickly, and the presets with few
// candidates.
func fieldMethods() map[string]func(testing.TB, searchspace.Space) rl.Method {
	all := maps.Clone(methods)
	all["reinforce with an LSTM"] = func(t testing.TB, s searchspace.Space) rl.Method {
		return rl.Reinforce{Model: tinyLSTM(t, s), Exploration: rl.First(5), Learner: rl.Replay{Keep: 4, Epochs: 2}}
	}
	for name, make := range map[string]func(generator.Model) (rl.Reinforce, rl.Config){
		"Ranked": preset.Ranked, "CIFAR10": preset.CIFAR10, "LSTM": preset.LSTM,
	} {
		all[name] = func(t testing.TB, s searchspace.Space) rl.Method {
			r, _ := make(tinyLSTM(t, s))
			r.Exploration = rl.First(5)
			if r.Ranking.Ranker != nil {
				r.Ranking.Samples, r.Ranking.Scattered = 10, 20
			}
			return r
		}
	}
	return all
}

func tinyLSTM(t testing.TB, space searchspace.Space) generator.Model {
	m, err := lstm.New(space, lstm.Config{Hidden: 6, Layers: 1}, rand.New(rand.NewPCG(9, 9)))
	require.NoError(t, err)
	return m
}

// Every built-in method searches a space with fields: its proposals are legal, a seed has one
// history, the search is resumable from any point, and histories can be read back.
func TestEveryMethodSearchesASpaceWithFields(t *testing.T) {
	space := fieldSpace(t)
	all := fieldMethods()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			record := &memoryRecorder{}
			run := func(record *memoryRecorder) *rl.History {
				c := rl.Config{Seed: 3, Evaluations: 14, Batch: 2, Lag: 3, Workers: 2, Recorder: record}
				h, err := mustRun(t, space, all[name](t, space), ofFields, c)
				require.NoError(t, err)
				return h
			}
			h := run(record)
			require.Len(t, h.Evaluations, 14)
			for _, e := range h.Evaluations {
				require.NoError(t, space.Validate(e.Arch))
			}
			want := written(t, h, space)
			cuts := []int{0, record.size() / 2, record.size()}
			if race.Enabled {
				cuts = cuts[1:2]
			}
			for _, n := range cuts {
				assert.Equal(t, want, written(t, run(record.cut(n)), space), "resumed after %d of %d lines", n, record.size())
			}
			requireReadBack(t, h, space)
		})
	}
}

// requireReadBack requires that a history can be read back from both formats.
func requireReadBack(t *testing.T, h *rl.History, space searchspace.Space) {
	t.Helper()
	var lines, table bytes.Buffer
	require.NoError(t, h.WriteJSONL(&lines))
	require.NoError(t, h.WriteCSV(&table, space))
	for name, read := range map[string]func() (*rl.History, error){
		"JSON Lines": func() (*rl.History, error) { return rl.ReadJSONL(&lines, space) },
		"CSV":        func() (*rl.History, error) { return rl.ReadCSV(&table, space) },
	} {
		got, err := read()
		require.NoError(t, err, name)
		require.Len(t, got.Evaluations, len(h.Evaluations), name)
		for i, e := range h.Evaluations {
			assert.True(t, e.Arch.Equal(got.Evaluations[i].Arch), "%s: trial %d", name, e.ID)
			assert.Equal(t, e.Key, got.Evaluations[i].Key, name)
			assert.Equal(t, e.Result.Value, got.Evaluations[i].Result.Value, name)
		}
	}
}

// On an objective that depends on fields, methods other than random search find more.
func TestFieldsAreSearched(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	space := fieldSpace(t)
	all := fieldMethods()
	best := func(name string) (sum float64) {
		for seed := range uint64(3) {
			h, err := mustRun(t, space, all[name](t, space), ofFields, rl.Config{Seed: seed, Evaluations: 40})
			require.NoError(t, err)
			e, ok := h.Best()
			require.True(t, ok)
			sum += e.Result.Value / 3
		}
		return sum
	}
	random := best("random")
	for _, name := range []string{"evolution", "local", "process", "Ranked"} {
		assert.Greater(t, best(name), random, name)
	}
}
