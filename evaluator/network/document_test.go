package network_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// planSchema compiles the schema of plans.
func planSchema(t testing.TB) *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(network.DocumentSchema()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", document))
	return compiler.MustCompile("schema.json")
}

// validates returns an error if a text does not conform to the schema.
func validates(schema *jsonschema.Schema, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// reread encodes a plan and decodes it again.
func reread(t require.TestingT, p *network.Plan) (*network.Plan, []byte) {
	text, err := json.Marshal(p)
	require.NoError(t, err)
	q, err := network.ParsePlan(text)
	require.NoError(t, err)
	return q, text
}

// TestPlansAsDocuments encodes plans of all spaces. It checks that the encoding conforms to the schema, and that the decoded plan
// has the same counts, layout, initial weights, training and encoding.
func TestPlansAsDocuments(t *testing.T) {
	schema, all := planSchema(t), draw.Spaces()
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SampledFrom(all).Draw(t, "space")
		seed := rapid.Uint64().Draw(t, "seed")
		p, err := space.Plan(rand.New(rand.NewPCG(seed, 1)))
		require.NoError(t, err, space.Name)
		q, text := reread(t, p)
		require.NoError(t, validates(schema, text))
		again, err := json.Marshal(q)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
		require.Equal(t, p.Fingerprint(), q.Fingerprint())
		require.Equal(t, p.Arch(), q.Arch())
		require.Equal(t, p.Input(), q.Input())
		require.Equal(t, p.Params(), q.Params())
		require.Equal(t, p.FLOPs(), q.FLOPs())
		require.Equal(t, p.Memory(7), q.Memory(7))
		require.Equal(t, p.Layout(), q.Layout())
		require.Equal(t, step(t, p, seed), step(t, q, seed))
	})
}

// step returns the weights of a network after one training step, and its logits in mode Evaluate.
func step(t require.TestingT, p *network.Plan, seed uint64) [][]float32 {
	rng := rand.New(rand.NewPCG(seed, 2))
	n, err := p.Build(draw.Weights(p, rng), network.Options{Batch: 4})
	require.NoError(t, err)
	batch := batchOf(rng, p.Input(), 4)
	_, err = n.Gradient(batch, 0.1)
	require.NoError(t, err)
	descend(t, n, 0.01)
	logits, err := n.Forward(batch.Images, network.Evaluate)
	require.NoError(t, err)
	return [][]float32{n.Weights().Params, n.Weights().Statistics, logits}
}

// TestVersion1 checks that a document of version 1 still gives the same parameters, initial weights and logits.
func TestVersion1(t *testing.T) {
	text, err := os.ReadFile("testdata/plan-v1.json")
	require.NoError(t, err)
	require.NoError(t, validates(planSchema(t), text))
	var p network.Plan
	require.NoError(t, json.Unmarshal(text, &p))
	assert.EqualValues(t, 971, p.Params())
	assert.EqualValues(t, 25404, p.FLOPs())
	written, err := json.Marshal(&p)
	require.NoError(t, err)
	assert.JSONEq(t, string(text), string(written))
	n, err := p.Build(p.Layout().Init(rand.New(rand.NewPCG(1, 1))), network.Options{})
	require.NoError(t, err)
	logits, err := n.Forward(slices.Repeat([]float32{1, -1}, 3*9*8/2), network.Evaluate)
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float32{-0.42712647, -0.6492353, 0.06368139, 0.12105803}, logits, 1e-4)
}

// TestStridedKernelOfOnePixel checks that a document may contain a 1×1 convolution with a stride, which computes the same as the
// Builder's Subsample and convolution.
func TestStridedKernelOfOnePixel(t *testing.T) {
	p, err := network.ParsePlan([]byte(strings.NewReplacer(`[3,3,2,4]`, `[1,1,2,4]`, `"kernel":3`, `"kernel":1`).Replace(small)))
	require.NoError(t, err)
	q := plan(t, network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.Conv("stem", b.Images(), 4, network.Kernel{Size: 1, Stride: 2})
		x = b.Sum(b.ReLU(b.BatchNorm("norm", x)), x)
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	}), searchspace.Arch{}, p.Input())
	assert.Equal(t, q.FLOPs(), p.FLOPs())
	weights := draw.Weights(p, rand.New(rand.NewPCG(1, 1)))
	gradient := func(p *network.Plan) []float32 {
		own, err := p.Own(weights)
		require.NoError(t, err)
		n, err := p.Build(own, network.Options{})
		require.NoError(t, err)
		_, err = n.Gradient(batchOf(rand.New(rand.NewPCG(2, 2)), p.Input(), 5), 0)
		require.NoError(t, err)
		value, err := n.Learned()[0].Grad()
		require.NoError(t, err)
		return value.Data().([]float32)
	}
	assert.InDeltaSlice(t, gradient(q), gradient(p), 1e-5)
}

// TestDocumentedExample checks that the example in docs/plan.md is a valid plan.
func TestDocumentedExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/plan.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```json\n")
	require.True(t, found)
	text, _, _ := strings.Cut(rest, "```")
	require.NoError(t, validates(planSchema(t), []byte(text)))
	p, err := network.ParsePlan([]byte(text))
	require.NoError(t, err)
	assert.EqualValues(t, 3*3*3*16+2*16+16*10+10, p.Params())
}

// TestPublishedCountsOfDocuments checks that a decoded plan has the same numbers of parameters and multiplications.
func TestPublishedCountsOfDocuments(t *testing.T) {
	cifar := network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}
	small, err := explore.NewWattsStrogatz(searchspace.RandWire{}, 4, 0.75)
	require.NoError(t, err)
	wired, err := small.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 5)
	require.NoError(t, err)
	layers, err := explore.NewUniform(searchspace.ENASMacro{}).Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 5)
	require.NoError(t, err)
	plans := []*network.Plan{plan(t, network.DARTS{}, parse(t, searchspace.DARTS{}, secondOrder), cifar)}
	for i := range wired {
		plans = append(plans, plan(t, network.RandWire{}, wired[i], network.Input{Channels: 3, Height: 224, Width: 224, Classes: 1000}),
			plan(t, network.ENASMacro{}, layers[i], cifar), plan(t, network.ENASMacro{Shared: true}, layers[i], cifar))
	}
	for i, p := range plans {
		q, _ := reread(t, p)
		assert.Equal(t, p.Params(), q.Params())
		assert.Equal(t, p.FLOPs(), q.FLOPs())
		if i == 0 {
			assert.EqualValues(t, 3_349_342, q.Params())
		}
	}
}

// TestNASBench101CountsOfDocuments checks that the documents of recorded cells have the recorded numbers of parameters.
func TestNASBench101CountsOfDocuments(t *testing.T) {
	table, err := nasbench.OpenNB101(published(t, "nasbench101", "nasbench_sample.tfrecord"), nasbench.NB101Options{})
	require.NoError(t, err)
	cells, every := 0, 10
	if race.Enabled {
		every = 100
	}
	for a := range table.Archs() {
		if cells++; cells%every != 0 {
			continue
		}
		recorded, err := table.Value(a, nasbench.NB101Query{Metric: nasbench.NB101Parameters})
		require.NoError(t, err)
		q, _ := reread(t, plan(t, network.NASBench101{}, a, network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}))
		require.EqualValues(t, recorded, q.Params(), a)
	}
	assert.Equal(t, 10_000, cells)
}

// threeStages returns the document of a RandWire network with three stages of 32 nodes.
func threeStages(t testing.TB) []byte {
	small, err := explore.NewWattsStrogatz(searchspace.RandWire{}, 4, 0.75)
	require.NoError(t, err)
	archs, err := small.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 1)
	require.NoError(t, err)
	text, err := json.Marshal(plan(t, network.RandWire{}, archs[0], network.Input{Channels: 3, Height: 224, Width: 224, Classes: 1000}))
	require.NoError(t, err)
	return text
}

func TestLargeDocumentsAreShort(t *testing.T) {
	text := threeStages(t)
	t.Logf("%d bytes", len(text))
	assert.Less(t, len(text), 200_000)
}

func BenchmarkParsePlan(b *testing.B) {
	text := threeStages(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_, err := network.ParsePlan(text)
		require.NoError(b, err)
	}
}
