package gran

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// shortChains have few members.
func shortChains(t require.TestingT) map[string]searchspace.Space {
	kernel, wide := searchspace.Ordered("kernel", 3, 5, 7), searchspace.Bool("wide")
	edge := searchspace.Chain("net", 4, 4, nil, wide)
	edge.EdgeFields = []searchspace.Field{searchspace.Choice("scale", "half", "one", "two")}
	return map[string]searchspace.Space{
		"fields":         modeltest.Space(t, nil, searchspace.Chain("net", 3, 3, nil, kernel, wide)),
		"operations":     modeltest.Space(t, nil, searchspace.Chain("net", 5, 5, []string{"a", "b", "c"})),
		"varying length": modeltest.Space(t, nil, searchspace.Chain("net", 1, 4, []string{"a", "b"}, kernel.When("op", "b"))),
		"edge fields":    modeltest.Space(t, nil, edge),
		"two parts": modeltest.Space(t, nil, searchspace.Chain("net", 1, 3, nil, wide),
			searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"x", "y"}}),
		"a part that leaves no choice": modeltest.Space(t, nil, searchspace.Chain("one", 1, 1, []string{"a", "b"}, kernel, wide),
			searchspace.Chain("bare", 4, 4, nil)),
		"ruled": modeltest.Space(t, modeltest.ArbitraryRule(5), searchspace.Chain("net", 5, 5, []string{"a", "b", "c"}, wide)),
	}
}

// longChains have more nodes than a small network can connect with one power of two per layer.
func longChains(t require.TestingT) map[string]searchspace.Space {
	kernel, wide := searchspace.Ordered("kernel", 3, 5, 7), searchspace.Bool("wide")
	edge := searchspace.Chain("net", 9, 9, nil, wide)
	edge.EdgeFields = []searchspace.Field{searchspace.Choice("scale", "half", "one"), searchspace.Bool("gate").When("scale", "one")}
	return map[string]searchspace.Space{
		"long":                modeltest.Space(t, nil, searchspace.Chain("net", 18, 18, nil, kernel, wide)),
		"long, varying":       modeltest.Space(t, nil, searchspace.Chain("net", 2, 11, []string{"a", "b"}, kernel.When("op", "b"), wide)),
		"long, edge fields":   modeltest.Space(t, nil, edge),
		"a node, and a chain": modeltest.Space(t, nil, searchspace.Chain("one", 1, 1, nil, wide), searchspace.Chain("net", 12, 12, []string{"a", "b"})),
	}
}

func TestProbabilitiesOfChains(t *testing.T) {
	for name, s := range shortChains(t) {
		t.Run(name, func(t *testing.T) {
			m, all := newModel(t, s, forms["causal"], 1), modeltest.Enumerate(t, s)
			modeltest.Fit(t, m, 2, modeltest.Examples(1, all[:3]...), generator.FitOptions{Epochs: 5})
			p := modeltest.Probabilities(t, m, all)
			assert.InDelta(t, 1, modeltest.Sum(p), 1e-4)
			modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, m, 3, 5000))
		})
	}
}

// TestMostProbableChains checks that a beam as wide as the space finds everything in order.
func TestMostProbableChains(t *testing.T) {
	for name, s := range shortChains(t) {
		t.Run(name, func(t *testing.T) {
			m, all := newModel(t, s, forms["causal"], 1), modeltest.Enumerate(t, s)
			best, err := m.MostProbable(t.Context(), 10, len(all))
			require.NoError(t, err)
			p := modeltest.LogProbs(t, m, all...)
			slices.Sort(p)
			slices.Reverse(p)
			for i, b := range best {
				assert.InDelta(t, p[i], b.LogProb, 1e-4)
				assert.InDelta(t, modeltest.LogProbs(t, m, b.Arch)[0], b.LogProb, 1e-4)
			}
		})
	}
}

func TestGradientOnChains(t *testing.T) {
	for name, s := range longChains(t) {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, s, forms["causal"], 1)
			data := modeltest.Examples(0.7, modeltest.Sample(t, m, 2, 4)...)
			for part := range s.Parts() {
				for _, loss := range []generator.Loss{generator.PaperLoss, generator.LogLikelihood} {
					modeltest.RequireGradient(t, m, newLoss, part, data, generator.FitOptions{Loss: loss, Entropy: 0.5}, modeltest.Rand(3))
				}
			}
		})
	}
}

// TestDistantNodesOfAChainMayDependOnOneAnother learns that the last node has the field of the
// first, with random fields in between.
func TestDistantNodesOfAChainMayDependOnOneAnother(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Chain("net", 12, 12, nil, searchspace.Bool("wide")))
	m := newModel(t, s, Config{Form: CausalForm}, 1)
	rng := modeltest.Rand(2)
	var data []generator.Example
	for range 60 {
		b, copied := s.Start(), 0
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			v := d.Allowed[rng.IntN(len(d.Allowed))]
			if d.Kind == searchspace.NodeField && d.Node == 11 {
				v = copied
			}
			if d.Kind == searchspace.NodeField && d.Node == 0 {
				copied = v
			}
			require.NoError(t, b.Take(v))
		}
		a, err := b.Arch()
		require.NoError(t, err)
		data = append(data, generator.Example{Arch: a, Weight: 1})
	}
	modeltest.Fit(t, m, 3, data, generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 100, BatchSize: 10})
	agree := 0
	for _, a := range modeltest.Sample(t, m, 4, 1000) {
		if g := a.Part(0); g.Node(0).Get("wide") == g.Node(11).Get("wide") {
			agree++
		}
	}
	assert.Greater(t, agree, 950)
}

// TestEveryNodeOfAChainReachesAllLaterOnes follows the messages through the layers.
func TestEveryNodeOfAChainReachesAllLaterOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, layers := rapid.IntRange(1, 70).Draw(t, "nodes"), rapid.IntRange(1, 9).Draw(t, "layers")
		s := modeltest.Space(t, nil, searchspace.Chain("net", nodes, nodes, nil, searchspace.Bool("wide")))
		net := newModel(t, s, Config{Form: CausalForm, Layers: layers, Attention: 2, Hidden: 2}, 1).nets[0]
		reached := make([]map[int]bool, nodes) // nodes that reach each node
		for i := range reached {
			reached[i] = map[int]bool{i: true}
		}
		messages := 0
		for layer := range layers {
			next := make([]map[int]bool, nodes)
			for i := range next {
				next[i] = map[int]bool{}
				for j := range reached[i] {
					next[i][j] = true
				}
				for from := range net.hops(layer, i) {
					require.Less(t, from, i)
					require.GreaterOrEqual(t, from, 0)
					messages++
					for j := range reached[from] {
						next[i][j] = true
					}
				}
			}
			reached = next
		}
		for i := range reached {
			require.Len(t, reached[i], i+1)
		}
		if 1<<layers >= nodes {
			require.LessOrEqual(t, messages, nodes*layers, "one message to a node in a layer")
		}
	})
}

// TestChainsNeedNoHeadsForEdges checks that chains lack the weights of edge heads, which the
// paper's form, and chains without the rule, have.
func TestChainsNeedNoHeadsForEdges(t *testing.T) {
	chain := searchspace.Chain("net", 6, 6, []string{"a", "b"})
	free := chain
	free.Rules = nil
	heads := func(p searchspace.Part, c Config) (n int) {
		m := newModel(t, modeltest.Space(t, nil, p), c, 1)
		for _, tensor := range m.tensors() {
			for _, head := range []string{"/pairs.", "/theta.", "/alpha."} {
				if strings.Contains(tensor.Name, head) {
					n++
				}
			}
		}
		return n
	}
	assert.Zero(t, heads(chain, forms["causal"]))
	assert.Equal(t, 10, heads(free, forms["causal"]))
	assert.Equal(t, 10, heads(chain, forms["paper"]))
	operations := chain
	operations.EdgeOps = []string{"none", "x", "y"}
	assert.Positive(t, heads(operations, forms["causal"]), "what an edge carries is free")
}

// TestFilesOfChains checks that the file of a chain describes the part like that of one without the
// rule, but lacks the heads for edges.
func TestFilesOfChains(t *testing.T) {
	chain := searchspace.Chain("net", 4, 4, []string{"a", "b"})
	free := chain
	free.Rules = nil
	c := forms["causal"]
	ofChain, ofFree := newModel(t, modeltest.Space(t, nil, chain), c, 1), newModel(t, modeltest.Space(t, nil, free), c, 1)
	assert.Less(t, ofChain.NumParams(), ofFree.NumParams())
	mustLoad(t, modeltest.Save(t, ofChain), ofChain.Space())
	assert.ErrorIs(t, requireRefused(t, modeltest.Save(t, ofFree), ofChain.Space()), generator.ErrFormat)
	assert.ErrorIs(t, requireRefused(t, modeltest.Save(t, ofChain), ofFree.Space()), generator.ErrFormat)
	c.Components = 1 << 20
	huge := newModel(t, ofChain.Space(), c, 1)
	mustLoad(t, modeltest.Save(t, huge), huge.Space())
}

// freeEdges claims to be a chain but leaves edges free.
type freeEdges struct{ searchspace.Space }

func (freeEdges) Parts() []searchspace.Part {
	return []searchspace.Part{searchspace.Chain("net", 3, 3, []string{"a", "b"})}
}

func TestChainsWhoseEdgesAreFree(t *testing.T) {
	s := freeEdges{modeltest.Space(t, nil, searchspace.Part{Name: "net", MaxNodes: 3, NodeOps: []string{"a", "b"}})}
	m := newModel(t, s, forms["causal"], 1)
	_, err := m.Sample(t.Context(), modeltest.Rand(1), 1)
	require.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorContains(t, err, "edge 0→1")
	_, err = m.MostProbable(t.Context(), 1, 2)
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
}

// BenchmarkChain measures a chain of blocks with two fields: drawing 16 samples, and an epoch over
// 16 of them in batches of two.
func BenchmarkChain(b *testing.B) {
	for _, nodes := range []int{20, 60} {
		s := modeltest.Space(b, nil, searchspace.Chain("net", nodes, nodes, nil,
			searchspace.Ordered("kernel", 3, 5, 7), searchspace.Ordered("expand", 2, 3, 4, 6)))
		m := newModel(b, s, Config{Form: CausalForm}, 1)
		b.Run(fmt.Sprintf("N=%d/sample", nodes), func(b *testing.B) {
			for b.Loop() {
				modeltest.Sample(b, m, 2, 16)
			}
		})
		b.Run(fmt.Sprintf("N=%d/epoch", nodes), func(b *testing.B) {
			data := modeltest.Examples(1, modeltest.Sample(b, m, 3, 16)...)
			for b.Loop() {
				modeltest.Fit(b, m, 4, data, generator.FitOptions{})
			}
		})
	}
}
