package network_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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

// TestNegativeSettings checks that a negative size is an error of every search, not of its architectures.
func TestNegativeSettings(t *testing.T) {
	nb201, nb101, others := parse(t, searchspace.NASBench201{}, cells[0]), nb101Cells(t)[0], spaces(t)
	evaluates := func(d network.Design, a searchspace.Arch) error {
		_, err := network.Figures{Design: d, Input: tiny}.Evaluate(t.Context(), a)
		return err
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntMax(-1).Draw(rt, "size")
		batch := network.Figures{Design: network.NASBench201{}, Input: tiny, Batch: n}
		_, counting := batch.Evaluate(t.Context(), nb201)
		for setting, err := range map[string]error{
			"NASBench201.Channels": evaluates(network.NASBench201{Channels: n}, nb201),
			"NASBench201.Cells":    evaluates(network.NASBench201{Cells: n}, nb201),
			"NASBench101.Channels": evaluates(network.NASBench101{Channels: n}, nb101),
			"NASBench101.Stacks":   evaluates(network.NASBench101{Stacks: n}, nb101),
			"NASBench101.Cells":    evaluates(network.NASBench101{Cells: n}, nb101),
			"ENASMacro.Channels":   evaluates(network.ENASMacro{Channels: n}, others[0].arch),
			"RandWire.Channels":    evaluates(network.RandWire{Channels: n}, others[2].arch),
			"RandWire.Head":        evaluates(network.RandWire{Head: n}, others[2].arch),
			"RandWire.Halvings":    evaluates(network.RandWire{Halvings: n}, others[2].arch),
			"DARTS.Channels":       evaluates(network.DARTS{Channels: n}, others[3].arch),
			"DARTS.Cells":          evaluates(network.DARTS{Cells: n}, others[3].arch),
			"Figures.Batch":        counting,
		} {
			require.ErrorIs(rt, err, evaluator.ErrBroken, setting)
			require.ErrorContains(rt, err, fmt.Sprintf("%s must be at least 1, or 0 for the default, got %d", setting, n))
		}
	})
}
