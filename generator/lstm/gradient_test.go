package lstm

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// newLoss uses Fit to set up the loss, with steps too small to change the weights. One network
// serves all parts.
func newLoss(t require.TestingT, m *Model, _ int, data []generator.Example, o generator.FitOptions) modeltest.Loss {
	o.LearningRate, o.BatchSize, o.Epochs = 1e-30, len(data), 1
	modeltest.Fit(t, m, 1, data, o)
	loss := m.trainer.Loss
	return modeltest.Loss{Function: loss, Value: &loss.Value, Weights: m.params, Layout: &m.net.layout}
}

func TestGradientOfTheLoss(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	rapid.Check(t, func(t *rapid.T) {
		modeltest.RequireGradients(t, func(s searchspace.Space, seed uint64) *Model { return newModel(t, s, seed) }, newLoss)
	})
}

func TestGradientOnTheBenchmarks(t *testing.T) {
	modeltest.RequireBenchmarkGradients(t, func(s searchspace.Space, seed uint64) *Model { return newModel(t, s, seed) }, newLoss)
}

func TestGradientWithFields(t *testing.T) {
	for name, s := range modeltest.FieldSpaces(t) {
		for _, loss := range []generator.Loss{generator.PaperLoss, generator.LogLikelihood} {
			t.Run(fmt.Sprint(name, loss), func(t *testing.T) {
				m := newModel(t, s, 1)
				data := modeltest.Examples(0.7, modeltest.Sample(t, m, 2, 5)...)
				modeltest.RequireGradient(t, m, newLoss, 0, data, generator.FitOptions{Loss: loss, Entropy: 0.5}, modeltest.Rand(3))
			})
		}
	}
}

func TestEntropyIsThatOfThePath(t *testing.T) {
	modeltest.RequireEntropy(t, func(s searchspace.Space, seed uint64) *Model { return newModel(t, s, seed) }, newLoss)
}
