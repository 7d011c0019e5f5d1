package generator

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

var background = context.Background()

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// little is a GRAN that is quick.
var little = Config{Layers: 2, Attention: 8, Components: 3}

// forms are those of a GRAN, little ones.
var forms = map[string]Config{
	"paper":                  little,
	"causal":                 {Form: CausalForm, Layers: 2, Attention: 8, Components: 3},
	"causal with operations": {Form: CausalForm, NodeOps: true, Layers: 2, Attention: 8, Components: 3},
}

// maker makes a model for a space from a seed.
type maker func(t require.TestingT, space searchspace.Space, seed uint64) Model

// models make all that learn, little ones: the forms of a GRAN, and an LSTM.
var models = func() map[string]maker {
	makers := map[string]maker{
		"LSTM": func(t require.TestingT, s searchspace.Space, seed uint64) Model { return newLSTM(t, s, seed) },
	}
	for name, c := range forms {
		makers[name] = func(t require.TestingT, s searchspace.Space, seed uint64) Model { return newGRAN(t, s, c, seed) }
	}
	return makers
}()

func eachModel(t *testing.T, test func(t *testing.T, make maker)) {
	for name, make := range models {
		t.Run(name, func(t *testing.T) { test(t, make) })
	}
}

func anyModel(t *rapid.T, space searchspace.Space, seed uint64) Model {
	return models[rapid.SampledFrom([]string{"paper", "causal", "causal with operations", "LSTM"}).Draw(t, "model")](t, space, seed)
}

func newLSTM(t require.TestingT, space searchspace.Space, seed uint64) *LSTM {
	g, err := NewLSTM(space, LSTMConfig{Hidden: 12, Layers: 2}, newRand(seed))
	require.NoError(t, err)
	return g
}

func newGRAN(t require.TestingT, space searchspace.Space, c Config, seed uint64) *GRAN {
	g, err := NewGRAN(space, c, newRand(seed))
	require.NoError(t, err)
	return g
}

// at is a view of a model at a temperature.
func at(t require.TestingT, m Model, temperature float64) (view Model) {
	var err error
	switch m := m.(type) {
	case *GRAN:
		view, err = m.WithTemperature(temperature)
	case *LSTM:
		view, err = m.WithTemperature(temperature)
	}
	require.NoError(t, err)
	return view
}

func space(t require.TestingT, rule searchspace.Rule, parts ...searchspace.Part) *searchspace.Sequential {
	s, err := searchspace.New("custom", parts, rule)
	require.NoError(t, err)
	return s
}

// smallSpace draws a space of at most 1,000 architectures: up to two parts with or without node and edge operations,
// with or without a Last, with or without a rule.
func smallSpace(t *rapid.T) *searchspace.Sequential {
	budget := 1000.0
	parts := make([]searchspace.Part, rapid.IntRange(1, 2).Draw(t, "parts"))
	for i := range parts {
		p := &parts[i]
		*p = searchspace.Part{Name: fmt.Sprint("part", i), MaxNodes: rapid.SampledFrom([]int{3, 4, 2, 4, 3, 1}).Draw(t, "nodes")}
		if rapid.Bool().Draw(t, "nodes carry operations") {
			p.NodeOps = []string{"a", "b", "c"}[:rapid.SampledFrom([]int{3, 2, 1}).Draw(t, "node operations")]
			if rapid.Bool().Draw(t, "ends at an operation") {
				p.Last = rapid.SampledFrom(p.NodeOps).Draw(t, "last")
			}
		}
		if rapid.Bool().Draw(t, "edges carry operations") {
			p.EdgeOps = []string{"none", "x", "y", "z"}[:rapid.SampledFrom([]int{3, 4, 2}).Draw(t, "edge operations")]
		}
		for p.MaxNodes > 1 && mostArchs(*p) > budget {
			p.MaxNodes--
		}
		budget /= mostArchs(*p)
	}
	var rule searchspace.Rule
	if rapid.Bool().Draw(t, "has a rule") {
		rule = arbitraryRule(rapid.Uint64().Draw(t, "rule"))
	}
	return space(t, rule, parts...)
}

// mostArchs bounds how many graphs a part can be.
func mostArchs(p searchspace.Part) float64 {
	return math.Pow(float64(max(len(p.NodeOps), 1)), float64(p.MaxNodes)) *
		math.Pow(float64(max(len(p.EdgeOps), 2)), float64(triangle(p.MaxNodes)))
}

// arbitraryRule makes a rule without rhyme or reason: which values it strikes out depends on the seed, the decision and
// all that is decided so far. It leaves at least one.
func arbitraryRule(seed uint64) searchspace.Rule {
	return func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		h := fnv.New64a()
		fmt.Fprint(h, seed, d.Part, d.Kind, d.Node, d.From)
		for to := range sofar.Nodes(d.Part) {
			fmt.Fprint(h, sofar.NodeOp(d.Part, to))
			for from := range to {
				fmt.Fprint(h, sofar.HasEdge(d.Part, from, to), sofar.EdgeOp(d.Part, from, to))
			}
		}
		keep := h.Sum64() >> 7
		left := slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return keep>>(2*v)&3 == 0 })
		if len(left) == 0 {
			return d.Allowed[:1]
		}
		return left
	}
}

// smallCells are NAS-Bench-101's with fewer nodes and edges: every node on a path from input to output.
func smallCells(t require.TestingT, nodes, edges int) *searchspace.Sequential {
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
		t, least, into := d.Node, 0, 0 // least edges of the cheapest completion, before t is to dangle itself
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
	return space(t, rule, searchspace.Part{
		Name: "cell", MaxNodes: nodes, NodeOps: []string{"input", "conv", "pool", "output"}, Last: "output",
	})
}

func enumerate(t require.TestingT, s searchspace.Space) []searchspace.Arch {
	var all []searchspace.Arch
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		all = append(all, a)
	}
	return all
}

func sample(t require.TestingT, g GraphGenerator, seed uint64, n int) []searchspace.Arch {
	archs, err := g.Sample(background, newRand(seed), n)
	require.NoError(t, err)
	require.Len(t, archs, n)
	return archs
}

func logProbs(t require.TestingT, g Model, archs ...searchspace.Arch) []float64 {
	l, err := g.LogProb(background, archs)
	require.NoError(t, err)
	require.Len(t, l, len(archs))
	return l
}

// probabilities are the exponentials of LogProb.
func probabilities(t require.TestingT, g Model, archs []searchspace.Arch) []float64 {
	p := logProbs(t, g, archs...)
	for i := range p {
		p[i] = math.Exp(p[i])
	}
	return p
}

// examples weighs all architectures alike.
func examples(weight float64, archs ...searchspace.Arch) []Example {
	data := make([]Example, len(archs))
	for i, a := range archs {
		data[i] = Example{Arch: a, Weight: weight}
	}
	return data
}

func fit(t require.TestingT, g Model, seed uint64, data []Example, o FitOptions) FitReport {
	report, err := g.Fit(background, newRand(seed), data, o)
	require.NoError(t, err)
	return report
}

// requireFrequencies compares how often architectures were drawn with their probabilities, by a chi-square test over the
// given space's members, the rare ones taken together.
func requireFrequencies(t require.TestingT, all []searchspace.Arch, p []float64, drawn []searchspace.Arch) {
	number := map[string]int{}
	for i, a := range all {
		number[a.String()] = i
	}
	observed := make([]float64, len(all))
	for _, a := range drawn {
		i, known := number[a.String()]
		require.True(t, known, "%v is not in the space", a)
		observed[i]++
	}
	n := float64(len(drawn))
	var statistic, rareObserved, rareExpected float64
	cells := 0
	add := func(observed, expected float64) {
		statistic += (observed - expected) * (observed - expected) / expected
		cells++
	}
	for i := range all {
		if n*p[i] < 5 {
			rareObserved, rareExpected = rareObserved+observed[i], rareExpected+n*p[i]
			continue
		}
		add(observed[i], n*p[i])
	}
	if rareExpected > 5 {
		add(rareObserved, rareExpected)
	} else {
		require.Less(t, rareObserved, 25.0, "expected %v", rareExpected)
	}
	require.Greater(t, cells, 1, "one architecture has nearly all the probability: nothing is tested")
	pValue := distuv.ChiSquared{K: float64(cells - 1)}.Survival(statistic)
	require.Greater(t, pValue, 1e-4, "chi-square %v of %d cells", statistic, cells)
}
