package rl_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
)

// epochs is an evaluator with budgets of up to 27 epochs that can continue evaluations. The fewer
// epochs, the noisier its values. One in seven architectures fails.
type epochs struct{}

func (epochs) Unit() string { return "epochs" }

func (e epochs) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (epochs) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	r, err := rugged.Evaluate(ctx, a)
	if err != nil {
		return r, err
	}
	if b.Amount == 0 {
		b.Amount = 27
	}
	from, _ := strconv.ParseFloat(b.Resume, 64)
	r.Value += math.Sin(float64(hashOf(a, 1000))*b.Amount) / b.Amount
	r.Cost = time.Duration((b.Amount - from) * float64(time.Second) * float64(1+hashOf(a, 13)))
	r.Resume = strconv.FormatFloat(b.Amount, 'g', -1, 64)
	return r, nil
}

var smallBudgets = []float64{1, 3, 9}

// budgeted lists the methods that use several budgets.
var budgeted = map[string]rl.Method{
	"ASHA":              baseline.ASHA{Budgets: smallBudgets},
	"SuccessiveHalving": baseline.SuccessiveHalving{Budgets: smallBudgets},
	"Hyperband":         baseline.Hyperband{Budgets: smallBudgets, Eta: 2},
	"Hyperband sampled": baseline.Hyperband{Budgets: smallBudgets, Sampler: baseline.RegularizedEvolution{Population: 5}},
	"Screened":          bayes.Screened{Budgets: smallBudgets, Method: baseline.RandomSearch{}, Calibration: 3},
}

// A seed determines a search at several budgets, regardless of the number of workers and the order
// in which evaluations finish. Evaluations counts architectures, no trial is evaluated twice, and
// cost that was paid at a smaller budget is not paid again.
func TestSearchesAtSeveralBudgets(t *testing.T) {
	space := searchspace.NASBench201{}
	for name, method := range budgeted {
		t.Run(name, func(t *testing.T) {
			config := rl.Config{Seed: 3, Evaluations: 40, Lag: 5, Batch: 2, Workers: 1}
			s, err := rl.New(space, method, config)
			require.NoError(t, err)
			h, err := s.Run(t.Context(), epochs{})
			require.NoError(t, err)
			checkBudgets(t, h, 40)
			want := jsonl(t, h)
			for workers := 2; workers < 5; workers += 2 {
				config.Workers = workers
				s, err := rl.New(space, method, config)
				require.NoError(t, err)
				h, err := s.Run(t.Context(), delayedBudgets{epochs{}, delayed(rugged, uint64(workers))})
				require.NoError(t, err)
				require.Equal(t, want, jsonl(t, h), "%d workers", workers)
			}
			again, err := rl.ReadJSONL(bytes.NewReader([]byte(want)), space)
			require.NoError(t, err)
			assert.Equal(t, want, jsonl(t, again))
			var table bytes.Buffer
			require.NoError(t, h.WriteCSV(&table, space))
			read, err := rl.ReadCSV(&table, space)
			require.NoError(t, err)
			for i, e := range h.Evaluations {
				assert.Equal(t, e.Budget, read.Evaluations[i].Budget)
			}
		})
	}
}

// delayedBudgets waits before each evaluation.
type delayedBudgets struct {
	epochs
	wait evaluator.Evaluator
}

func (d delayedBudgets) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	_, _ = d.wait.Evaluate(ctx, a)
	return d.epochs.EvaluateAt(ctx, a, b)
}

// checkBudgets checks invariants of histories with several budgets.
func checkBudgets(t require.TestingT, h *rl.History, architectures int) {
	keys := map[string]bool{}
	paid := map[string]time.Duration{}
	seen := map[string]bool{}
	small := 0
	best := math.Inf(-1)
	for _, e := range h.Evaluations {
		keys[e.Key] = true
		id := fmt.Sprint(e.Key, e.Budget)
		require.False(t, seen[id], "twice at the same budget")
		seen[id] = true
		paid[e.Key] += e.Result.Cost
		if e.Budget != 0 {
			small++
		} else if e.OK() {
			best = max(best, e.Result.Value)
			whole, err := epochs{}.Evaluate(context.Background(), e.Arch)
			require.NoError(t, err)
			require.Equal(t, whole.Cost, paid[e.Key], "what a smaller budget has paid is not paid again")
		}
	}
	require.Len(t, keys, architectures)
	require.Positive(t, small)
	found, ok := h.Best()
	require.True(t, ok)
	require.Equal(t, best, found.Result.Value)
	require.Zero(t, found.Budget)
	require.Equal(t, rl.StopBudget, h.Stop)
}

// A search that is resumed from its record makes the same proposals at the same budgets.
func TestRecordsHaveBudgets(t *testing.T) {
	space := searchspace.NASBench201{}
	for name, method := range budgeted {
		for _, arrival := range []bool{false, true} {
			config := rl.Config{Seed: 4, Evaluations: 12, Batch: 2, Workers: 3, Arrival: arrival}
			if !arrival {
				config.Lag = 4
			}
			kept := &memoryRecorder{}
			config.Recorder = kept
			s, err := rl.New(space, method, config)
			require.NoError(t, err)
			h, err := s.Run(t.Context(), delayedBudgets{epochs{}, delayed(rugged, 7)})
			require.NoError(t, err)
			want := jsonl(t, h)
			for _, lines := range []int{len(kept.lines), len(kept.lines) / 2} {
				config.Recorder = &memoryRecorder{lines: kept.lines[:lines:lines]}
				s, err := rl.New(space, method, config)
				require.NoError(t, err)
				h, err := s.Run(t.Context(), epochs{})
				require.NoError(t, err, "%s, arrival %v, %d lines", name, arrival, lines)
				if !arrival || lines == len(kept.lines) {
					require.Equal(t, want, jsonl(t, h), "%s, arrival %v, %d lines", name, arrival, lines)
				}
			}
		}
	}
}

// proposes proposes fixed trials and then nothing.
type proposes struct{ trials []rl.Trial }

func (p *proposes) Propose(_ context.Context, _ *rl.State, n int) ([]rl.Trial, error) {
	n = min(n, len(p.trials))
	now := p.trials[:n]
	p.trials = p.trials[n:]
	return now, nil
}

func TestInvalidBudgets(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	require.NoError(t, err)
	for _, budget := range []float64{-1, math.NaN(), math.Inf(1)} {
		s, err := rl.New(space, &proposes{[]rl.Trial{{Arch: a, Budget: budget}}}, rl.Config{})
		require.NoError(t, err)
		_, err = s.Ask(t.Context(), 1)
		assert.ErrorContains(t, err, "a budget must be a positive number, or 0 for the full budget")
		_, err = rl.NewState(space, rl.Snapshot{Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: a, Budget: budget}}}})
		assert.Error(t, err)
	}
}

// The states of a search and of NewState agree on what is known at which budget.
func TestKnownAtABudget(t *testing.T) {
	space := searchspace.NASBench201{}
	rapid.Check(t, func(t *rapid.T) {
		var trials []rl.Trial
		for i := range rapid.IntRange(1, 12).Draw(t, "trials") {
			a, err := space.Parse(cellNumber(rapid.IntRange(0, 4).Draw(t, "cell")))
			require.NoError(t, err)
			trials = append(trials, rl.Trial{ID: i, Arch: a, Budget: rapid.SampledFrom([]float64{0, 1, 3}).Draw(t, "budget")})
		}
		finished := rapid.IntRange(0, len(trials)).Draw(t, "finished")
		snapshot := rl.Snapshot{Running: trials[finished:]}
		for _, trial := range trials[:finished] {
			r, err := epochs{}.EvaluateAt(context.Background(), trial.Arch, evaluator.Budget{Amount: trial.Budget})
			snapshot.Evaluations = append(snapshot.Evaluations, rl.Evaluation{Trial: trial, Result: r, Err: err})
		}
		s, err := rl.NewState(space, snapshot)
		require.NoError(t, err)
		for i, trial := range trials {
			require.True(t, s.Tried(trial.Arch))
			require.True(t, s.KnownAt(trial.Arch, trial.Budget))
			if i < finished {
				e, ok := s.FindAt(trial.Arch, trial.Budget)
				require.True(t, ok)
				require.Equal(t, trial.Budget, e.Budget)
			}
			require.False(t, s.KnownAt(trial.Arch, 2))
			require.False(t, s.NewCandidates().Add("", trial.Arch))
		}
		count := 0
		for _, budget := range []float64{0, 1, 3} {
			for _, e := range s.At(budget) {
				require.Equal(t, budget, e.Budget)
				count++
			}
		}
		require.Equal(t, len(s.Evaluations())+len(s.Smaller()), count)
	})
}

func cellNumber(i int) string {
	op := []string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}[i]
	return "|nor_conv_3x3~0|+|none~0|" + op + "~1|+|nor_conv_3x3~0|none~1|none~2|"
}
