package store

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// FuzzRow checks that any content of a row is either rejected, or read as an evaluation of an architecture in the space whose
// figures are unchanged when they are written again.
func FuzzRow(f *testing.F) {
	space := searchspace.NASBench201{}
	const arch = `{"parts":[{"nodes":[{},{}],"edges":[{"from":0,"to":1,"op":"none"}]}]}`
	f.Add([]byte(arch), "done", 0.5, `{"loss":1,"x":"NaN"}`, int64(5e9), "", now())
	f.Add([]byte(arch), "failed", 0.0, "", int64(0), "out of memory", now())
	f.Add([]byte(`{"parts":[]}`), "done", -1.0, `{"loss":[1]}`, int64(-1), "diverged", "yesterday")
	f.Fuzz(func(t *testing.T, arch []byte, status string, value float64, metrics string, cost int64, failure, ended string) {
		row := finished{
			path: "file", status: status, value: sql.NullFloat64{Float64: value, Valid: true},
			metrics: sql.NullString{String: metrics, Valid: metrics != ""}, cost: sql.NullInt64{Int64: cost, Valid: true},
			failure: sql.NullString{String: failure, Valid: failure != ""}, ended: sql.NullString{String: ended, Valid: true}, sound: true,
		}
		o, err := readOutcome(space, arch, &row)
		if err != nil {
			return
		}
		require.NoError(t, space.Validate(o.Arch))
		if status == "failed" {
			require.Error(t, o.Err)
			return
		}
		require.Equal(t, time.Duration(cost), o.Result.Cost)
		text, err := encodeMetrics(o.Result.Metrics)
		require.NoError(t, err)
		row.metrics = text
		again, err := row.outcome()
		require.NoError(t, err)
		require.Len(t, again.result.Metrics, len(o.Result.Metrics))
	})
}
