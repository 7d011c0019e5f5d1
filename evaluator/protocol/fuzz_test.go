package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// FuzzRequest and FuzzReply check that every text is either rejected, or re-encoded in a form that the schema allows and that
// decodes to the same message.

func FuzzRequest(f *testing.F) {
	schema := definition(f, "request")
	for _, line := range malformedRequests {
		f.Add([]byte(line))
	}
	f.Add([]byte(minimal))
	f.Add([]byte(planned))
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
		`{"id":"1","progress":0.5,"epoch":6,"value":71.2}`,
		`{"id":"1","value":1,"resume":"checkpoints/17","curve":[{"epoch":1,"value":50.5},{"epoch":2,"value":60}]}`,
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
		if r.Result != nil { // a cost of more than 26 days is exact only to a few nanoseconds
			require.InEpsilon(t, 1+r.Result.Cost.Seconds(), 1+again.Result.Cost.Seconds(), 1e-15)
			again.Result.Cost = r.Result.Cost
			require.Equal(t, len(r.Result.Metrics), len(again.Result.Metrics))
			again.Result.Metrics = r.Result.Metrics
		}
		require.Equal(t, r, again)
	})
}

// FuzzReplyReader checks that reading any output ends, that every reply is valid or comes with an error, and that the lenient
// reader returns every reply that the strict reader returns.
func FuzzReplyReader(f *testing.F) {
	for _, line := range malformedReplies {
		f.Add([]byte("loading\r\n" + line + "\n" + `{"id":"1","value":1}` + "\n"))
	}
	f.Add([]byte("\xef\xbb\xbf" + `{"id":1,"value":1,"metrics":{"a":NaN,"b":null}}` + "\r100%|##|\r\n{\n\"id\": 3\n}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var lenient []protocol.Reply
		reader := protocol.NewReplyReader(bytes.NewReader(text), func(line string, _ error) { require.True(t, utf8.ValidString(line)) })
		for {
			r, err := reader.Read()
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			if err != nil {
				require.ErrorIs(t, err, protocol.ErrMalformed)
				require.Equal(t, protocol.Reply{ID: r.ID}, r)
				continue
			}
			if r.Result != nil {
				maps.DeleteFunc(r.Result.Metrics, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
			}
			require.NoError(t, r.Validate())
			lenient = append(lenient, r)
		}
		for strict := protocol.NewReader(bytes.NewReader(text)); ; {
			var r protocol.Reply
			err := strict.Read(&r)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			if err != nil || bytes.IndexByte(text, '\r') >= 0 { // a carriage return ends a line only for the lenient reader
				continue
			}
			require.NotEmpty(t, lenient)
			i := slices.IndexFunc(lenient, func(l protocol.Reply) bool { return reflect.DeepEqual(l, r) })
			require.GreaterOrEqual(t, i, 0)
			lenient = lenient[i+1:]
		}
	})
}
