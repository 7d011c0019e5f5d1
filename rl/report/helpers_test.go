package report_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a name that a page must show and not run.
const script = `<script>document.title = "run"</script>`

// rugged is an evaluator whose values depend only on the architecture. One in ten evaluations fails.
var rugged = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	h := fnv.New64a()
	fmt.Fprint(h, a)
	n := h.Sum64() >> 32
	if n%10 == 0 {
		return evaluator.Result{}, errors.New("out of memory in " + script)
	}
	return evaluator.Result{
		Value: 80 + 2*float64(a.Part(0).NumEdges()) + float64(n%1000)/250, Metrics: map[string]float64{"params": float64(n % 977)},
		Cost: time.Duration(100+n%800) * time.Second,
	}, nil
})

// searched runs a search in simulated time.
func searched(t testing.TB, space searchspace.Space, m rl.Method, c rl.Config) (*rl.History, rl.Timeline) {
	s, err := rl.New(space, m, c)
	require.NoError(t, err)
	h, timeline, err := s.Simulate(t.Context(), rugged)
	require.NoError(t, err)
	return h, timeline
}

// learned runs a search whose generator is trained twice.
func learned(t testing.TB, space searchspace.Space) (*rl.History, rl.Timeline) {
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	m := rl.Reinforce{Model: model, Exploration: rl.First(20), Learner: rl.Replay{Keep: 8, Epochs: 5}, Inspect: 50}
	return searched(t, space, m, rl.Config{Seed: 1, Evaluations: 50, Batch: 10, Lag: 1, Workers: 4})
}

// random runs a random search.
func random(t testing.TB, space searchspace.Space, evaluations int) (*rl.History, rl.Timeline) {
	return searched(t, space, baseline.RandomSearch{}, rl.Config{Seed: 2, Evaluations: evaluations, Batch: 100, Workers: 4})
}

// traded runs a search with two objectives and a limit.
func traded(t testing.TB, space searchspace.Space) (*rl.History, rl.Timeline) {
	return searched(t, space, baseline.RandomSearch{}, rl.Config{
		Seed: 3, Evaluations: 80, Batch: 10, Workers: 4,
		Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("params")}, Limits: []rl.Limit{rl.AtMost("params", 800)},
	})
}

// epochs is an evaluator with budgets. With a larger budget, the value of an architecture approaches that of rugged, except for one in
// four architectures, which become worse. Results contain the value after each epoch. An epoch takes a minute.
type epochs struct{}

const allEpochs = 27

func (epochs) Unit() string { return "epochs" }

func (e epochs) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (epochs) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	r, err := rugged.Evaluate(ctx, a)
	if err != nil {
		return r, err
	}
	last := cmp.Or(b.Amount, allEpochs)
	limit, speed := r.Value, 1+float64(int(r.Metrics["params"])%5)
	for epoch := 1.0; epoch <= last; epoch++ {
		if r.Value = limit * (1 - 0.5*math.Exp(-epoch/speed)); int(r.Metrics["params"])%4 == 0 {
			r.Value = limit * (0.6 - 0.01*epoch)
		}
		r.Curve = append(r.Curve, evaluator.Point{Epoch: epoch, Value: r.Value})
	}
	r.Cost = time.Duration(last) * time.Minute
	return r, nil
}

// promoting runs a search at four budgets that also stops evaluations early.
func promoting(t testing.TB, space searchspace.Space) (*rl.History, rl.Timeline) {
	m := baseline.MedianStopping{Method: baseline.ASHA{Budgets: []float64{1, 3, 9}}, Grace: 1}
	s, err := rl.New(space, m, rl.Config{Seed: 4, Evaluations: 90, Workers: 4, Arrival: true})
	require.NoError(t, err)
	h, timeline, err := s.Simulate(t.Context(), epochs{})
	require.NoError(t, err)
	return h, timeline
}

// many returns a history of many evaluations of a few architectures.
func many(t testing.TB, evaluations int) *rl.History {
	h, _ := random(t, searchspace.NASBench101{}, 100)
	few := h.Evaluations
	h.Evaluations = nil
	for i := range evaluations {
		e := few[i%len(few)]
		e.ID, e.Group = i, i/100
		e.Result.Value += float64(i%983) / 983
		h.Evaluations = append(h.Evaluations, e)
	}
	return h
}

// hostileSpace returns a space with names that a page must not run.
func hostileSpace(t testing.TB) searchspace.Space {
	space, err := searchspace.New(script, []searchspace.Part{
		{Name: script, MaxNodes: 5, NodeOps: []string{"conv", script, "pool"}, EdgeOps: []string{"none", "skip", script}},
		searchspace.Params("training", searchspace.Ordered("rate", 1e-3, 1e-2), searchspace.Choice("optimizer", "sgd", "adam")),
	})
	require.NoError(t, err)
	return space
}
