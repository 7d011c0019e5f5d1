package protocol_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// What FuzzRequest and FuzzReply say of every text: either it is refused, or it is written again as what the schema
// allows, and that is read as the same.

func FuzzRequest(f *testing.F) {
	schema := definition(f, "request")
	for _, line := range malformedRequests {
		f.Add([]byte(line))
	}
	f.Add([]byte(minimal))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r, again protocol.Request
		if r.UnmarshalJSON(text) != nil {
			require.Zero(t, r)
			return
		}
		written, err := json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, validates(schema, written))
		require.NoError(t, json.Unmarshal(written, &again))
		rewritten, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(written), string(rewritten))
	})
}

func FuzzReply(f *testing.F) {
	schema := definition(f, "reply")
	for _, line := range malformedReplies {
		f.Add([]byte(line))
	}
	for _, line := range []string{
		`{"id":"1","value":93.2,"metrics":{"params":1.3},"cost_seconds":12.5}`,
		`{"id":"1","value":10,"failure":"the training has diverged"}`,
		`{"id":"1","error":"out of memory","temporary":true}`,
		`{"id":"1","progress":0.5,"message":"epoch 6 of 12"}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var r, again protocol.Reply
		if r.UnmarshalJSON(text) != nil {
			require.Zero(t, r)
			return
		}
		written, err := json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, validates(schema, written))
		require.NoError(t, json.Unmarshal(written, &again))
		if r.Result != nil { // a cost of more than 26 days is written to a few nanoseconds
			require.InEpsilon(t, 1+r.Result.Cost.Seconds(), 1+again.Result.Cost.Seconds(), 1e-15)
			again.Result.Cost = r.Result.Cost
			require.Equal(t, len(r.Result.Metrics), len(again.Result.Metrics))
			again.Result.Metrics = r.Result.Metrics
		}
		require.Equal(t, r, again)
	})
}
