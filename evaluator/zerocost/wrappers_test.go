package zerocost_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/zerocost"
	"github.com/graphpnas/graphpnas/searchspace"
)

// answer is an evaluator that counts its calls.
type answer struct {
	result evaluator.Result
	err    error
	asked  int
}

func (a *answer) Evaluate(context.Context, searchspace.Arch) (evaluator.Result, error) {
	a.asked++
	return a.result, a.err
}

func TestFiltered(t *testing.T) {
	a, bad := parse(t, mixed), errors.New("bad")
	slow := &answer{result: evaluator.Result{Value: 90, Cost: time.Hour}}
	for _, c := range []struct {
		score evaluator.Evaluator
		want  error
	}{
		{&answer{result: evaluator.Result{Value: 1.9}}, zerocost.ErrFiltered},
		{&answer{err: bad}, bad},
		{nil, evaluator.ErrBroken},
	} {
		r, err := zerocost.Filtered{Evaluator: slow, Score: c.score, Least: 2}.Evaluate(t.Context(), a)
		require.ErrorIs(t, err, c.want)
		assert.Zero(t, r)
	}
	assert.Zero(t, slow.asked)
	low := zerocost.Filtered{Evaluator: slow, Score: &answer{}, Least: 2}
	_, err := low.Evaluate(t.Context(), a)
	assert.ErrorContains(t, err, a.String())
	assert.True(t, evaluator.Permanent(t.Context(), err))

	passes := zerocost.Filtered{Evaluator: slow, Score: &answer{result: evaluator.Result{Value: 2}}, Least: 2}
	r, err := passes.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, slow.result, r)
	assert.Equal(t, 1, slow.asked)
	slow.err = bad
	_, err = passes.Evaluate(t.Context(), a)
	assert.ErrorIs(t, err, bad)
}

func TestScored(t *testing.T) {
	a, bad := parse(t, mixed), errors.New("bad")
	slow := &answer{result: evaluator.Result{Value: 90, Metrics: map[string]float64{"loss": 1, "score": 2}, Cost: time.Hour}}
	score := &answer{result: evaluator.Result{Value: 7, Metrics: map[string]float64{"params": 3}, Cost: time.Second}}
	scored := zerocost.Scored{Evaluator: slow, Score: score, Name: "score"}
	r, err := scored.Evaluate(t.Context(), a)
	require.NoError(t, err)
	want := evaluator.Result{Value: 90, Metrics: map[string]float64{"loss": 1, "score": 7}, Cost: time.Hour + time.Second}
	assert.Equal(t, want, r)
	assert.Equal(t, 2.0, slow.result.Metrics["score"], "the evaluator's own map is not modified")

	slow.result = evaluator.Result{Value: 80}
	r, err = scored.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 80, Metrics: map[string]float64{"score": 7}, Cost: time.Second}, r)

	slow.err = bad
	_, err = scored.Evaluate(t.Context(), a)
	require.ErrorIs(t, err, bad)
	score.err, slow.asked = bad, 0
	_, err = scored.Evaluate(t.Context(), a)
	require.ErrorIs(t, err, bad)
	assert.Zero(t, slow.asked)
}
