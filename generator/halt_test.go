package generator_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// endingAfter is a context that ends after its Err has been called a number of times.
type endingAfter struct {
	context.Context
	left atomic.Int64
}

func (c *endingAfter) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// At whatever point a step is, it ends with the context and does not change any parameter.
func TestFitEndsWithinAStep(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "one", MaxNodes: 4, NodeOps: []string{"a", "b"}})
	for name, make := range models {
		t.Run(name, func(t *testing.T) {
			g := make(t, s, 1)
			data := modeltest.Examples(1, modeltest.Sample(t, g, 2, 1)...)
			before := modeltest.LogProbs(t, g, data[0].Arch)
			fit := func(asked int64) error {
				ctx := &endingAfter{Context: context.Background()}
				ctx.left.Store(asked)
				report, err := g.Fit(ctx, rand.New(rand.NewPCG(1, 1)), data, generator.FitOptions{LearningRate: 0.1})
				if err != nil {
					require.ErrorIs(t, err, context.Canceled)
					require.Zero(t, report.Steps)
				}
				return err
			}
			asked := int64(0)
			for err := error(context.Canceled); err != nil; asked++ {
				if err = fit(asked); err != nil {
					require.Equal(t, before, modeltest.LogProbs(t, g, data[0].Arch))
				}
			}
			assert.Greater(t, asked, int64(8), "a step asks many times")
			assert.NotEqual(t, before, modeltest.LogProbs(t, g, data[0].Arch))
		})
	}
}
