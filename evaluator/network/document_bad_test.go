package network_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
	"github.com/graphpnas/graphpnas/searchspace"
)

// small is a valid document.
const small = `{"plan":1,"arch":"example","input":{"channels":2,"height":4,"width":5,"classes":3},
"parameters":[{"name":"stem.weight","shape":[3,3,2,4],"init":{"kind":"normal","value":0.1}},
{"name":"norm.weight","shape":[4],"init":{"kind":"constant","value":1}},
{"name":"norm.bias","shape":[4],"init":{"kind":"constant","value":0}},
{"name":"norm.running_mean","shape":[4],"statistic":true,"init":{"kind":"constant","value":0}},
{"name":"norm.running_var","shape":[4],"statistic":true,"init":{"kind":"constant","value":1}},
{"name":"head.weight","shape":[4,3],"init":{"kind":"uniform","value":0.5}},
{"name":"head.bias","shape":[3],"init":{"kind":"uniform","value":0.5}}],
"operations":[{"op":"conv","inputs":[0],"shape":[4,2,3],"name":"stem","kernel":3,"stride":2,"dilation":1},
{"op":"batch_norm","inputs":[1],"shape":[4,2,3],"name":"norm","epsilon":1e-05,"momentum":0.1,"mode":"running"},
{"op":"relu","inputs":[2],"shape":[4,2,3]},
{"op":"sum","inputs":[3,1],"shape":[4,2,3]},
{"op":"global_avg_pool","inputs":[4],"shape":[4,1,1]},
{"op":"linear","inputs":[5],"shape":[3,1,1],"name":"head"}],
"logits":6}`

// mistakes are replacements in the document above, with part of the expected error.
var mistakes = map[string]struct{ from, to, message string }{
	"no JSON":                         {`{"plan"`, `plan`, "invalid character"},
	"truncated":                       {`"logits":6}`, `"logits"`, "unexpected EOF"},
	"more text":                       {`"logits":6}`, `"logits":6} {}`, "after"},
	"an unknown field":                {`"arch"`, `"author":"me","arch"`, "author"},
	"no version":                      {`"plan":1,`, ``, "version must be from 1 to 1, got 0"},
	"another version":                 {`"plan":1`, `"plan":2`, "version must be from 1 to 1, got 2"},
	"another version, other fields":   {`"plan":1,`, `"plan":2,"blocks":[],`, "version must be from 1 to 1, got 2"},
	"no images":                       {`"height":4`, `"height":0`, "got 2×0×5 of"},
	"an unknown operation":            {`"op":"relu"`, `"op":"gelu"`, `operation 2, "gelu": the operation is unknown`},
	"no operation":                    {`"op":"relu",`, ``, "operation 2"},
	"an input of a later operation":   {`"inputs":[1]`, `"inputs":[4]`, "must be the number of an earlier value, from 0 to 1, got 4"},
	"its own result as an input":      {`"inputs":[3,1]`, `"inputs":[4,1]`, "from 0 to 3, got 4"},
	"a negative input":                {`"inputs":[2]`, `"inputs":[-1]`, "got -1"},
	"too many inputs":                 {`"inputs":[2]`, `"inputs":[2,2]`, "2 inputs: there must be 1"},
	"a sum of one value":              {`"inputs":[3,1]`, `"inputs":[3]`, "1 inputs: there must be at least 2"},
	"a wrong shape":                   {`"inputs":[2],"shape":[4,2,3]`, `"inputs":[2],"shape":[4,3,2]`, "must be [4 2 3], got [4 3 2]"},
	"no shape":                        {`"inputs":[2],"shape":[4,2,3]`, `"inputs":[2]`, "three numbers"},
	"a shape of four numbers":         {`"shape":[3,1,1]`, `"shape":[3,1,1,1]`, "three numbers"},
	"a sum of different shapes":       {`"inputs":[3,1]`, `"inputs":[3,0]`, "a sum must have"},
	"an even kernel":                  {`"kernel":3`, `"kernel":4`, "kernels must be odd"},
	"a large kernel":                  {`"kernel":3`, `"kernel":17`, "at most 15"},
	"no stride":                       {`"stride":2,`, ``, `"stride" must be at least 1, got 0`},
	"a kernel of ReLU":                {`"op":"relu",`, `"op":"relu","kernel":3,`, `the operation has no "kernel"`},
	"a name of ReLU":                  {`"op":"relu",`, `"op":"relu","name":"x",`, "no name"},
	"an epsilon of ReLU":              {`"op":"relu",`, `"op":"relu","epsilon":1,`, "no epsilon"},
	"a negative epsilon":              {`"epsilon":1e-05`, `"epsilon":-1`, "epsilon must be"},
	"a momentum of 0":                 {`"momentum":0.1,`, ``, "momentum must be"},
	"an unknown mode":                 {`"mode":"running"`, `"mode":"frozen"`, `mode must be "running", got "frozen"`},
	"a name twice":                    {`"name":"norm","epsilon"`, `"name":"stem","epsilon"`, `two are called "stem.weight"`},
	"a parameter of another name":     {`"name":"head.bias"`, `"name":"tail.bias"`, `must be "head.bias"`},
	"a parameter of another shape":    {`[3,3,2,4]`, `[3,3,4,2]`, "must be \"stem.weight\" of shape [3 3 2 4]"},
	"a statistic as a parameter":      {`"statistic":true,"init":{"kind":"constant","value":0}`, `"init":{"kind":"constant","value":0}`, "statistic true"},
	"a missing parameter":             {`{"name":"norm.bias","shape":[4],"init":{"kind":"constant","value":0}},`, ``, "the document lists 6 parameters, but its operations have 7"},
	"an unknown start":                {`"kind":"normal"`, `"kind":"orthogonal"`, `got "orthogonal"`},
	"a negative deviation":            {`"value":0.1`, `"value":-0.1`, "must not be negative"},
	"a start beyond float32":          {`"value":0.1`, `"value":1e300`, "must fit into float32"},
	"NaN":                             {`"value":0.1`, `"value":NaN`, "invalid character"},
	"logits without a value":          {`"logits":6`, `"logits":7`, "logits must be the number of a value, from 0 to 6, got 7"},
	"logits of another size":          {`"logits":6`, `"logits":4`, "the logits have size"},
	"a linear layer on many pixels":   {`"inputs":[5]`, `"inputs":[4]`, "linear layer"},
	"an image beyond any memory":      {`"height":4`, `"height":1000000000`, "too large"},
	"parameters beyond any memory":    {`"shape":[4,2,3],"name":"stem"`, `"shape":[100000000,2,3],"name":"stem"`, "too large"},
	"a shape beyond any memory":       {`"shape":[4,2,3],"name":"stem"`, `"shape":[9000000000000000000,2,3],"name":"stem"`, "three numbers"},
	"a number that is not an integer": {`"logits":6`, `"logits":6.5`, "6.5"},
}

func TestMalformedPlans(t *testing.T) {
	_, err := network.ParsePlan([]byte(small))
	require.NoError(t, err)
	require.NoError(t, validates(planSchema(t), []byte(small)))
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, small, m.from)
			p, err := network.ParsePlan([]byte(strings.Replace(small, m.from, m.to, 1)))
			require.ErrorIs(t, err, network.ErrFormat)
			assert.ErrorContains(t, err, m.message)
			assert.Nil(t, p)
		})
	}
	_, err = network.ParsePlan(nil)
	assert.ErrorIs(t, err, network.ErrFormat)
	_, err = network.ParsePlan([]byte("null"))
	assert.ErrorIs(t, err, network.ErrFormat)
}

// TestSchemaDetectsMistakes checks that the schema detects the mistakes that do not depend on other operations.
func TestSchemaDetectsMistakes(t *testing.T) {
	schema := planSchema(t)
	for _, name := range []string{
		"no version", "another version", "an unknown field", "no images", "an unknown operation", "no operation", "a negative input",
		"too many inputs", "a sum of one value", "no shape", "a shape of four numbers", "a large kernel", "no stride", "a kernel of ReLU",
		"a name of ReLU", "an epsilon of ReLU", "a negative epsilon", "a momentum of 0", "an unknown mode", "an unknown start",
		"a shape beyond any memory", "an image beyond any memory", "a number that is not an integer",
	} {
		m := mistakes[name]
		assert.Error(t, validates(schema, []byte(strings.Replace(small, m.from, m.to, 1))), name)
	}
}

// TestABillionParameters checks that a network with a billion parameters can be planned, counted and rejected without allocating it.
func TestABillionParameters(t *testing.T) {
	text := strings.NewReplacer(`[4,2,3]`, `[20000000,2,3]`, `[3,3,2,4]`, `[3,3,2,20000000]`, `"shape":[4],`, `"shape":[20000000],`, `[4,1,1]`, `[20000000,1,1]`,
		`[4,3]`, `[20000000,3]`).Replace(small)
	p, err := network.ParsePlan([]byte(text))
	require.NoError(t, err)
	assert.EqualValues(t, 20_000_000*(18+2+3)+3, p.Params())
	_, err = p.Build(&network.Weights{Layout: p.Layout()}, network.Options{})
	require.ErrorIs(t, err, network.ErrTooLarge)
	assert.ErrorContains(t, err, "example")
}

// TestNamesMustBeValidUTF8 checks that other names are rejected. JSON cannot represent them, and replacing the invalid bytes could
// make two names equal.
func TestNamesMustBeValidUTF8(t *testing.T) {
	p := plan(t, classified(func(b *network.Builder, x network.Value) network.Value {
		return b.Conv("caf\xe9", x, 2, network.Kernel{Size: 1})
	}), searchspace.Arch{}, tiny)
	_, err := json.Marshal(p)
	assert.ErrorContains(t, err, "UTF-8")
}

// FuzzParsePlan checks that every text is either rejected, or decoded as a plan whose encoding conforms to the schema and decodes
// to the same plan. Checking the schema and building the network take about 0.6 ms for an accepted plan, so there are fewer than
// 5,000 executions a second.
func FuzzParsePlan(f *testing.F) {
	schema := planSchema(f)
	golden, err := os.ReadFile("testdata/plan-v1.json")
	require.NoError(f, err)
	f.Add(golden)
	f.Add([]byte(small))
	for _, m := range mistakes {
		f.Add([]byte(strings.Replace(small, m.from, m.to, 1)))
	}
	for _, space := range draw.Spaces() {
		p, err := space.Plan(rand.New(rand.NewPCG(1, 1)))
		require.NoError(f, err)
		text, err := json.Marshal(p)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := network.ParsePlan(text)
		if err != nil {
			require.ErrorIs(t, err, network.ErrFormat)
			return
		}
		q, written := reread(t, p)
		require.NoError(t, validates(schema, written))
		require.Equal(t, p.Fingerprint(), q.Fingerprint())
		require.Equal(t, p.Params(), q.Params())
		require.GreaterOrEqual(t, p.FLOPs(), int64(0))
		if p.Memory(1) > 1<<20 {
			return
		}
		n, err := p.Build(p.Layout().Init(rand.New(rand.NewPCG(1, 1))), network.Options{Batch: 2})
		if err != nil {
			require.ErrorIs(t, err, network.ErrTooLarge)
			return
		}
		_, err = n.Gradient(batchOf(rand.New(rand.NewPCG(1, 1)), p.Input(), 2), 0)
		require.NoError(t, err)
	})
}
