package evaluator_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
)

// FuzzResult checks that a result that can be decoded is encoded and decoded again to the same result.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"value":0.5,"metrics":{"loss":1,"x":"NaN"},"cost_seconds":1.5}`))
	f.Add([]byte(`{"value":-1e300,"failure":"it diverged"}`))
	f.Add([]byte(`{"value":null,"cost_seconds":1e300}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r, again evaluator.Result
		if r.UnmarshalJSON(text) != nil {
			return
		}
		written, err := json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, again.UnmarshalJSON(written))
		require.Len(t, again.Metrics, len(r.Metrics))
		require.InDelta(t, r.Cost, again.Cost, float64(r.Cost.Abs())*1e-9+float64(time.Nanosecond))
	})
}
