package searchspace_test

import (
	"hash/fnv"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// members lists a space.
func members(t require.TestingT, s searchspace.Space) []string {
	var all []string
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		require.NoError(t, s.Validate(a))
		all = append(all, a.String())
	}
	return all
}

// those lists the members of a space for which keep returns true.
func those(t require.TestingT, s searchspace.Space, keep func(searchspace.Arch) bool) []string {
	all := []string{}
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		if keep(a) {
			all = append(all, a.String())
		}
	}
	return all
}

// tinyParts draws one or two parts that can be enumerated, with fields and with and without a Last.
func tinyParts(t *rapid.T) []searchspace.Part {
	parts := make([]searchspace.Part, rapid.IntRange(1, 2).Draw(t, "parts"))
	for i := range parts {
		p := searchspace.Part{Name: string(rune('a' + i)), MaxNodes: rapid.IntRange(1, 3-i).Draw(t, "nodes")}
		if rapid.Bool().Draw(t, "node operations") {
			p.NodeOps = []string{"conv", "pool", "end"}[:rapid.IntRange(2, 3).Draw(t, "operations")]
			if len(p.NodeOps) == 3 {
				p.Last, p.MinNodes = "end", rapid.IntRange(0, p.MaxNodes).Draw(t, "least")
			}
			if rapid.Bool().Draw(t, "kernel") {
				p.NodeFields = append(p.NodeFields, searchspace.Ordered("kernel", 3, 5).When("op", "conv"))
			}
		}
		if rapid.Bool().Draw(t, "edge operations") {
			p.EdgeOps = []string{"none", "skip", "sum"}
			if rapid.Bool().Draw(t, "rate") {
				p.EdgeFields = append(p.EdgeFields, searchspace.Choice("rate", "low", "high").When("op", "sum"))
			}
		}
		parts[i] = p
	}
	return parts
}

// cost returns arbitrary costs of labels, some of them negative.
func cost(seed uint64, nodes, edges bool) searchspace.Cost {
	of := func(text string, place ...byte) float64 {
		h := fnv.New64a()
		h.Write(append([]byte(text), place...))
		return float64((h.Sum64()^seed)%9) - 3
	}
	var c searchspace.Cost
	if nodes {
		c.Node = func(part string, node int, l searchspace.Label) float64 { return of(part+l.String(), byte(node)) }
	}
	if edges {
		c.Edge = func(part string, from, to int, l searchspace.Label) float64 {
			return of(part+l.String(), byte(from), byte(to))
		}
	}
	return c
}

func TestAdditiveRulesKeepExactlyTheMembersWithinTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := tinyParts(t)
		free, err := searchspace.New("free", parts)
		require.NoError(t, err)
		c := cost(rapid.Uint64().Draw(t, "costs"), rapid.Bool().Draw(t, "nodes cost"), rapid.Bool().Draw(t, "edges cost"))
		limit := rapid.Float64Range(-12, 12).Draw(t, "limit")
		rule, within := searchspace.AtMost("limit", limit, c), func(v float64) bool { return v <= limit }
		if rapid.Bool().Draw(t, "at least") {
			rule, within = searchspace.AtLeast("limit", limit, c), func(v float64) bool { return v >= limit }
		}
		want := those(t, free, func(a searchspace.Arch) bool { return within(c.Of(a)) })
		s, err := searchspace.New("limited", parts, rule)
		if len(want) == 0 {
			require.ErrorIs(t, err, searchspace.ErrDeadEnd)
			require.ErrorContains(t, err, `rule "limit"`)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, members(t, s))
		r, err := searchspace.Restrict(free, rule)
		require.NoError(t, err)
		require.Equal(t, want, members(t, r))
	})
}

// A rule of a part limits the cost of the part alone.
func TestAdditiveRulesOfAPartCountOnlyThatPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := tinyParts(t)
		free, err := searchspace.New("free", parts)
		require.NoError(t, err)
		c := cost(rapid.Uint64().Draw(t, "costs"), true, rapid.Bool().Draw(t, "edges cost"))
		limit := rapid.Float64Range(-12, 12).Draw(t, "limit")
		rule, within := searchspace.AtMost("limit", limit, c), func(v float64) bool { return v <= limit }
		if rapid.Bool().Draw(t, "at least") {
			rule, within = searchspace.AtLeast("limit", limit, c), func(v float64) bool { return v >= limit }
		}
		limited := rapid.IntRange(0, len(parts)-1).Draw(t, "limited part")
		want := those(t, free, func(a searchspace.Arch) bool {
			return within(c.Of(searchspace.NewArch(a.Part(limited))))
		})
		parts[limited].Rules = []searchspace.Rule{rule}
		s, err := searchspace.New("limited", parts)
		if len(want) == 0 {
			require.ErrorIs(t, err, searchspace.ErrDeadEnd)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, members(t, s))
		size, err := searchspace.NewCensus(s)
		require.NoError(t, err)
		require.Equal(t, int64(len(want)), size.Size().Int64())
	})
}

func TestAdditiveRulesAllowALimitThatIsMetUpToRounding(t *testing.T) {
	chain := []searchspace.Part{searchspace.Chain("net", 3, 3, []string{"conv"})}
	tenths := searchspace.Cost{Node: func(string, int, searchspace.Label) float64 { return 0.1 }}
	for _, rule := range []searchspace.Rule{searchspace.AtMost("at most", 0.3, tenths), searchspace.AtLeast("at least", 0.1+0.2+1e-16, tenths)} {
		s, err := searchspace.New("s", chain, rule)
		require.NoError(t, err)
		assert.Len(t, members(t, s), 1)
	}
	for _, rule := range []searchspace.Rule{
		searchspace.AtMost("at most", 0.2999, tenths), searchspace.AtMost("at most", math.Inf(-1), tenths),
		searchspace.AtLeast("at least", 0.3001, tenths), searchspace.AtLeast("at least", math.Inf(1), tenths),
	} {
		_, err := searchspace.New("s", chain, rule)
		assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
	}
}

func TestConnectedKeepsExactlyTheConnected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := searchspace.Part{Name: "cell", MaxNodes: rapid.IntRange(1, 4).Draw(t, "nodes")}
		if rapid.Bool().Draw(t, "varies") {
			p.NodeOps, p.Last = []string{"conv", "end"}, "end"
		}
		free, err := searchspace.New("free", []searchspace.Part{p})
		require.NoError(t, err)
		want := those(t, free, func(a searchspace.Arch) bool {
			g := a.Part(0)
			for v := range g.Len() {
				in, out := v == 0, v == g.Len()-1
				for w := range g.Len() {
					in, out = in || g.HasEdge(w, v), out || g.HasEdge(v, w)
				}
				if !in || !out {
					return false
				}
			}
			return true
		})
		p.Rules = []searchspace.Rule{searchspace.Connected()}
		s, err := searchspace.New("connected", []searchspace.Part{p})
		require.NoError(t, err)
		require.Equal(t, want, members(t, s))
	})
}

func TestSame(t *testing.T) {
	parts := []searchspace.Part{
		searchspace.Params("one", searchspace.Ordered("width", 1, 2, 3), searchspace.Bool("norm")),
		{Name: "two", MaxNodes: 2, NodeOps: []string{"conv", "pool"}, NodeFields: []searchspace.Field{searchspace.Ordered("width", 1, 2, 3).When("op", "conv")}},
	}
	free, err := searchspace.New("free", parts)
	require.NoError(t, err)
	s, err := searchspace.New("same", parts, searchspace.Same(
		searchspace.Place{Part: "one", Node: 0, Field: "width"}, searchspace.Place{Part: "two", Node: 0, Field: "width"},
		searchspace.Place{Part: "two", Node: 1, Field: "width"},
	), searchspace.Same(searchspace.Place{Part: "two", Node: 0, Field: "op"}, searchspace.Place{Part: "two", Node: 1, Field: "op"}))
	require.NoError(t, err)
	assert.Equal(t, those(t, free, func(a searchspace.Arch) bool {
		one, first, second := a.Find("one").Node(0), a.Find("two").Node(0), a.Find("two").Node(1)
		return first.Op == second.Op && (first.Op == "pool" || first.Int("width") == one.Int("width") && second.Int("width") == one.Int("width"))
	}), members(t, s))

	for name, places := range map[string][]searchspace.Place{
		"no such part":  {{Part: "three", Field: "op"}},
		"no such node":  {{Part: "two", Node: 2, Field: "op"}},
		"no such field": {{Part: "one", Field: "depth"}},
		"other values":  {{Part: "one", Field: "norm"}, {Part: "one", Field: "width"}},
	} {
		_, err := searchspace.New("s", parts, searchspace.Same(places...))
		assert.Error(t, err, name)
	}
}

func TestForbidAndRulesOfParts(t *testing.T) {
	parts := []searchspace.Part{
		{Name: "a", MaxNodes: 2, NodeOps: []string{"conv", "pool"}},
		{Name: "b", MaxNodes: 1, NodeOps: []string{"conv", "pool"}},
	}
	free, err := searchspace.New("free", parts)
	require.NoError(t, err)
	parts[0].Rules = []searchspace.Rule{searchspace.Forbid("no pool", func(_ *searchspace.Draft, d searchspace.Decision, value int) bool {
		return d.Kind == searchspace.NodeOp && value == 1
	}), nil}
	s, err := searchspace.New("s", parts, nil)
	require.NoError(t, err)
	assert.Equal(t, those(t, free, func(a searchspace.Arch) bool {
		return a.Part(0).NodeOp(0) == "conv" && a.Part(0).NodeOp(1) == "conv"
	}), members(t, s))
}

// A rule sees a decision, of any part, only after it has been made.
func TestDraftsHoldOnlyWhatIsDecided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := tinyParts(t)
		rule := searchspace.RuleFunc(func(sofar *searchspace.Draft, d searchspace.Decision) []int {
			for i, p := range sofar.Parts() {
				for v := range p.MaxNodes {
					later := i > d.Part || i == d.Part && (v > d.Node || v == d.Node && d.Kind == searchspace.NodeOp)
					decided := !later && p.NodeOps != nil && v < sofar.Nodes(i)
					if op := sofar.NodeOp(i, v); decided != (op >= 0) || op < -1 {
						require.Failf(t, "wrong operation", "node %d of part %d has operation %d at %v", v, i, op, d)
					}
				}
			}
			return d.Allowed
		})
		free, err := searchspace.New("free", parts)
		require.NoError(t, err)
		s, err := searchspace.New("s", parts, rule) // the check for dead ends applies the rule
		require.NoError(t, err)
		anyArch(t, s)
		r, err := searchspace.Restrict(free, rule)
		require.NoError(t, err)
		anyArch(t, r)
	})
}

func noPools(_ *searchspace.Draft, d searchspace.Decision) []int { return d.Allowed[:1] }

func TestRulesReadWell(t *testing.T) {
	assert.Equal(t, "searchspace_test.noPools", searchspace.RuleFunc(noPools).String())
	assert.Equal(t, "nil", searchspace.RuleFunc(nil).String())
	assert.Equal(t, "no pools", searchspace.Named("no pools", noPools).String())
	assert.Equal(t, "at most 3", searchspace.AtMost("at most 3", 3, searchspace.Cost{}).String())
	assert.Equal(t, "the same values at [op of node 1 in part cell]", searchspace.Same(searchspace.Place{Part: "cell", Node: 1, Field: "op"}).String())
}

func TestInvalidAdditiveRules(t *testing.T) {
	part := searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"conv"}}
	always := func(v float64) searchspace.Cost {
		return searchspace.Cost{Node: func(string, int, searchspace.Label) float64 { return v }}
	}
	_, err := searchspace.New("s", []searchspace.Part{part}, searchspace.AtMost("m", math.NaN(), always(1)))
	assert.ErrorContains(t, err, "the limit must be a number")
	_, err = searchspace.New("s", []searchspace.Part{part}, searchspace.AtMost("m", 1, always(math.Inf(1))))
	assert.ErrorContains(t, err, `node 0 of part "cell": the cost of conv must be finite, got +Inf`)
	for i := range 6 {
		part.NodeFields = append(part.NodeFields, searchspace.Ordered(string(rune('a'+i)), 1, 2, 3, 4, 5, 6, 7))
	}
	_, err = searchspace.New("s", []searchspace.Part{part}, searchspace.AtMost("m", 1, always(1)))
	assert.ErrorContains(t, err, "at most 100000 combinations")
}

// A restricted space keeps the other capabilities of the space.
func TestRestrictKeepsNotationAndListing(t *testing.T) {
	conv := searchspace.Forbid("no pooling", func(sofar *searchspace.Draft, d searchspace.Decision, v int) bool {
		return d.Kind == searchspace.EdgeOp && sofar.Parts()[d.Part].EdgeOps[v] == "avg_pool_3x3"
	})
	s, err := searchspace.Restrict(searchspace.NASBench201{}, conv)
	require.NoError(t, err)
	assert.Equal(t, "nasbench201", s.Name())
	n := 0
	for a := range s.(searchspace.Enumerator).All() {
		require.NotContains(t, searchspace.Text(s, a), "pool")
		n++
	}
	assert.Equal(t, 4096, n)
	pooled, err := searchspace.NASBench201{}.Parse("|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|")
	require.NoError(t, err)
	assert.ErrorIs(t, s.Validate(pooled), searchspace.ErrInvalid)
	near, err := searchspace.Neighbors(s, slices.Collect(s.(searchspace.Enumerator).All())[7])
	require.NoError(t, err)
	assert.Len(t, near, 18)

	plain, err := searchspace.Restrict(searchspace.RandWire{}, searchspace.Connected())
	require.NoError(t, err)
	_, isNotation := plain.(searchspace.Notation)
	assert.False(t, isNotation)
	_, isEnumerator := plain.(searchspace.Enumerator)
	assert.False(t, isEnumerator)
	cells, err := searchspace.Restrict(searchspace.NASBench101{})
	require.NoError(t, err)
	_, isEnumerator = cells.(searchspace.Enumerator)
	assert.True(t, isEnumerator)
	darts, err := searchspace.Restrict(searchspace.DARTS{})
	require.NoError(t, err)
	_, isNotation = darts.(searchspace.Notation)
	assert.True(t, isNotation)
	_, err = searchspace.Restrict(searchspace.NASBench201{}, searchspace.Named("nothing", func(*searchspace.Draft, searchspace.Decision) []int { return nil }))
	assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
	assert.ErrorContains(t, err, `restricting nasbench201`)
	_, err = searchspace.Restrict(searchspace.NASBench201{}, searchspace.Same(searchspace.Place{Part: "x"}))
	assert.ErrorContains(t, err, `the space has no part "x", only ["cell"]`)
}

func TestInputsKeepsExactlyThoseWithAsManyInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "nodes")
		least := rapid.IntRange(0, 3).Draw(t, "least")
		most := rapid.IntRange(max(least, 0), 4).Draw(t, "most")
		free, err := searchspace.New("free", []searchspace.Part{{Name: "cell", MaxNodes: n}})
		require.NoError(t, err)
		want := those(t, free, func(a searchspace.Arch) bool {
			for v := range n {
				in := 0
				for w := range v {
					if a.Part(0).HasEdge(w, v) {
						in++
					}
				}
				if in < min(least, v) || in > most {
					return false
				}
			}
			return true
		})
		s, err := searchspace.New("limited", []searchspace.Part{{Name: "cell", MaxNodes: n}}, searchspace.Inputs(least, most))
		require.NoError(t, err)
		require.Equal(t, want, members(t, s))
	})
}

// The trees of NAS-Bench-Graph: an input and four operations, each of which reads one node.
func TestUnordered(t *testing.T) {
	trees, err := searchspace.New("trees", []searchspace.Part{{Name: "net", MaxNodes: 5, NodeOps: []string{"input", "a"}}},
		searchspace.Inputs(1, 1), searchspace.Forbid("the first node, and no other, is the input", func(_ *searchspace.Draft, d searchspace.Decision, v int) bool {
			return d.Kind == searchspace.NodeOp && (v == 0) != (d.Node == 0)
		}))
	require.NoError(t, err)
	s := searchspace.Unordered(trees)
	keys := map[string]bool{}
	for _, text := range members(t, trees) {
		keys[text] = true
	}
	assert.Len(t, keys, 24)
	keys = map[string]bool{}
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		keys[s.Key(a)] = true
	}
	assert.Len(t, keys, 9, "rooted trees of five nodes (OEIS A000081)")
	_, ok := searchspace.Unordered(searchspace.DARTS{}).(searchspace.Notation)
	assert.True(t, ok)
}
