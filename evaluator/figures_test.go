package evaluator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestCosts(t *testing.T) {
	space := searchspace.NASBench201{}
	a, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|")
	require.NoError(t, err)
	perOp := map[string]float64{"nor_conv_3x3": 9, "nor_conv_1x1": 1}
	costs := evaluator.Costs{
		"params": {Edge: func(_ string, _, _ int, l searchspace.Label) float64 { return perOp[l.Op] }},
		"nodes":  {Node: func(string, int, searchspace.Label) float64 { return 1 }},
	}
	r, err := costs.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Metrics: map[string]float64{"params": 19, "nodes": 4}}, r)
}

func TestJoined(t *testing.T) {
	of := func(r evaluator.Result, err error) evaluator.Evaluator {
		return evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) { return r, err })
	}
	first := evaluator.Result{Value: 3, Cost: time.Second, Metrics: map[string]float64{"a": 1}}
	second := evaluator.Result{Value: 4, Cost: time.Minute, Metrics: map[string]float64{"a": 2, "b": 5}}
	r, err := evaluator.Joined{of(first, nil), of(second, nil)}.Evaluate(t.Context(), searchspace.Arch{})
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 3, Cost: 61 * time.Second, Metrics: map[string]float64{"a": 1, "b": 5}}, r)
	assert.Equal(t, map[string]float64{"a": 1}, first.Metrics, "the evaluator's own result is not modified")
	r, err = evaluator.Joined{of(evaluator.Result{}, nil), of(second, nil)}.Evaluate(t.Context(), searchspace.Arch{})
	require.NoError(t, err)
	assert.Equal(t, second.Metrics, r.Metrics)

	lost := errors.New("lost")
	_, err = evaluator.Joined{of(first, nil), of(second, lost)}.Evaluate(t.Context(), searchspace.Arch{})
	assert.ErrorIs(t, err, lost)
	for _, broken := range []evaluator.Joined{nil, {nil}} {
		_, err = broken.Evaluate(t.Context(), searchspace.Arch{})
		assert.ErrorIs(t, err, evaluator.ErrBroken)
	}
}
