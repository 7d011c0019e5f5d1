package searchspace_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// anySpace draws one of the published spaces, or a random custom one.
func anySpace(t *rapid.T) searchspace.Space {
	switch rapid.IntRange(0, 6).Draw(t, "space") {
	case 0:
		return searchspace.NASBench101{}
	case 1:
		return searchspace.NASBench201{}
	case 2:
		return searchspace.ENASMacro{}
	case 3:
		return searchspace.DARTS{}
	case 4:
		return randWire(t, 5, 7)
	case 5:
		return shapedSpace(t)
	}
	return customSpace(t, 5)
}

// shapedSpace draws a space of ready-made shapes: a chain with optional blocks, copies of a cell,
// or a stacked cell.
func shapedSpace(t *rapid.T) *searchspace.Sequential {
	name := rapid.SampledFrom([]string{"a", "b=", "c,d"})
	fields := func() []searchspace.Field {
		return []searchspace.Field{
			searchspace.Ordered("kernel", []int{3, 5, 7}[:rapid.IntRange(1, 3).Draw(t, "kernels")]...),
			searchspace.Choice("norm", "none", "batch").When("kernel", "3"),
		}
	}
	var parts []searchspace.Part
	if rapid.Bool().Draw(t, "chain") {
		least := rapid.IntRange(1, 3).Draw(t, "least")
		chain := searchspace.Chain("chain", least, least+rapid.IntRange(0, 2).Draw(t, "more"), nil,
			searchspace.Optional(name.Draw(t, "optional"), fields()...)...)
		parts = append(parts, chain)
	}
	cell := searchspace.Part{Name: "cell", MaxNodes: rapid.IntRange(1, 3).Draw(t, "nodes"), EdgeFields: searchspace.Optional("gated", fields()...)}
	if rapid.Bool().Draw(t, "stack") {
		least := rapid.IntRange(0, 2).Draw(t, "least")
		parts = append(parts, searchspace.Stack("stack", cell, least, least+rapid.IntRange(0, 2).Draw(t, "more"), searchspace.Bool("wide"))...)
	} else {
		parts = append(parts, cell.Copies(rapid.SliceOfNDistinct(name, 1, 3, rapid.ID[string]).Draw(t, "copies")...)...)
	}
	space, err := searchspace.New("shapes", parts)
	require.NoError(t, err)
	return space
}

// customSpace draws a space with up to three parts of up to maxNodes nodes each, with or without
// operations, a Last and a rule. Names are arbitrary text.
func customSpace(t *rapid.T, maxNodes int) *searchspace.Sequential {
	name := rapid.StringN(1, 8, -1).Filter(func(s string) bool {
		return !strings.ContainsRune(s, '\uFFFD') // gonum writes it to DOT but does not read it
	})
	names := rapid.SliceOfNDistinct(name, 1, 3, rapid.ID[string]).Draw(t, "names of parts")
	parts := make([]searchspace.Part, len(names))
	for i := range parts {
		parts[i] = searchspace.Part{
			Name:     names[i],
			MaxNodes: rapid.IntRange(1, maxNodes).Draw(t, "nodes"),
		}
		if rapid.Bool().Draw(t, "nodes carry operations") {
			parts[i].NodeOps = rapid.SliceOfNDistinct(name, 1, 3, rapid.ID[string]).Draw(t, "node operations")
			if rapid.Bool().Draw(t, "ends at an operation") {
				parts[i].Last = rapid.SampledFrom(parts[i].NodeOps).Draw(t, "last")
			}
		}
		if rapid.Bool().Draw(t, "edges carry operations") {
			parts[i].EdgeOps = rapid.SliceOfNDistinct(name, 2, 4, rapid.ID[string]).Draw(t, "edge operations")
		}
		parts[i].NodeFields = fields(t, name, parts[i].NodeOps)
		if len(parts[i].EdgeOps) > 0 {
			parts[i].EdgeFields = fields(t, name, parts[i].EdgeOps[1:])
		} else {
			parts[i].EdgeFields = fields(t, name, nil)
		}
	}
	var rule searchspace.Rule
	if rapid.Bool().Draw(t, "has a rule") {
		rule = arbitraryRule(rapid.Uint64().Draw(t, "rule"))
	}
	space, err := searchspace.New("custom", parts, rule)
	require.NoError(t, err)
	return space
}

// arbitraryRule returns a rule that removes values depending on the seed, the decision and all
// edges so far. It always leaves at least one.
func arbitraryRule(seed uint64) searchspace.Rule {
	return searchspace.RuleFunc(func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		h := fnv.New64a()
		fmt.Fprint(h, seed, d.Part, d.Kind, d.Node, d.From)
		for to := range sofar.Nodes(d.Part) {
			for from := range to {
				fmt.Fprint(h, sofar.HasEdge(d.Part, from, to), sofar.EdgeOp(d.Part, from, to))
			}
		}
		keep := h.Sum64()
		left := slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return keep>>v&1 == 0 })
		if len(left) == 0 {
			return d.Allowed[:1]
		}
		return left
	})
}

// walk makes random decisions until a builder is complete.
func walk(t *rapid.T, b searchspace.Builder) (searchspace.Arch, []searchspace.Step) {
	var steps []searchspace.Step
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		value := rapid.SampledFrom(d.Allowed).Draw(t, "value")
		require.NoError(t, b.Take(value))
		steps = append(steps, searchspace.Step{Decision: d, Value: value})
	}
	a, err := b.Arch()
	require.NoError(t, err)
	return a, steps
}

// anyArch draws a member of a space.
func anyArch(t *rapid.T, space searchspace.Space) searchspace.Arch {
	a, _ := walk(t, space.Start())
	return a
}

// fields draws up to three fields, some of which depend on the operation or on an earlier field.
func fields(t *rapid.T, name *rapid.Generator[string], ops []string) []searchspace.Field {
	if rapid.Bool().Draw(t, "no fields") {
		return nil
	}
	name = name.Filter(func(s string) bool { return s != "op" })
	value := rapid.OneOf(name, rapid.SampledFrom([]string{"3", "0.5", "3e-05", "true", "false", "-1", "007", "1 ", " 1", "null", "NaN", "+Inf"}))
	values := map[string][]string{}
	var known []string
	if len(ops) > 0 {
		values["op"], known = ops, []string{"op"}
	}
	var list []searchspace.Field
	for _, n := range rapid.SliceOfNDistinct(name, 1, 3, rapid.ID[string]).Draw(t, "fields") {
		f := searchspace.Choice(n, rapid.SliceOfNDistinct(value, 1, 3, rapid.ID[string]).Draw(t, "values")...)
		f.Ordered = !slices.Contains(f.Values, "NaN") && !slices.Contains(f.Values, "+Inf") && rapid.Bool().Draw(t, "ordered")
		if len(known) > 0 && rapid.Bool().Draw(t, "depends") {
			on := rapid.SampledFrom(known).Draw(t, "on")
			f = f.When(on, rapid.SampledFrom(values[on]).Draw(t, "which is"))
		}
		list, known, values[n] = append(list, f), append(known, n), f.Values
	}
	return list
}
