package summary_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
)

func TestEstimates(t *testing.T) {
	e := summary.Of([]float64{1, 2, 3})
	assert.Equal(t, 3, e.N)
	assert.InDelta(t, 2, e.Mean, 1e-12)
	assert.InDelta(t, 1, float64(e.Deviation), 1e-12)
	assert.InDelta(t, 1/math.Sqrt(3), float64(e.StdErr), 1e-12)
	assert.Equal(t, "2.000 ± 0.577 (n = 3)", e.Text(3))
	assert.Equal(t, "2.0 ± 0.6", e.Cell(1))
	assert.Equal(t, "200.0 ± 57.7 (n = 3)", e.Times(100).Text(1))
	assert.InDelta(t, 100, float64(e.Times(100).Deviation), 1e-12)
	assert.Equal(t, "84.892 ± 0.000 (n = 2)", summary.Of([]float64{84.892, 84.892}).Text(3))
}

func TestOneSeedHasNoStandardError(t *testing.T) {
	e := summary.Of([]float64{84.892})
	assert.Equal(t, 84.892, e.Mean)
	assert.False(t, e.StdErr.Known())
	assert.False(t, e.Deviation.Known())
	assert.Equal(t, "84.892 (one seed)", e.Text(3))
	assert.Equal(t, "84.892 (one seed)", e.Cell(3))
	assert.Equal(t, "8489.2 (one seed)", e.Times(100).Text(1))
}

func TestWhatIsUnknownIsNullInJSON(t *testing.T) {
	text, err := json.Marshal([]summary.Estimate{summary.Of([]float64{7}), summary.Of([]float64{1, 3})})
	require.NoError(t, err)
	assert.JSONEq(t, `[{"n": 1, "mean": 7, "std": null, "std_err": null}, {"n": 2, "mean": 2, "std": 1.4142135623730951, "std_err": 1}]`, string(text))
	text, err = json.Marshal(summary.Mean([]float64{7}))
	require.NoError(t, err)
	assert.JSONEq(t, `{"value": 7, "low": null, "high": null}`, string(text))
}

func TestFailures(t *testing.T) {
	var all summary.Failures
	assert.Equal(t, "0 of 0 evaluations failed", all.String())
	all.Add(summary.FailuresOf(&rl.History{Evaluations: make([]rl.Evaluation, 3)}))
	assert.Equal(t, "0 of 3 evaluations failed", all.String())
	all.Add(summary.FailuresOf(&rl.History{Evaluations: []rl.Evaluation{{}, {Err: errors.New("out of memory")}, {Err: errors.New("no disk")}}}))
	all.Add(summary.FailuresOf(&rl.History{Evaluations: []rl.Evaluation{{Err: errors.New("no disk")}}}))
	assert.Equal(t, "3 of 7 evaluations failed; the first error: out of memory", all.String())
	stopped := rl.Evaluation{Err: fmt.Errorf("a cell: %w", evaluator.ErrStopped)}
	all.Add(summary.FailuresOf(&rl.History{Evaluations: []rl.Evaluation{stopped, {}, stopped}}))
	assert.Equal(t, "3 of 10 evaluations failed and 2 were stopped early; the first error: out of memory", all.String())

	text, err := json.Marshal(struct {
		Seed int `json:"seed"`
		summary.Failures
	}{Seed: 1, Failures: all})
	require.NoError(t, err)
	assert.JSONEq(t, `{"seed": 1, "failed": 3, "first_error": "out of memory", "stopped": 2}`, string(text))
}
