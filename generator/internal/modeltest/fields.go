package modeltest

import (
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// FieldSpaces returns spaces of at most 1,000 architectures with all kinds of fields: choices,
// ordered and boolean ones, of nodes and edges, with and without operations, with conditions on the
// operation and on other fields, in graphs, in chains of variable length and as parameters beside a
// graph.
func FieldSpaces(t require.TestingT) map[string]searchspace.Space {
	kernel := searchspace.Ordered("kernel", 3, 5, 7)
	return map[string]searchspace.Space{
		"node fields": Space(t, nil, searchspace.Part{
			Name: "cell", MaxNodes: 2, NodeOps: []string{"conv", "pool"},
			NodeFields: []searchspace.Field{kernel.When("op", "conv"), searchspace.Bool("wide"), searchspace.Choice("norm", "batch", "layer").When("wide", "true")},
		}),
		"edge fields": Space(t, nil, searchspace.Part{
			Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "skip", "conv"},
			EdgeFields: []searchspace.Field{kernel.When("op", "conv"), searchspace.Bool("wide").When("kernel", "3", "5")},
		}),
		"fields without operations": Space(t, ArbitraryRule(7), searchspace.Part{
			Name: "graph", MaxNodes: 3,
			NodeFields: []searchspace.Field{searchspace.Bool("wide")},
			EdgeFields: []searchspace.Field{searchspace.Choice("scale", "half", "one"), searchspace.Bool("gate").When("scale", "half")},
		}),
		"chain": Space(t, nil, searchspace.Chain("layers", 1, 3, nil, searchspace.Ordered("heads", 2, 4), searchspace.Ordered("rate", 0.5, 0.1, 0.02))),
		"parameters beside a cell": Space(t, nil,
			searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}},
			searchspace.Params("training", searchspace.Choice("optimizer", "sgd", "adam"), searchspace.Ordered("momentum", 0.0, 0.9).When("optimizer", "sgd"))),
	}
}

// smallFields draws up to two fields of nodes or edges that have one of the given operations.
func smallFields(t *rapid.T, ops []string) []searchspace.Field {
	known := map[string][]string{}
	var names []string
	if len(ops) > 0 {
		names, known["op"] = []string{"op"}, ops
	}
	var fields []searchspace.Field
	for _, name := range []string{"first", "second"}[:rapid.SampledFrom([]int{0, 1, 2, 0}).Draw(t, "fields")] {
		f := rapid.SampledFrom([]searchspace.Field{
			searchspace.Choice(name, "p", "q"), searchspace.Bool(name), searchspace.Ordered(name, 3, 5, 7), searchspace.Ordered(name, 0.1, 1e-3),
			searchspace.Choice(name, "only"),
		}).Draw(t, "field")
		for len(names) > 0 && len(f.Conditions) < 2 && rapid.Bool().Draw(t, "has a condition") {
			on := rapid.SampledFrom(names).Draw(t, "on")
			some := rapid.IntRange(1, len(known[on])).Draw(t, "number of values")
			f = f.When(on, rapid.Permutation(known[on]).Draw(t, "values")[:some]...)
		}
		fields, names, known[name] = append(fields, f), append(names, name), f.Values
	}
	return fields
}
