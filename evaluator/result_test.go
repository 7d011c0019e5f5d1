package evaluator_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
)

func TestResultGoesThroughJSON(t *testing.T) {
	finite := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)
	rapid.Check(t, func(t *rapid.T) {
		r := evaluator.Result{
			Value:   finite.Draw(t, "value"),
			Cost:    time.Duration(rapid.Int64Range(0, int64(25*24*time.Hour)).Draw(t, "cost")),
			Failure: rapid.String().Draw(t, "failure"),
		}
		if metrics := rapid.MapOf(rapid.String(), finite).Draw(t, "metrics"); len(metrics) > 0 {
			r.Metrics = metrics
		}
		text, err := json.Marshal(r)
		require.NoError(t, err)
		var back evaluator.Result
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, r, back)
	})
}

func TestResultAsJSON(t *testing.T) {
	text, err := json.Marshal(evaluator.Result{
		Value: 93.2, Metrics: map[string]float64{"params": 1.3}, Cost: 12500 * time.Millisecond,
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{"value": 93.2, "metrics": {"params": 1.3}, "cost_seconds": 12.5}`, string(text))

	_, err = json.Marshal(evaluator.Result{Value: math.NaN()})
	assert.Error(t, err)
}

func TestMalformedResults(t *testing.T) {
	for text, message := range map[string]string{
		`{}`:                              `"value" is missing`,
		`{"value": null}`:                 `"value" is missing`,
		`{"value": "93"}`:                 "reading a result",
		`[93]`:                            "reading a result",
		`{"value":1,"cost_seconds":1e10}`: "out of range",
	} {
		var r evaluator.Result
		assert.ErrorContains(t, json.Unmarshal([]byte(text), &r), message, text)
	}
}
