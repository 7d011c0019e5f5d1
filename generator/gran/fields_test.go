package gran

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// fieldLoss returns the contribution of fields to the loss of an architecture with one part.
func fieldLoss(t *testing.T, m *Model, a searchspace.Arch, c likelihood.Criterion) float64 {
	targets, err := m.compile(a)
	require.NoError(t, err)
	var p pass
	z := p.forward(m.nets[0], m.params[0], &targets[0].steps)
	without := targets[0]
	without.nodeChoices, without.edgeChoices = nil, nil
	return lossOf(m.nets[0], &targets[0], z, c, nil, 0) - lossOf(m.nets[0], &without, z, c, nil, 0)
}

// TestLossOfFields checks that in the paper's loss, a field has the weight of the operation of its
// node or edge, and values count as free regardless of what the space allows.
func TestLossOfFields(t *testing.T) {
	first := searchspace.Named("edges, and the first value of every field", func(_ *searchspace.Draft, d searchspace.Decision) []int {
		if d.Kind == searchspace.EdgePresence {
			return d.Allowed[1:]
		}
		return d.Allowed[:1]
	})
	fields := []searchspace.Field{searchspace.Choice("field", "a", "b", "c", "d"), searchspace.Bool("wide")}
	for name, test := range map[string]struct {
		part   searchspace.Part
		weight float64 // weight of a field
		nats   float64 // total loss of all fields if they are uniform
	}{
		"nodes": {searchspace.Part{Name: "cell", MaxNodes: 3, NodeFields: fields}, likelihood.PaperNodeOp(3), 3 * math.Log(8)},
		"edge":  {searchspace.Part{Name: "cell", MaxNodes: 2, EdgeFields: fields}, likelihood.PaperEdgeOp(1), math.Log(8)},
	} {
		for form, c := range forms {
			t.Run(name+", "+form, func(t *testing.T) {
				ruled := newModel(t, modeltest.Space(t, first, test.part), c, 1)
				free := newModel(t, modeltest.Space(t, nil, test.part), c, 1)
				a := modeltest.Sample(t, ruled, 1, 1)[0]
				nats := fieldLoss(t, free, a, likelihood.Criterion{Temperature: 1})
				assert.InDelta(t, test.nats, nats, test.nats/2, "an untrained model is undecided")
				assert.InDelta(t, nats, fieldLoss(t, ruled, a, likelihood.Criterion{Temperature: 1}), 1e-9)
				assert.InDelta(t, nats, fieldLoss(t, free, a, likelihood.Exact(1)), 1e-9)
				assert.Zero(t, fieldLoss(t, ruled, a, likelihood.Exact(1)))
				assert.InDelta(t, test.weight*nats, fieldLoss(t, ruled, a, likelihood.Criterion{Paper: true, Temperature: 1}), 1e-9)
				assert.InDelta(t, test.nats, fieldLoss(t, free, a, likelihood.Exact(1e6)), 1e-5)
			})
		}
	}
}

// TestFieldsLeaveTheRestOfTheNetworkAlone checks that in the paper's form, the initial weights for
// operations and edges are those for the space without fields.
func TestFieldsLeaveTheRestOfTheNetworkAlone(t *testing.T) {
	part := searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x"}}
	plain := newModel(t, modeltest.Space(t, nil, part), small, 1)
	with := part
	with.NodeFields = []searchspace.Field{searchspace.Bool("wide")}
	fields := newModel(t, modeltest.Space(t, nil, with), small, 1)
	assert.Greater(t, fields.NumParams(), plain.NumParams())
	assert.Equal(t, plain.params[0], fields.params[0][:plain.NumParams()])
}

// TestGradientOfManyFields checks gradients of every kind of field, on several nodes and edges.
func TestGradientOfManyFields(t *testing.T) {
	spaces := modeltest.FieldSpaces(t)
	spaces["large"] = modeltest.Space(t, nil, searchspace.Part{
		Name: "cell", MaxNodes: 5, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"},
		NodeFields: []searchspace.Field{searchspace.Ordered("kernel", 3, 5, 7).When("op", "a"), searchspace.Bool("wide")},
		EdgeFields: []searchspace.Field{searchspace.Choice("scale", "half", "one").When("op", "y"), searchspace.Bool("gate")},
	})
	for name, s := range spaces {
		for form, c := range forms {
			t.Run(name+", "+form, func(t *testing.T) {
				m := newModel(t, s, c, 1)
				data := modeltest.Examples(0.7, modeltest.Sample(t, m, 2, 5)...)
				for part := range s.Parts() {
					for _, loss := range []generator.Loss{generator.PaperLoss, generator.LogLikelihood} {
						modeltest.RequireGradient(t, m, newLoss, part, data, generator.FitOptions{Loss: loss, Entropy: 0.5}, modeltest.Rand(3))
					}
				}
			})
		}
	}
}
