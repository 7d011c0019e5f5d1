package explore

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
	"github.com/graphpnas/graphpnas/searchspace"
)

// uniformProbability returns the probability of an architecture under Uniform.
func uniformProbability(t require.TestingT, s searchspace.Space, a searchspace.Arch) float64 {
	path, err := searchspace.Path(s, a)
	require.NoError(t, err)
	p := 1.0
	for _, step := range path {
		p /= float64(len(step.Allowed))
	}
	return p
}

func TestUniformDrawsEveryDecisionUniformly(t *testing.T) {
	for _, s := range []searchspace.Space{
		modeltest.SmallCells(t, 5, 6),
		modeltest.Space(t, modeltest.ArbitraryRule(3), searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"}}),
	} {
		all := modeltest.Enumerate(t, s)
		p := make([]float64, len(all))
		for i, a := range all {
			p[i] = uniformProbability(t, s, a)
		}
		modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, NewUniform(s), 1, 20_000))
	}
}

func TestExplorersAreLegal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.SmallSpace(t)
		paper, err := Paper(s)
		require.NoError(t, err)
		if _, rejects := paper.(*ErdosRenyi); rejects {
			paper = NewUniform(s) // a rule may allow only architectures that are almost never drawn
		}
		for _, g := range []generator.GraphGenerator{NewUniform(s), paper} {
			for _, a := range modeltest.Sample(t, g, rapid.Uint64().Draw(t, "seed"), 10) {
				require.NoError(t, s.Validate(a))
			}
		}
	})
}

func TestPaperExplorerOfNASBench201(t *testing.T) {
	g, err := Paper(searchspace.NASBench201{})
	require.NoError(t, err)
	var full []searchspace.Arch
	for a := range (searchspace.NASBench201{}).All() {
		if a.Part(0).NumEdges() == 6 {
			full = append(full, a)
		}
	}
	require.Len(t, full, 4096)
	p := slices.Repeat([]float64{1.0 / 4096}, 4096)
	drawn := modeltest.Sample(t, g, 1, 50_000)
	modeltest.RequireFrequencies(t, full, p, drawn)
	seen := map[string]bool{}
	for _, a := range drawn {
		seen[a.String()] = true
	}
	assert.Len(t, seen, 4096)

	same, err := NewUniformOver(searchspace.NASBench201{}, "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
	require.NoError(t, err)
	assert.Equal(t, drawn[:100], modeltest.Sample(t, same, 1, 100))
}

func TestUniformOverChosenOperations(t *testing.T) {
	g, err := NewUniformOver(searchspace.NASBench201{}, "none", "skip_connect", "avg_pool_3x3")
	require.NoError(t, err)
	var all []searchspace.Arch
	for a := range (searchspace.NASBench201{}).All() {
		if !slices.ContainsFunc(a.Part(0).Edges(), func(e searchspace.Edge) bool {
			return e.Op != "skip_connect" && e.Op != "avg_pool_3x3"
		}) {
			all = append(all, a)
		}
	}
	require.Len(t, all, 729)
	modeltest.RequireFrequencies(t, all, slices.Repeat([]float64{1.0 / 729}, 729), modeltest.Sample(t, g, 1, 20_000))
}

func TestPaperExplorerOfNASBench101(t *testing.T) {
	s := searchspace.NASBench101{}
	g, err := Paper(s)
	require.NoError(t, err)
	nodes, ops := map[int]int{}, map[string]float64{}
	inner := 0.0
	for _, a := range modeltest.Sample(t, g, 1, 5000) {
		require.NoError(t, s.Validate(a))
		n := a.Part(0).Len()
		nodes[n]++
		for v := 1; v < n-1; v++ {
			ops[a.Part(0).NodeOp(v)]++
			inner++
		}
	}
	assert.Zero(t, nodes[2])
	for n := 3; n <= 7; n++ {
		assert.Positive(t, nodes[n], "%d nodes", n)
	}
	// The more nodes, the rarer are graphs of density 0.25 in which all nodes are on a path.
	assert.Greater(t, nodes[3], nodes[4])
	assert.Greater(t, nodes[4], nodes[5])
	require.Len(t, ops, 3)
	for op, count := range ops {
		assert.InDelta(t, 1.0/3, count/inner, 0.03, op)
	}
}

// In DARTS cells, a node reads two others. If every allowed edge were present, these would always
// be the inputs.
func TestPaperExplorerOfDARTS(t *testing.T) {
	g, err := Paper(searchspace.DARTS{})
	require.NoError(t, err)
	read := map[[2]int]int{}
	for _, a := range modeltest.Sample(t, g, 1, 2000) {
		var pair []int
		for from := range 5 {
			if a.Part(1).HasEdge(from, 5) {
				pair = append(pair, from)
			}
		}
		require.Len(t, pair, 2)
		read[[2]int(pair)]++
	}
	require.Len(t, read, 10, "every two of five nodes")
	for pair, count := range read {
		assert.Greater(t, count, 80, "%v", pair)
	}
}

// TestErdosRenyiIsConditionalBernoulli compares with the exact conditional distribution.
func TestErdosRenyiIsConditionalBernoulli(t *testing.T) {
	const edge, least = 0.4, 3
	s := modeltest.SmallCells(t, 4, 5)
	all := modeltest.Enumerate(t, s)
	p := make([]float64, len(all))
	total := 0.0
	for i, a := range all {
		n := a.Part(0).Len()
		if n >= least {
			e, pairs := float64(a.Part(0).NumEdges()), float64(pairs(n))
			p[i] = math.Pow(edge, e) * math.Pow(1-edge, pairs-e) * math.Pow(0.5, float64(n-2))
		}
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
	g, err := NewErdosRenyi(s, edge, least)
	require.NoError(t, err)
	modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, g, 1, 20_000))
}

func TestErdosRenyiEdges(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "graph", MaxNodes: 12, NodeOps: []string{"a", "b"}})
	for _, edge := range []float64{0.05, 0.25, 0.9} {
		g, err := NewErdosRenyi(s, edge, 1)
		require.NoError(t, err)
		count, n := 0.0, 500
		for _, a := range modeltest.Sample(t, g, 1, n) {
			count += float64(a.Part(0).NumEdges())
		}
		pairs := float64(n * pairs(12))
		assert.InDelta(t, edge, count/pairs, 5*math.Sqrt(edge*(1-edge)/pairs))
	}
}

func TestInvalidExplorers(t *testing.T) {
	s := searchspace.NASBench101{}
	for _, edge := range []float64{0, 1, -0.1, 1.1, math.NaN(), math.Inf(1)} {
		_, err := NewErdosRenyi(s, edge, 3)
		assert.ErrorContains(t, err, "edge probability")
	}
	for _, least := range []int{0, -1, 8} {
		_, err := NewErdosRenyi(s, 0.5, least)
		assert.ErrorContains(t, err, "minNodes")
	}
	_, err := NewUniformOver(searchspace.NASBench201{})
	assert.ErrorContains(t, err, "edgeOps must not be empty")
	_, err = NewUniformOver(searchspace.NASBench201{}, "none", "conv 7x7")
	assert.ErrorContains(t, err, "conv 7x7")
	_, err = NewUniformOver(s, "none")
	assert.ErrorContains(t, err, "none")
}

func TestErdosRenyiGivesUp(t *testing.T) {
	s := modeltest.Space(t, searchspace.RuleFunc(func(*searchspace.Draft, searchspace.Decision) []int { return []int{1} }), searchspace.Part{Name: "pair", MaxNodes: 2})
	g, err := NewErdosRenyi(s, 1e-12, 1)
	require.NoError(t, err)
	archs, err := g.Sample(context.Background(), modeltest.Rand(1), 1)
	assert.ErrorIs(t, err, ErrRejected)
	assert.Empty(t, archs)
}

func TestExplorersStopWithTheirContext(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	erdosRenyi, err := NewErdosRenyi(searchspace.NASBench101{}, 0.25, 3)
	require.NoError(t, err)
	both, err := generator.NewMixture(NewUniform(searchspace.NASBench101{}), erdosRenyi)
	require.NoError(t, err)
	for _, g := range []generator.GraphGenerator{NewUniform(searchspace.NASBench201{}), erdosRenyi, both} {
		_, err := g.Sample(ctx, modeltest.Rand(1), 5)
		assert.ErrorIs(t, err, stop)
		assert.Empty(t, modeltest.Sample(t, g, 1, 0))
		assert.Equal(t, modeltest.Sample(t, g, 1, 10), modeltest.Sample(t, g, 1, 10))
	}
}

// Parts that share operations and parts with their own are drawn alike, by each part's labels.
func TestUniformLabelsOfSeveralParts(t *testing.T) {
	for _, ops := range [][]string{{"none", "x", "y"}, {"none", "u", "v"}} {
		s := modeltest.Space(t, nil,
			searchspace.Part{Name: "first", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}},
			searchspace.Part{Name: "second", MaxNodes: 2, EdgeOps: ops},
			searchspace.Part{Name: "third", MaxNodes: 2},
		)
		all := modeltest.Enumerate(t, s)
		require.Len(t, all, 81*2)
		modeltest.RequireFrequencies(t, all, slices.Repeat([]float64{1. / 162}, 162), modeltest.Sample(t, NewUniformLabels(s), 1, 20_000))
	}
}

func TestUniformLabelsWhereEdgesAreBounded(t *testing.T) {
	oneInput := searchspace.RuleFunc(func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		for from := range max(d.From, 0) {
			if d.Kind == searchspace.EdgePresence && sofar.HasEdge(d.Part, from, d.Node) {
				return d.Allowed[:1]
			}
		}
		return d.Allowed
	})
	part := func(ops ...string) searchspace.Part {
		return searchspace.Part{Name: "cell", MaxNodes: 4, NodeOps: ops, Last: "end", EdgeOps: []string{"none", "x", "y"}}
	}
	for _, s := range []searchspace.Space{
		searchspace.DARTS{}, modeltest.Space(t, oneInput, part("a", "end")), modeltest.Space(t, oneInput, part("end", "a")),
	} {
		assert.Equal(t, modeltest.Sample(t, NewUniform(s), 1, 20), modeltest.Sample(t, NewUniformLabels(s), 1, 20))
	}
}

// pairs returns the number of pairs of n nodes.
func pairs(n int) int { return n * (n - 1) / 2 }

// TestExplorersOfTheTrainedSpaces checks that the default explorers of these spaces only draw
// members.
func TestExplorersOfTheTrainedSpaces(t *testing.T) {
	for _, s := range modeltest.Trained {
		g, err := Paper(s)
		require.NoError(t, err)
		keys := map[string]bool{}
		for _, a := range modeltest.Sample(t, g, 1, 100) {
			require.NoError(t, s.Validate(a))
			keys[s.Key(a)] = true
		}
		assert.Len(t, keys, 100, "%s", s.Name())
	}
}

// The number of nodes is uniform in a chain, and the default explorer is not one that is always
// rejected.
func TestChainsOfEveryLengthAreDrawn(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Chain("encoder", 4, 12, []string{"attention", "conv"},
		searchspace.Ordered("heads", 2, 4, 8).When("op", "attention")))
	g, err := Paper(s)
	require.NoError(t, err)
	const n = 9000
	lengths := map[int]float64{}
	for _, a := range modeltest.Sample(t, g, 1, n) {
		lengths[a.Part(0).Len()-1]++
	}
	require.Len(t, lengths, 9)
	chi := 0.0
	for _, k := range lengths {
		chi += (k - n/9) * (k - n/9) / (n / 9)
	}
	assert.Less(t, chi, 26.1, "the 99.9th percentile with 8 degrees of freedom")

	// A chain made with only a Last and a rule.
	rule := searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int {
		if d.Kind == searchspace.EdgePresence {
			return d.Allowed[:1]
		}
		return d.Allowed
	})
	g, err = Paper(modeltest.Space(t, rule, searchspace.Part{Name: "net", MaxNodes: 12, NodeOps: []string{"conv", "end"}, Last: "end"}))
	require.NoError(t, err)
	assert.IsType(t, &Uniform{}, g)
	g, err = Paper(searchspace.NASBench101{})
	require.NoError(t, err)
	assert.IsType(t, &ErdosRenyi{}, g)
}

func BenchmarkChain(b *testing.B) {
	s := modeltest.Space(b, nil, searchspace.Chain("encoder", 4, 12, nil,
		searchspace.Ordered("heads", 2, 4, 8), searchspace.Ordered("ratio", 2, 3, 4), searchspace.Ordered("kernel", 3, 5, 7)))
	g, err := Paper(s)
	require.NoError(b, err)
	rng := modeltest.Rand(1)
	for b.Loop() {
		_, err := g.Sample(context.Background(), rng, 1)
		require.NoError(b, err)
	}
}

// stepping is a space whose builders make every decision separately.
type stepping struct{ searchspace.Space }

func (s stepping) Start() searchspace.Builder {
	return struct{ searchspace.Builder }{s.Space.Start()}
}

func TestASeedDrawsTheSameWithoutSkipping(t *testing.T) {
	chain := searchspace.Chain("chain", 2, 6, []string{"conv", "pool"}, searchspace.Ordered("kernel", 3, 5).When("op", "conv"))
	labeled := chain
	labeled.EdgeOps = []string{"none", "plain", "scaled"}
	cell := searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}}
	for name, s := range map[string]searchspace.Space{
		"chain": modeltest.Space(t, nil, chain), "chain with edge operations": modeltest.Space(t, nil, labeled),
		"beside a cell": modeltest.Space(t, nil, chain, cell),
	} {
		t.Run(name, func(t *testing.T) {
			for kind, draw := range map[string]func(searchspace.Space) *Uniform{"decisions": NewUniform, "labels": NewUniformLabels} {
				want := modeltest.Sample(t, draw(stepping{s}), 1, 50)
				for i, a := range modeltest.Sample(t, draw(s), 1, 50) {
					require.True(t, want[i].Equal(a), "%s: draw %d is %v, not %v", kind, i, a, want[i])
				}
			}
		})
	}
}

func TestUniformDrawsOfShapes(t *testing.T) {
	kernel := searchspace.Ordered("kernel", 3, 5, 7)
	chain := searchspace.Chain("chain", 1, 3, nil, searchspace.Optional("present", kernel)...)
	s := modeltest.Space(t, nil, chain)
	all := modeltest.Enumerate(t, s)
	p := make([]float64, len(all))
	for i, a := range all {
		p[i] = 1.0 / 3 // for each depth
		for v := range a.Part(0).Len() - 1 {
			if p[i] /= 2; a.Part(0).Node(v).Bool("present") {
				p[i] /= 3
			}
		}
	}
	modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, NewUniformLabels(s), 1, 20_000))

	cell := searchspace.Part{Name: "cell", MaxNodes: 2}
	for name, parts := range map[string][]searchspace.Part{
		"stack": searchspace.Stack("network", cell, 2, 4, searchspace.Bool("wide")), "copies": cell.Copies("normal", "reduce"),
	} {
		t.Run(name, func(t *testing.T) {
			s := modeltest.Space(t, nil, parts...)
			all := modeltest.Enumerate(t, s)
			p := slices.Repeat([]float64{1 / float64(len(all))}, len(all))
			modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, NewUniformLabels(s), 1, 5_000))
		})
	}
}
