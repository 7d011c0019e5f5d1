package network_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestFigures(t *testing.T) {
	space, input := searchspace.NASBench201{}, network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10}
	a, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|")
	require.NoError(t, err)
	r, err := network.Figures{Design: network.NASBench201{}, Input: input, Batch: 4}.Evaluate(t.Context(), a)
	require.NoError(t, err)
	p, err := network.NewPlan(network.NASBench201{}, a, input)
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{
		network.FigureParams: float64(p.Params()), network.FigureFLOPs: float64(p.FLOPs()), network.FigureMemory: float64(p.Memory(4)),
	}, r.Metrics)

	latency := network.Latency{Design: network.NASBench201{}, Input: input, Repeats: 2}
	r, err = latency.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Positive(t, r.Metrics[network.FigureLatency])

	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	_, err = latency.Evaluate(ctx, a)
	assert.ErrorIs(t, err, gone)
	latency.Repeats = -1
	_, err = latency.Evaluate(t.Context(), a)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
}
