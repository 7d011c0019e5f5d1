package rl

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// smallSpace has 3 · 3 · 2 · 3 · 4 = 216 members.
func smallSpace(t testing.TB) searchspace.Space {
	s, err := searchspace.New("small", []searchspace.Part{{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b", "c"}}}, nil)
	require.NoError(t, err)
	return s
}

// countEdges is an evaluator whose best value is 3 edges and three nodes of "c".
var countEdges = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	value := float64(a.Part(0).NumEdges())
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "c" {
			value++
		}
	}
	return evaluator.Result{Value: value}, nil
})

// smallGRAN is quick to train.
func smallGRAN(t testing.TB, space searchspace.Space) *gran.Model {
	g, err := gran.New(space, gran.Config{Layers: 2, Attention: 16, Components: 4}, rand.New(rand.NewPCG(9, 9)))
	require.NoError(t, err)
	return g
}

// recorder is a model that draws uniformly and remembers what it was trained on.
type recorder struct {
	*explore.Uniform
	space  searchspace.Space
	resets int
	fits   [][]generator.Example
	opts   []generator.FitOptions
}

func newRecorder(space searchspace.Space) *recorder {
	return &recorder{Uniform: explore.NewUniform(space), space: space}
}

func (r *recorder) Space() searchspace.Space { return r.space }

func (r *recorder) LogProb(context.Context, []searchspace.Arch) ([]float64, error) {
	return nil, errors.New("a recorder has no probabilities")
}

func (r *recorder) Fit(_ context.Context, _ *rand.Rand, data []generator.Example, o generator.FitOptions) (generator.FitReport, error) {
	r.fits, r.opts = append(r.fits, data), append(r.opts, o)
	return generator.FitReport{Steps: 1}, nil
}

func (r *recorder) Reset(*rand.Rand) { r.resets++ }

func (r *recorder) MostProbable(context.Context, int, int) ([]generator.Scored, error) {
	return nil, errors.New("a recorder has no probabilities")
}

func (r *recorder) Save(io.Writer) error { return nil }

// mustRun runs a search that must be configured well.
func mustRun(t testing.TB, m generator.Model, e evaluator.Evaluator, c Config) (*History, error) {
	t.Helper()
	trainer, err := NewTrainer(m, e, c)
	require.NoError(t, err)
	return trainer.Run(context.Background())
}
