package supernet_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/generator/explore"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
	"github.com/graphpnas/graphpnas/searchspace"
)

// standIn is a worker that does not train. Its weights are the list of the trained architectures.
type standIn struct {
	mu            sync.Mutex
	trained, kept []string // kept is the checkpoint
	crash         func(step int) bool
	budgets       []map[string]float64
}

func (w *standIn) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	request, ok := protocol.RequestFrom(ctx)
	if !ok || len(request.Plan) == 0 {
		return evaluator.Result{}, errors.New("no request, or no plan")
	}
	w.budgets = append(w.budgets, request.Budget)
	metrics := map[string]float64{}
	value := 0.0
	if step, ok := request.Budget["shared_train"]; ok {
		if w.crash != nil && w.crash(int(step)) {
			w.trained = append([]string(nil), w.kept...)
		}
		if int(step) == len(w.trained) {
			w.trained = append(w.trained, a.String())
			value, metrics[oracle.TrainLoss] = 0.5, step
		}
		if len(w.trained)%4 == 0 {
			w.kept = append([]string(nil), w.trained...)
		}
	} else if int(request.Budget["shared_evaluate"]) == len(w.trained) {
		value, metrics[oracle.ValidLoss] = 0.25, 2
	}
	metrics["step"], metrics["saved"], metrics["epoch_steps"], metrics["total_steps"] = float64(len(w.trained)), float64(len(w.kept)), 5, 20
	return evaluator.Result{Value: value, Metrics: metrics}, nil
}

// remote returns a Remote for a worker, a sampler of its architectures, and one architecture.
func remote(t *testing.T, worker evaluator.Evaluator) (*supernet.Remote, *explore.Uniform, searchspace.Arch) {
	t.Helper()
	space, err := searchspace.NewENASMacro(3)
	require.NoError(t, err)
	uniform := explore.NewUniform(space)
	archs, err := uniform.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 1)
	require.NoError(t, err)
	r, err := supernet.NewRemote(t.Context(), supernet.RemoteConfig{
		Space: space, Design: network.ENASMacro{Channels: 2, Shared: true}, Input: network.Input{Channels: 1, Height: 8, Width: 8, Classes: 2},
		Worker: worker, Recipe: supernet.Recipe{Epochs: 4, Batch: 16, Flip: true}, ValidBatches: 3,
		Budget: map[string]float64{"validation": 0.2}, Seed: 7,
	}, archs[0])
	require.NoError(t, err)
	return r, uniform, archs[0]
}

func TestRemote(t *testing.T) {
	worker := new(standIn)
	r, uniform, a := remote(t, worker)
	assert.Equal(t, []int{0, 5, 20}, []int{r.Steps(), r.EpochSteps(), r.TotalSteps()})
	figures, err := r.Train(t.Context(), uniform, 3)
	require.NoError(t, err)
	assert.Equal(t, oracle.Figures{Loss: 1, Accuracy: 50}, figures, "means over steps 0 to 2")
	result, err := r.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 25, Metrics: map[string]float64{oracle.ValidLoss: 2}}, result)
	_, err = r.Train(t.Context(), uniform, 100)
	require.NoError(t, err)
	assert.Equal(t, 20, r.Steps(), "training stops at TotalSteps")
	_, err = r.Train(t.Context(), nil, 1)
	require.Error(t, err)

	last := worker.budgets[4] // the evaluation, after the request of NewRemote and three steps
	assert.Equal(t, 3.0, last["shared_evaluate"])
	delete(last, "request")
	delete(last, "shared_evaluate")
	assert.Equal(t, map[string]float64{
		"epochs": 4, "batch": 16, "rate": 0.05, "momentum": 0.9, "weight_decay": 1e-4, "clip": 5, "pad": 0, "flip": 1, "validation": 0.2,
		"valid_batches": 3,
	}, last)
	numbers := map[float64]bool{}
	for _, b := range worker.budgets[5:] {
		numbers[b["request"]] = true
	}
	assert.Len(t, numbers, len(worker.budgets)-5, "no two requests are equal")
}

// TestRemoteAfterARestart checks that a restarted worker ends with the same weights as an uninterrupted one.
func TestRemoteAfterARestart(t *testing.T) {
	whole, restarted := new(standIn), new(standIn)
	crashes := map[int]bool{6: true, 11: true, 12: true}
	restarted.crash = func(step int) bool {
		crash := crashes[step]
		delete(crashes, step)
		return crash
	}
	for _, worker := range []*standIn{whole, restarted} {
		r, uniform, _ := remote(t, worker)
		_, err := r.Train(t.Context(), uniform, 15)
		require.NoError(t, err)
	}
	assert.Empty(t, crashes)
	assert.Equal(t, whole.trained, restarted.trained)

	restarted.trained = append([]string(nil), restarted.kept...)
	r, uniform, a := remote(t, restarted)
	assert.Equal(t, 12, r.Steps(), "another program continues from the checkpoint")
	_, err := r.Train(t.Context(), uniform, 3)
	require.NoError(t, err)
	assert.Equal(t, whole.trained, restarted.trained)

	restarted.trained = append([]string(nil), restarted.kept...)
	_, err = r.Evaluate(t.Context(), a)
	require.NoError(t, err, "an evaluation repeats the steps too")
	assert.Equal(t, whole.trained, restarted.trained)

	restarted.trained, restarted.kept = nil, nil
	_, err = r.Evaluate(t.Context(), a)
	require.ErrorIs(t, err, supernet.ErrLost)
	_, err = r.Train(t.Context(), uniform, 1)
	require.ErrorIs(t, err, supernet.ErrLost)
}

// TestRemoteWithManyRestarts checks that the final weights do not depend on when and how often the worker is restarted.
func TestRemoteWithManyRestarts(t *testing.T) {
	whole := new(standIn)
	r, uniform, _ := remote(t, whole)
	_, err := r.Train(t.Context(), uniform, 20)
	require.NoError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		crashes := map[int]int{} // number of restarts before each step
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 19), 0, 12).Draw(rt, "crashes") {
			crashes[step]++
		}
		worker := &standIn{crash: func(step int) bool {
			crashes[step]--
			return crashes[step] >= 0
		}}
		r, uniform, _ := remote(t, worker)
		for r.Steps() < r.TotalSteps() {
			_, err := r.Train(t.Context(), uniform, rapid.IntRange(1, 9).Draw(rt, "steps"))
			require.NoError(rt, err)
		}
		require.Equal(rt, whole.trained, worker.trained)
	})
}

func TestInvalidRemotes(t *testing.T) {
	space := searchspace.NASBench201{}
	valid := supernet.RemoteConfig{
		Space: space, Design: network.NASBench201{}, Input: network.Input{Channels: 1, Height: 8, Width: 8, Classes: 2}, Worker: new(standIn),
	}
	a, err := space.Parse("|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|")
	require.NoError(t, err)
	for message, change := range map[string]func(*supernet.RemoteConfig){
		"needs a Space":        func(c *supernet.RemoteConfig) { c.Design = nil },
		"must not be negative": func(c *supernet.RemoteConfig) { c.ValidBatches = -1 },
		"Archs must be 0 or 1": func(c *supernet.RemoteConfig) { c.Recipe.Archs = 2 },
		"the seed must be":     func(c *supernet.RemoteConfig) { c.Seed = 1 << 60 },
		"Recipe.LearningRate":  func(c *supernet.RemoteConfig) { c.Recipe.LearningRate = -1 },
		"has no metric": func(c *supernet.RemoteConfig) {
			c.Worker = evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) { return evaluator.Result{}, nil })
		},
	} {
		c := valid
		change(&c)
		_, err := supernet.NewRemote(t.Context(), c, a)
		assert.ErrorContains(t, err, message)
	}
}
