package modeltest

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Benchmarks lists the spaces of published tables.
var Benchmarks = []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}}

// Trained lists the published spaces that have no table, at their published sizes.
var Trained = []searchspace.Space{searchspace.ENASMacro{}, searchspace.RandWire{}, searchspace.DARTS{}}

// SmallTrained lists the spaces of Trained at sizes at which all architectures can be enumerated.
var SmallTrained = func() []searchspace.Space {
	enas, err := searchspace.NewENASMacro(3)
	if err != nil {
		panic(err)
	}
	randWire, err := searchspace.NewRandWire(4, 3)
	if err != nil {
		panic(err)
	}
	darts, err := searchspace.NewDARTS(1)
	if err != nil {
		panic(err)
	}
	return []searchspace.Space{enas, randWire, darts}
}()

// Space returns a space named custom.
func Space(t require.TestingT, rule searchspace.Rule, parts ...searchspace.Part) *searchspace.Sequential {
	s, err := searchspace.New("custom", parts, rule)
	require.NoError(t, err)
	return s
}

// SmallSpace draws a space of at most 1,000 architectures: one or two parts, graphs or chains, with
// or without operations and fields of nodes and edges, a Last, and a rule.
func SmallSpace(t *rapid.T) *searchspace.Sequential {
	budget := 1000.0
	parts := make([]searchspace.Part, rapid.IntRange(1, 2).Draw(t, "parts"))
	for i := range parts {
		name := fmt.Sprint("part", i)
		if rapid.IntRange(0, 3).Draw(t, "is a chain") == 3 {
			parts[i] = smallChain(t, name, budget)
		} else {
			parts[i] = smallGraph(t, name, budget)
		}
		budget /= mostArchs(parts[i])
	}
	var rule searchspace.Rule
	if rapid.Bool().Draw(t, "has a rule") {
		rule = ArbitraryRule(rapid.Uint64().Draw(t, "rule"))
	}
	return Space(t, rule, parts...)
}

// smallGraph draws a part with at most the given number of graphs.
func smallGraph(t *rapid.T, name string, most float64) searchspace.Part {
	p := searchspace.Part{Name: name, MaxNodes: rapid.SampledFrom([]int{3, 4, 2, 4, 3, 1}).Draw(t, "nodes")}
	if rapid.Bool().Draw(t, "nodes carry operations") {
		p.NodeOps = []string{"a", "b", "c"}[:rapid.SampledFrom([]int{3, 2, 1}).Draw(t, "node operations")]
		if rapid.Bool().Draw(t, "ends at an operation") {
			p.Last = rapid.SampledFrom(p.NodeOps).Draw(t, "last")
		}
	}
	if rapid.Bool().Draw(t, "edges carry operations") {
		p.EdgeOps = []string{"none", "x", "y", "z"}[:rapid.SampledFrom([]int{3, 4, 2}).Draw(t, "edge operations")]
	}
	p.NodeFields, p.EdgeFields = smallFields(t, p.NodeOps), smallFields(t, p.EdgeOps)
	for p.MaxNodes > 1 && mostArchs(p) > most {
		p.MaxNodes--
	}
	if mostArchs(p) > most {
		return searchspace.Part{Name: name, MaxNodes: 1}
	}
	return p
}

// smallChain draws a chain with at most the given number of members.
func smallChain(t *rapid.T, name string, most float64) searchspace.Part {
	ops := [][]string{nil, {"a"}, {"a", "b"}}[rapid.IntRange(0, 2).Draw(t, "node operations")]
	fields := smallFields(t, ops)
	longest := rapid.IntRange(1, 3).Draw(t, "longest")
	shortest := rapid.IntRange(1, longest).Draw(t, "shortest")
	p := searchspace.Chain(name, shortest, longest, ops, fields...)
	for mostArchs(p) > most {
		if longest == 1 {
			return searchspace.Part{Name: name, MaxNodes: 1}
		}
		longest--
		p = searchspace.Chain(name, min(shortest, longest), longest, ops, fields...)
	}
	return p
}

// mostArchs returns an upper bound of the number of graphs of a part.
func mostArchs(p searchspace.Part) float64 {
	node, edge := float64(max(len(p.NodeOps), 1)), float64(max(len(p.EdgeOps)-1, 1))
	for _, f := range p.NodeFields {
		node *= float64(len(f.Values))
	}
	for _, f := range p.EdgeFields {
		edge *= float64(len(f.Values))
	}
	pairs := p.MaxNodes * (p.MaxNodes - 1) / 2
	if p.Rules != nil {
		pairs = 0 // the edges of a chain are fixed
	}
	return math.Pow(node, float64(p.MaxNodes)) * math.Pow(1+edge, float64(pairs))
}

// ArbitraryRule returns a rule that forbids values pseudo-randomly, depending on the seed, the
// decision and all earlier decisions. It always leaves at least one value.
func ArbitraryRule(seed uint64) searchspace.Rule {
	return searchspace.RuleFunc(func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		h := fnv.New64a()
		fmt.Fprint(h, seed, d.Part, d.Kind, d.Node, d.From)
		if d.Field > 0 {
			fmt.Fprint(h, " ", d.Field)
		}
		part := sofar.Parts()[d.Part]
		for to := range sofar.Nodes(d.Part) {
			fmt.Fprint(h, sofar.NodeOp(d.Part, to))
			for f := range part.NodeFields {
				fmt.Fprint(h, sofar.NodeField(d.Part, to, f))
			}
			for from := range to {
				fmt.Fprint(h, sofar.HasEdge(d.Part, from, to), sofar.EdgeOp(d.Part, from, to))
				for f := range part.EdgeFields {
					fmt.Fprint(h, sofar.EdgeField(d.Part, from, to, f))
				}
			}
		}
		keep := h.Sum64() >> 7
		left := slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return keep>>(2*v)&3 == 0 })
		if len(left) == 0 {
			return d.Allowed[:1]
		}
		return left
	})
}

// SmallCells returns the space of NAS-Bench-101 with fewer nodes and edges: every node is on a path
// from input to output.
func SmallCells(t require.TestingT, nodes, edges int) *searchspace.Sequential {
	const output = 3
	dangles := func(sofar *searchspace.Draft, j, t int) bool {
		for v := j + 1; v <= t; v++ {
			if sofar.HasEdge(0, j, v) {
				return false
			}
		}
		return true
	}
	rule := func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		t, least, into := d.Node, 0, 0 // least: fewest edges that complete the cell, not counting one out of t
		for v := range t + 1 {
			for u := range v {
				if sofar.HasEdge(0, u, v) {
					least++
					if v == t {
						into++
					}
				}
			}
			if v < t && dangles(sofar, v, t) {
				least++
			}
		}
		if d.Kind == searchspace.NodeOp {
			switch {
			case t == 0:
				return []int{0}
			case t < nodes-1 && least+1 <= edges:
				return []int{1, 2, output}
			}
			return []int{output}
		}
		isOutput := sofar.NodeOp(0, t) == output
		switch {
		case dangles(sofar, d.From, t):
			if isOutput || d.From == t-1 && into == 0 {
				return []int{1}
			}
			return []int{0, 1}
		case isOutput && least+1 > edges, !isOutput && least+2 > edges:
			return []int{0}
		}
		return []int{0, 1}
	}
	return Space(t, searchspace.RuleFunc(rule), searchspace.Part{
		Name: "cell", MaxNodes: nodes, NodeOps: []string{"input", "conv", "pool", "output"}, Last: "output",
	})
}

// Enumerate returns all architectures of a space.
func Enumerate(t require.TestingT, s searchspace.Space) []searchspace.Arch {
	var all []searchspace.Arch
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		all = append(all, a)
	}
	return all
}
