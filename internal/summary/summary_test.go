package summary_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
)

func TestEstimates(t *testing.T) {
	assert.Equal(t, summary.Estimate{Mean: 7}, summary.Of([]float64{7}))
	e := summary.Of([]float64{1, 2, 3})
	assert.InDelta(t, 2, e.Mean, 1e-12)
	assert.InDelta(t, 1, e.Deviation, 1e-12)
	assert.InDelta(t, 1/math.Sqrt(3), e.StdErr, 1e-12)
}

// The standard error of the mean of 0 to 9 is sqrt(8.25/10) = 0.91, of which 1.96 reach from 2.7 to 6.3.
func TestIntervals(t *testing.T) {
	assert.Equal(t, summary.Interval{Value: 1, Low: 1, High: 1}, summary.Mean([]float64{1, 1, 1}))
	ten := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	i := summary.Mean(ten)
	assert.InDelta(t, 4.5, i.Value, 1e-12)
	assert.InDelta(t, 2.7, i.Low, 0.3)
	assert.InDelta(t, 6.3, i.High, 0.3)
	assert.Equal(t, i, summary.Mean(ten))

	assert.Equal(t, summary.Interval{Value: 2, Low: 2, High: 2}, summary.Difference([]float64{3, 3}, []float64{1, 1, 1}))
	i = summary.Difference(ten, []float64{0, 0})
	assert.InDelta(t, 2.7, i.Low, 0.3)
	assert.InDelta(t, 6.3, i.High, 0.3)
	assert.Equal(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ten)
}

func TestFailures(t *testing.T) {
	var all summary.Failures
	assert.Equal(t, "0 of 0 evaluations failed", all.String())
	all.Add(summary.FailuresOf(&rl.History{Evaluations: make([]rl.Evaluation, 3)}))
	assert.Equal(t, "0 of 3 evaluations failed", all.String())
	all.Add(summary.FailuresOf(&rl.History{Evaluations: []rl.Evaluation{{}, {Err: errors.New("out of memory")}, {Err: errors.New("no disk")}}}))
	all.Add(summary.FailuresOf(&rl.History{Evaluations: []rl.Evaluation{{Err: errors.New("no disk")}}}))
	assert.Equal(t, "3 of 7 evaluations failed; the first error: out of memory", all.String())

	text, err := json.Marshal(struct {
		Seed int `json:"seed"`
		summary.Failures
	}{Seed: 1, Failures: all})
	require.NoError(t, err)
	assert.JSONEq(t, `{"seed": 1, "failed": 3, "first_error": "out of memory"}`, string(text))
}
