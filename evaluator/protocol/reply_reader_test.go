package protocol_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// readReplies reads the replies of a text until an error, and returns the skipped lines too.
func readReplies(input io.Reader) (replies []protocol.Reply, skipped []string, err error) {
	reader := protocol.NewReplyReader(input, func(line string, err error) {
		if err != nil {
			line = err.Error()
		}
		skipped = append(skipped, line)
	})
	for {
		r, err := reader.Read()
		if err == io.EOF {
			return replies, skipped, nil
		}
		if err != nil {
			return replies, skipped, err
		}
		replies = append(replies, r)
	}
}

func TestReplyReaderTolerates(t *testing.T) {
	ninety := []protocol.Reply{{ID: "1", Result: &evaluator.Result{Value: 90}}}
	with := func(r evaluator.Result) []protocol.Reply { return []protocol.Reply{{ID: "1", Result: &r}} }
	for name, test := range map[string]struct {
		text    string
		replies []protocol.Reply
		skipped []string
	}{
		"byte order mark": {"\ufeff" + `{"id":"1","value":90}` + "\n", ninety, nil},
		"Windows":         {`{"id":"1","value":90}` + "\r\n", ninety, nil},
		"blank lines":     {"\n \n" + `{"id":"1","value":90}` + "\n\n", ninety, nil},
		"banner":          {"Files already downloaded\n" + `{"id":"1","value":90}` + "\n", ninety, []string{"Files already downloaded"}},
		"log after":       {`{"id":"1","value":90}` + "\ndone in 3 s\n", ninety, []string{"done in 3 s"}},
		"progress bar": {
			"\r 10%|# |\r100%|##|\r" + `{"id":"1","value":90}` + "\n", ninety, []string{"10%|# |", "100%|##|"},
		},
		"JSON logs":      {`{"loss": 2.3}` + "\n[1]\nnull\n" + `{"id":"1","value":90}` + "\n", ninety, []string{`{"loss": 2.3}`, "[1]", "null"}},
		"Python logs":    {"{'loss': 2.3, 'epoch': 1}\n" + `{"id":"1","value":90}` + "\n", ninety, []string{"{'loss': 2.3, 'epoch': 1}"}},
		"configuration":  {"{\n  \"lr\": 0.1\n}\n" + `{"id":"1","value":90}` + "\n", ninety, []string{"{", `"lr": 0.1`, "}"}},
		"not UTF-8":      {"caf\xe9\n" + `{"id":"1","value":90}` + "\n", ninety, []string{"caf\ufffd"}},
		"long line":      {strings.Repeat("x", 3*protocol.MaxLine) + "\n" + `{"id":"1","value":90}` + "\n", ninety, []string{strings.Repeat("x", 1000)}},
		"number for id":  {`{"id":1,"value":90}` + "\n", ninety, nil},
		"null fields":    {`{"id":"1","value":90,"metrics":null,"error":null,"cost_seconds":null}` + "\n", ninety, nil},
		"null value":     {`{"id":"1","value":null,"error":"no"}` + "\n", []protocol.Reply{{ID: "1", Failure: &protocol.Failure{Message: "no"}}}, nil},
		"clock":          {`{"id":"1","value":90,"cost_seconds":-1e-9}` + "\n", ninety, nil},
		"null metric":    {`{"id":"1","value":90,"metrics":{"a":null,"b":1}}` + "\n", with(evaluator.Result{Value: 90, Metrics: map[string]float64{"b": 1}}), nil},
		"large metric":   {`{"id":"1","value":90,"metrics":{"macs":100000000000000000000}}` + "\n", with(evaluator.Result{Value: 90, Metrics: map[string]float64{"macs": 1e20}}), nil},
		"infinite":       {`{"id":"1","value":90,"metrics":{"a":Infinity,"b":-Infinity}}` + "\n", with(evaluator.Result{Value: 90, Metrics: map[string]float64{"a": math.Inf(1), "b": math.Inf(-1)}}), nil},
		"Latin-1":        {`{"id":"1","error":"m` + "\xe9" + `moire"}` + "\n", []protocol.Reply{{ID: "1", Failure: &protocol.Failure{Message: "m\ufffdmoire"}}}, nil},
		"half a letter":  {`{"id":"1","error":"bad \ud83d"}` + "\n", []protocol.Reply{{ID: "1", Failure: &protocol.Failure{Message: "bad \ufffd"}}}, nil},
		"NaN in a text":  {`{"id":"1","error":"loss is NaN, \"NaN\""}` + "\n", []protocol.Reply{{ID: "1", Failure: &protocol.Failure{Message: `loss is NaN, "NaN"`}}}, nil},
		"everything":     {`{"id":"1","value":90,"cost_seconds":2.5,"failure":"no"}` + "\n", with(evaluator.Result{Value: 90, Cost: 2500 * time.Millisecond, Failure: "no"}), nil},
		"percent":        {`{"id":"1","progress":50}` + "\n", nil, []string{`"progress" is 50: write the fraction that is done`}},
		"NaN progress":   {`{"id":"1","progress":NaN}` + "\n", nil, []string{`"progress" is NaN`}},
		"extra progress": {`{"id":"1","progress":0.5,"batch":3}` + "\n", nil, []string{`unknown field "batch": the fields are id, progress, epoch, value, message`}},
		"value so far": {
			`{"id":"1","progress":0.5,"epoch":3,"value":71.5}` + "\n",
			[]protocol.Reply{{ID: "1", Progress: &protocol.Progress{Fraction: 0.5, Epoch: 3, Value: &soFar}}}, nil,
		},
		"NaN value so far": {`{"id":"1","progress":0.5,"value":NaN}` + "\n", nil, []string{`"value" is NaN: leave it out`}},
		"progress":         {`{"id":"1","progress":0.5}` + "\n", []protocol.Reply{{ID: "1", Progress: &protocol.Progress{Fraction: 0.5}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			replies, skipped, err := readReplies(strings.NewReader(test.text))
			require.NoError(t, err)
			assert.Equal(t, test.replies, replies)
			require.Len(t, skipped, len(test.skipped))
			for i, line := range test.skipped {
				assert.Contains(t, skipped[i], line)
			}
		})
	}
}

func TestMetricOfNaN(t *testing.T) {
	replies, _, err := readReplies(strings.NewReader(`{"id":"1","value":90,"metrics":{"loss":NaN}}` + "\n"))
	require.NoError(t, err)
	require.Len(t, replies, 1)
	assert.True(t, math.IsNaN(replies[0].Result.Metrics["loss"]))
}

// The error of a malformed reply says what to write instead.
func TestReplyReaderRefuses(t *testing.T) {
	for line, want := range map[string]string{
		`{"id":"7","value":NaN}`:                               `"value" is NaN: report a training run that diverged as {"id":"7","error":"diverged"}`,
		`{"id":"7","value":-Infinity}`:                         `"value" is -Inf: report`,
		`{"id":"7","value":null}`:                              `"value" is null: report`,
		`{"id":"7","value":1` + strings.Repeat("0", 400) + `}`: `"value" is outside the range of 64-bit floating-point numbers`,
		`{"id":"7","value":"90.0"}`:                            `"value" is the string "90.0": write the number without quotes`,
		`{"id":"7","value":true}`:                              `"value" is true, not a number`,
		`{"id":"7","value":[1]}`:                               `"value" is the list [1], not a number`,
		`{"id":"7","value":1,"value":2}`:                       `"value" appears twice`,
		`{"id":"7","value":1,"epochs":12}`:                     `unknown field "epochs": the fields are id, value, metrics, cost_seconds, failure, resume, curve; further numbers belong in metrics`,
		`{"id":"7","value":1,"metric":{}}`:                     `unknown field "metric"`,
		`{"Id":"7","Value":1}`:                                 `unknown field "Id": it must be written "id"`,
		`{"value":1}`:                                          `"id" is missing: repeat the id of the request`,
		`{"id":null,"value":1}`:                                `"id" is missing`,
		`{"id":"","value":1}`:                                  `"id" is empty`,
		`{"id":1.5,"value":1}`:                                 `"id" is the number 1.5`,
		`{"id":"7"}`:                                           `"value", "error" and "progress" are all missing`,
		`{"id":"7","error":""}`:                                `"error" is empty`,
		`{"id":"7","error":{"kind":1}}`:                        `"error" is the object {"kind":1}, not a string`,
		`{"id":"7","error":"no","temporary":1}`:                `"temporary" is the number 1, not true or false`,
		`{"id":"7","value":1,"error":"no"}`:                    `"value" and "error" are in one reply`,
		`{"id":"7","value":1,"metrics":[1]}`:                   `"metrics" is the list [1], not an object`,
		`{"id":"7","value":1,"metrics":{"device":"cuda:0"}}`:   `metric "device" is the string "cuda:0": write the number`,
		`{"id":"7","value":1,"metrics":{"ok":true}}`:           `metric "ok" is true, not a number`,
		`{"id":"7","value":1,"metrics":{"a":1,"a":2}}`:         `"metrics": "a" appears twice`,
		`{"id":"7","value":1,"metrics":{"a":[NaN]}}`:           `metric "a" is the list [NaN], not a number`,
		`{"id":"7","value":1,"cost_seconds":-2}`:               `"cost_seconds" is -2: it must be between 0 and 9e+09`,
		`{"id":"7","value":1,"cost_seconds":1e10}`:             `"cost_seconds" is 1e+10`,
		`{"id":"7","value":1,"cost_seconds":NaN}`:              `"cost_seconds" is NaN`,
		`{'id': '7', 'value': 90.0}`:                           `names and strings must be in double quotes`,
		`{"id":"7","value":90.0`:                               `a reply must be on one line`,
		`  "id": "7",`:                                         `a reply must be on one line`,
		`Epoch 3 {"id":"7","value":90.0}`:                      `a reply must begin at the start of a line`,
		`[{"id":"7","value":90.0}]`:                            `not a JSON object`,
		`{"id":"7","value":90.0,}`:                             `a reply must be one JSON object on one line`,
		"{\x00\"\x00i\x00d\x00\"\x00:\x007\x00}\x00":           `a reply must be in UTF-8`,
		`{"id":"7","value":1,"metrics":{"` + strings.Repeat("m", protocol.MaxLine) + `":1}}`: `a line has more than 1048576 bytes; it begins with`,
	} {
		t.Run(line[:min(len(line), 60)], func(t *testing.T) {
			reader := protocol.NewReplyReader(strings.NewReader("loading\n"+line+"\n"+`{"id":"8","value":1}`+"\n"), nil)
			reply, err := reader.Read()
			require.ErrorIs(t, err, protocol.ErrMalformed)
			if strings.HasPrefix(line, `{"id":"7"`) && reply.ID == "" {
				assert.Regexp(t, "not JSON|twice|a line has more", err, "the id is returned")
			}
			assert.ErrorContains(t, err, want)
			assert.Less(t, len(err.Error()), 500)
			isNumber := strings.Contains(want, "outside the range") || strings.Contains(want, "Inf:") || strings.Contains(want, "NaN: report")
			assert.Equal(t, isNumber, errors.Is(err, evaluator.ErrNotFinite), err)
			next, err := reader.Read()
			require.NoError(t, err, "the next line can be read")
			assert.Equal(t, "8", next.ID)
		})
	}
}

// strays are lines that are not replies.
var strays = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "\r", "Epoch 1/3: loss 2.31", "100%|##########| 5/5 [00:01<00:00]", `{"loss": NaN}`, "{'loss': 1.5}", "{", "}", "\ufeff",
		"Traceback (most recent call last):", `"text"`, "id: 7", "\x1b[32mdone\x1b[0m", "\xff\xfe\x00",
	}),
	rapid.StringMatching(`[^"'\n]{0,80}`),
)

// Other lines around the replies do not change them.
func TestStrayLinesChangeNoReply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replies := rapid.SliceOfN(rapid.Custom(anyReply), 0, 5).Draw(t, "replies")
		var text strings.Builder
		print := func() {
			for _, line := range rapid.SliceOfN(strays, 0, 3).Draw(t, "strays") {
				fmt.Fprintf(&text, "%s%s", line, rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end"))
			}
		}
		print()
		for i := range replies {
			require.NoError(t, protocol.Write(&text, &replies[i]))
			print()
		}
		var input io.Reader = strings.NewReader(text.String())
		if rapid.Bool().Draw(t, "in pieces") {
			input = iotest.OneByteReader(input)
		}
		got, _, err := readReplies(input)
		require.NoError(t, err)
		require.Equal(t, len(replies), len(got))
		for i, want := range replies {
			require.Equal(t, want, got[i])
		}
	})
}
