package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// definition compiles one of the schema's definitions.
func definition(t testing.TB, name string) *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(protocol.Schema()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", document))
	return compiler.MustCompile("schema.json#/$defs/" + name)
}

// validates returns an error if a text does not conform to the schema.
func validates(schema *jsonschema.Schema, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

var notANumber, soFar = math.NaN(), 71.5

var finite = rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)

// anyNumbers draws a budget or metrics. It returns nil instead of an empty map, because JSON does not distinguish them.
func anyNumbers(t *rapid.T, label string) map[string]float64 {
	numbers := rapid.MapOfN(rapid.String(), finite, 0, 5).Draw(t, label)
	if len(numbers) == 0 {
		return nil
	}
	return numbers
}

func filled(label string, t *rapid.T) string { return rapid.StringN(1, 40, -1).Draw(t, label) }

// anyArch draws an architecture of one or more parts, with or without operations and fields.
func anyArch(t *rapid.T) searchspace.Arch {
	parts := make([]searchspace.DAG, rapid.IntRange(1, 3).Draw(t, "parts"))
	for i := range parts {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		var nodeOps []string
		if rapid.Bool().Draw(t, "nodes carry operations") {
			nodeOps = rapid.SliceOfN(rapid.StringN(1, 10, -1), n, n).Draw(t, "node operations")
		}
		edgesCarry := rapid.Bool().Draw(t, "edges carry operations")
		var edges []searchspace.Edge
		for to := range n {
			for from := range to {
				if !rapid.Bool().Draw(t, "edge") {
					continue
				}
				e := searchspace.Edge{From: from, To: to}
				if edgesCarry {
					e.Op = filled("edge operation", t)
				}
				edges = append(edges, e)
			}
		}
		g, err := searchspace.NewDAG(rapid.String().Draw(t, "part"), n, nodeOps, edges)
		require.NoError(t, err)
		value := rapid.OneOf(rapid.StringN(1, 10, -1), rapid.SampledFrom([]string{"3", "-0.5", "3e-05", "true", "007", "null"}))
		fields := rapid.MapOfN(rapid.StringN(1, 10, -1), value, 0, 2)
		g, err = g.WithNodeFields(rapid.SliceOfN(fields, n, n).Draw(t, "node fields"))
		require.NoError(t, err)
		g, err = g.WithEdgeFields(rapid.SliceOfN(fields, len(edges), len(edges)).Draw(t, "edge fields"))
		require.NoError(t, err)
		parts[i] = g
	}
	return searchspace.NewArch(parts...)
}

func anyRequest(t *rapid.T) protocol.Request {
	return protocol.Request{
		ID: filled("id", t), Space: filled("space", t), Arch: anyArch(t), Notation: rapid.String().Draw(t, "notation"),
		Budget: anyNumbers(t, "budget"), Resume: rapid.String().Draw(t, "resume"), Seed: rapid.Uint64Max(protocol.MaxSeed).Draw(t, "seed"),
	}
}

func anyReply(t *rapid.T) protocol.Reply {
	r := protocol.Reply{ID: filled("id", t)}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		r.Result = &evaluator.Result{
			Value: finite.Draw(t, "value"), Metrics: anyNumbers(t, "metrics"),
			Cost:    time.Duration(rapid.Int64Range(0, int64(25*24*time.Hour)).Draw(t, "cost")),
			Failure: rapid.String().Draw(t, "failure"), Resume: rapid.String().Draw(t, "resume"), Curve: anyCurve(t),
		}
	case 1:
		r.Failure = &protocol.Failure{Message: filled("error", t), Temporary: rapid.Bool().Draw(t, "temporary")}
	case 2:
		r.Progress = &protocol.Progress{
			Fraction: rapid.Float64Range(0, 1).Draw(t, "progress"), Message: rapid.String().Draw(t, "message"),
			Epoch: rapid.Float64Range(0, 1e6).Draw(t, "epoch"),
		}
		if rapid.Bool().Draw(t, "measured") {
			v := finite.Draw(t, "value so far")
			r.Progress.Value = &v
		}
	}
	return r
}

// anyCurve draws a learning curve, which may be nil.
func anyCurve(t *rapid.T) evaluator.Curve {
	var curve evaluator.Curve
	epoch := 0.0
	for range rapid.IntRange(0, 4).Draw(t, "points") {
		epoch += rapid.Float64Range(0.1, 10).Draw(t, "epochs")
		curve = append(curve, evaluator.Point{Epoch: epoch, Value: finite.Draw(t, "value of a point")})
	}
	return curve
}

func TestRequestsGoThroughLines(t *testing.T) {
	schema := definition(t, "request")
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.SliceOfN(rapid.Custom(anyRequest), 0, 4).Draw(t, "requests")
		var text bytes.Buffer
		for _, r := range requests {
			require.NoError(t, protocol.Write(&text, &r))
		}
		for line := range bytes.Lines(text.Bytes()) {
			require.NoError(t, validates(schema, line), "%s", line)
		}
		reader := protocol.NewReader(&text)
		for _, want := range requests {
			var r protocol.Request
			require.NoError(t, reader.Read(&r))
			require.True(t, want.Arch.Equal(r.Arch))
			r.Arch = want.Arch
			require.Equal(t, want, r)
		}
		require.Error(t, reader.Read(&protocol.Request{}))
	})
}

func TestRepliesGoThroughLines(t *testing.T) {
	schema := definition(t, "reply")
	rapid.Check(t, func(t *rapid.T) {
		want := anyReply(t)
		line, err := protocol.Line(&want)
		require.NoError(t, err)
		require.Equal(t, len(line)-1, bytes.IndexByte(line, '\n'), "one line")
		require.NoError(t, validates(schema, line), "%s", line)
		var r protocol.Reply
		require.NoError(t, json.Unmarshal(line, &r))
		require.Equal(t, want, r)
	})
}

func TestNothingInvalidIsWritten(t *testing.T) {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")
	require.NoError(t, err)
	good := protocol.NewRequest("1", space, cell)
	edit := func(change func(*protocol.Request)) protocol.Message {
		r := good
		change(&r)
		return &r
	}
	result := func(r evaluator.Result) protocol.Message { return &protocol.Reply{ID: "1", Result: &r} }
	for name, m := range map[string]protocol.Message{
		"no id":            edit(func(r *protocol.Request) { r.ID = "" }),
		"no space":         edit(func(r *protocol.Request) { r.Space = "" }),
		"no architecture":  edit(func(r *protocol.Request) { r.Arch = searchspace.Arch{} }),
		"large seed":       edit(func(r *protocol.Request) { r.Seed = protocol.MaxSeed + 1 }),
		"NaN budget":       edit(func(r *protocol.Request) { r.Budget = map[string]float64{"epochs": math.NaN()} }),
		"too long":         edit(func(r *protocol.Request) { r.Notation = strings.Repeat("x", protocol.MaxLine) }),
		"reply without id": &protocol.Reply{Result: &evaluator.Result{}},
		"empty reply":      &protocol.Reply{ID: "1"},
		"two in one": &protocol.Reply{ID: "1", Result: &evaluator.Result{},
			Progress: &protocol.Progress{}},
		"NaN value":        result(evaluator.Result{Value: math.NaN()}),
		"infinite metric":  result(evaluator.Result{Metrics: map[string]float64{"params": math.Inf(1)}}),
		"negative cost":    result(evaluator.Result{Cost: -1}),
		"cost too large":   result(evaluator.Result{Cost: protocol.MaxCost + time.Second}),
		"failure, no text": &protocol.Reply{ID: "1", Failure: &protocol.Failure{}},
		"progress above 1": &protocol.Reply{ID: "1", Progress: &protocol.Progress{Fraction: 1.01}},
		"NaN progress":     &protocol.Reply{ID: "1", Progress: &protocol.Progress{Fraction: math.NaN()}},
		"NaN value so far": &protocol.Reply{ID: "1", Progress: &protocol.Progress{Value: &notANumber}},
		"negative epoch":   &protocol.Reply{ID: "1", Progress: &protocol.Progress{Epoch: -1}},
		"infinite epoch":   &protocol.Reply{ID: "1", Progress: &protocol.Progress{Epoch: math.Inf(1)}},
		"decreasing epochs": &protocol.Reply{ID: "1", Result: &evaluator.Result{
			Curve: evaluator.Curve{{Epoch: 2, Value: 1}, {Epoch: 1, Value: 1}}}},
		"NaN in a curve": &protocol.Reply{ID: "1", Result: &evaluator.Result{Curve: evaluator.Curve{{Epoch: 2, Value: math.NaN()}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			assert.ErrorIs(t, protocol.Write(&text, m), protocol.ErrMalformed)
			assert.Zero(t, text.Len())
		})
	}
}

const (
	oneNode = `"arch":{"parts":[{"name":"p","nodes":1,"edges":[]}]}`
	minimal = `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0}`
	planned = `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"plan":{"plan":1,"arch":"<a>","logits":[]}}`
)

// malformedRequests violate the schema too.
var malformedRequests = map[string]string{
	"rubbish":           `hello`,
	"no object":         `[1]`,
	"null":              `null`,
	"truncated":         minimal[:len(minimal)-1],
	"two on a line":     minimal + minimal,
	"no id":             `{"protocol":1,"space":"s",` + oneNode + `,"seed":0}`,
	"null id":           `{"protocol":1,"id":null,"space":"s",` + oneNode + `,"seed":0}`,
	"number for an id":  `{"protocol":1,"id":1,"space":"s",` + oneNode + `,"seed":0}`,
	"no space":          `{"protocol":1,"id":"1",` + oneNode + `,"seed":0}`,
	"plan is a text":    `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"plan":"a"}`,
	"plan is null":      `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"plan":null}`,
	"no seed":           `{"protocol":1,"id":"1","space":"s",` + oneNode + `}`,
	"negative seed":     `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":-1}`,
	"seed too large":    `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":9007199254740992}`,
	"no architecture":   `{"protocol":1,"id":"1","space":"s","seed":0}`,
	"no part":           `{"protocol":1,"id":"1","space":"s","arch":{"parts":[]},"seed":0}`,
	"null edge end":     `{"protocol":1,"id":"1","space":"s","arch":{"parts":[{"name":"p","nodes":2,"edges":[{"from":null,"to":1}]}]},"seed":0}`,
	"unknown field":     `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"sead":1}`,
	"another case":      `{"protocol":1,"ID":"1","space":"s",` + oneNode + `,"seed":0}`,
	"budget is a text":  `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"budget":{"epochs":"many"}}`,
	"budget is null":    `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"budget":{"epochs":null}}`,
	"NaN in the budget": `{"protocol":1,"id":"1","space":"s",` + oneNode + `,"seed":0,"budget":{"epochs":NaN}}`,
	"version is a text": `{"protocol":"one","id":"1","space":"s",` + oneNode + `,"seed":0}`,
	"version 2":         `{"protocol":2,"id":"1","space":"s",` + oneNode + `,"seed":0,"new":true}`,
	"no version":        `{"id":"1","space":"s",` + oneNode + `,"seed":0}`,
}

func TestMalformedRequests(t *testing.T) {
	schema := definition(t, "request")
	require.NoError(t, json.Unmarshal([]byte(minimal), &protocol.Request{}))
	require.NoError(t, validates(schema, []byte(minimal)))
	for name, line := range malformedRequests {
		t.Run(name, func(t *testing.T) {
			r := protocol.Request{ID: "before"}
			err := protocol.NewReader(strings.NewReader(line + "\n")).Read(&r)
			want := protocol.ErrMalformed
			if strings.Contains(name, "version") {
				want = protocol.ErrVersion
			}
			assert.ErrorIs(t, err, want)
			assert.Equal(t, protocol.Request{ID: "before"}, r)
			assert.Error(t, validates(schema, []byte(line)))
		})
	}
}

func TestVersionIsNamed(t *testing.T) {
	err := (&protocol.Request{}).UnmarshalJSON([]byte(`{"protocol": 2}`))
	assert.ErrorContains(t, err, `"2"; this program speaks version 1`)
}

// malformedReplies violate the schema too.
var malformedReplies = map[string]string{
	"rubbish":          `epoch 1: loss 2.3`,
	"null":             `null`,
	"NaN":              `{"id":"1","value":NaN}`,
	"infinite":         `{"id":"1","value":-Infinity}`,
	"null value":       `{"id":"1","value":null}`,
	"text value":       `{"id":"1","value":"93.2"}`,
	"null metric":      `{"id":"1","value":1,"metrics":{"params":null}}`,
	"failure's kind":   `{"id":"1","value":1,"failure":{"kind":"memory"}}`,
	"null failure":     `{"id":"1","value":1,"failure":null}`,
	"failure alone":    `{"id":"1","failure":"diverged"}`,
	"error, failure":   `{"id":"1","error":"no","failure":"diverged"}`,
	"metric of a list": `{"id":"1","value":1,"metrics":{"params":[1]}}`,
	"negative cost":    `{"id":"1","value":1,"cost_seconds":-1}`,
	"cost of ages":     `{"id":"1","value":1,"cost_seconds":1e10}`,
	"no id":            `{"value":1}`,
	"empty id":         `{"id":"","value":1}`,
	"nothing said":     `{"id":"1"}`,
	"unknown field":    `{"id":"1","value":1,"accuracy":2}`,
	"another case":     `{"Id":"1","Value":1}`,
	"value and error":  `{"id":"1","value":1,"error":"no"}`,
	"no message":       `{"id":"1","error":""}`,
	"error of a kind":  `{"id":"1","error":{"kind":"memory"}}`,
	"progress over 1":  `{"id":"1","progress":50}`,
	"progress of text": `{"id":"1","progress":"half"}`,
	"progress, text":   `{"id":"1","progress":1,"value":"1"}`,
	"negative epoch":   `{"id":"1","progress":1,"epoch":-1}`,
	"curve of numbers": `{"id":"1","value":1,"curve":[1]}`,
	"curve, no epoch":  `{"id":"1","value":1,"curve":[{"value":1}]}`,
	"curve, epoch 0":   `{"id":"1","value":1,"curve":[{"epoch":0,"value":1}]}`,
	"curve, more":      `{"id":"1","value":1,"curve":[{"epoch":1,"value":1,"loss":2}]}`,
	"resume a number":  `{"id":"1","value":1,"resume":1}`,
}

func TestMalformedReplies(t *testing.T) {
	schema := definition(t, "reply")
	for name, line := range malformedReplies {
		t.Run(name, func(t *testing.T) {
			r := protocol.Reply{ID: "before"}
			err := protocol.NewReader(strings.NewReader(line + "\n")).Read(&r)
			assert.ErrorIs(t, err, protocol.ErrMalformed)
			assert.Equal(t, protocol.Reply{ID: "before"}, r)
			assert.Error(t, validates(schema, []byte(line)))
		})
	}
	for _, line := range []string{ // these conform to the schema
		`{"id":"1","value":1e999}`, `{"id":"1","value":1,"value":2}`, `{"id":"1","value":1,"metrics":{"a":1,"a":2}}`,
	} {
		assert.ErrorIs(t, (&protocol.Reply{}).UnmarshalJSON([]byte(line)), protocol.ErrMalformed, line)
	}
}

// "null" inside a string is allowed.
func TestStringsMayContainNull(t *testing.T) {
	for _, text := range []string{`null`, `\"null`, `\\`, `n`} {
		line := `{"id":"` + text + `","error":"` + text + `","temporary":true}`
		assert.NoError(t, json.Unmarshal([]byte(line), &protocol.Reply{}), line)
	}
}

func TestTemporaryFailuresWrapErrTemporary(t *testing.T) {
	assert.ErrorIs(t, &protocol.Failure{Message: "busy", Temporary: true}, evaluator.ErrTemporary)
	assert.False(t, errors.Is(&protocol.Failure{Message: "too large"}, evaluator.ErrTemporary))
}

func TestPlans(t *testing.T) {
	var r, again protocol.Request
	require.NoError(t, json.Unmarshal([]byte(planned), &r))
	assert.JSONEq(t, `{"plan":1,"arch":"<a>","logits":[]}`, string(r.Plan))
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, validates(definition(t, "request"), text))
	require.NoError(t, json.Unmarshal(text, &again))
	assert.JSONEq(t, string(r.Plan), string(again.Plan))
	for _, plan := range []string{"7", "{", `{"a":null}`, `{"a":1,"a":1}`} {
		r.Plan = json.RawMessage(plan)
		assert.ErrorIs(t, r.Validate(), protocol.ErrMalformed, plan)
		assert.ErrorContains(t, r.Validate(), `the plan of request "1"`)
	}
}
