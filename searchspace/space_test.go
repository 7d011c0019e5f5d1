package searchspace_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestInvalidSpaces(t *testing.T) {
	for name, bad := range map[string]struct {
		parts   []searchspace.Part
		message string
	}{
		"no parts":          {nil, "it must have at least 1 part"},
		"no nodes":          {[]searchspace.Part{{Name: "p"}}, "MaxNodes must be at least 1, got 0"},
		"part twice":        {[]searchspace.Part{{Name: "p", MaxNodes: 1}, {Name: "p", MaxNodes: 2}}, `two parts are named "p"`},
		"no node operation": {[]searchspace.Part{{Name: "p", MaxNodes: 1, NodeOps: []string{}}}, "NodeOps must be nil or have at least 1 operation"},
		"no edge operation": {[]searchspace.Part{{Name: "p", MaxNodes: 1, EdgeOps: []string{}}}, "EdgeOps must have at least 2 operations"},
		"absence alone":     {[]searchspace.Part{{Name: "p", MaxNodes: 1, EdgeOps: []string{"none"}}}, `or be nil if edges have none, got ["none"]`},
		"operation twice":   {[]searchspace.Part{{Name: "p", MaxNodes: 1, NodeOps: []string{"a", "b", "a"}}}, `operation "a" is empty or listed twice`},
		"empty operation":   {[]searchspace.Part{{Name: "p", MaxNodes: 1, EdgeOps: []string{"none", ""}}}, `operation "" is empty or listed twice`},
		"unknown last":      {[]searchspace.Part{{Name: "p", MaxNodes: 1, NodeOps: []string{"a"}, Last: "b"}}, `Last must be one of its NodeOps ["a"], got "b"`},
		"last without any":  {[]searchspace.Part{{Name: "p", MaxNodes: 1, Last: "b"}}, `got "b"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := searchspace.New("mine", bad.parts)
			require.ErrorContains(t, err, `space "mine"`)
			assert.ErrorContains(t, err, bad.message)
		})
	}
}

// count enumerates a space and checks that every member is valid and occurs once.
func count(t *testing.T, space searchspace.Space) int {
	t.Helper()
	seen := map[string]bool{}
	for a, err := range searchspace.Enumerate(space.Start()) {
		require.NoError(t, err)
		require.NoError(t, space.Validate(a))
		require.False(t, seen[a.String()], "%v twice", a)
		seen[a.String()] = true
	}
	return len(seen)
}

func TestSizesOfSpaces(t *testing.T) {
	atMostOneInput := searchspace.RuleFunc(func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		for from := range d.From {
			if sofar.HasEdge(d.Part, from, d.Node) {
				return d.Allowed[:1]
			}
		}
		return d.Allowed
	})
	for name, space := range map[string]struct {
		parts []searchspace.Part
		rule  searchspace.Rule
		size  int
	}{
		"one node":        {[]searchspace.Part{{Name: "p", MaxNodes: 1}}, nil, 1},
		"edges":           {[]searchspace.Part{{Name: "p", MaxNodes: 4}}, nil, 1 << 6},
		"node operations": {[]searchspace.Part{{Name: "p", MaxNodes: 3, NodeOps: []string{"a", "b"}}}, nil, 1 << 3 * 1 << 3},
		"edge operations": {[]searchspace.Part{{Name: "p", MaxNodes: 3, EdgeOps: []string{"none", "a", "b"}}}, nil, 3 * 3 * 3},
		"a rule":          {[]searchspace.Part{{Name: "p", MaxNodes: 4}}, atMostOneInput, 2 * 3 * 4},
		"up to the last":  {[]searchspace.Part{{Name: "p", MaxNodes: 3, NodeOps: []string{"a", "end"}, Last: "end"}}, nil, 1 + 2 + 8},
		"only the last":   {[]searchspace.Part{{Name: "p", MaxNodes: 3, NodeOps: []string{"end"}, Last: "end"}}, nil, 1},
		"two parts":       {[]searchspace.Part{{Name: "p", MaxNodes: 2}, {Name: "q", MaxNodes: 3}}, nil, 2 * 8},
		"two with a last": {[]searchspace.Part{
			{Name: "p", MaxNodes: 2, NodeOps: []string{"a", "end"}, Last: "end"},
			{Name: "q", MaxNodes: 2, NodeOps: []string{"end", "b"}, Last: "end", EdgeOps: []string{"none", "x"}},
		}, nil, (1 + 2) * (1 + 2)},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := searchspace.New(name, space.parts, space.rule)
			require.NoError(t, err)
			assert.Equal(t, name, s.Name())
			assert.Equal(t, space.parts, s.Parts())
			assert.Equal(t, space.size, count(t, s))
		})
	}
}

func TestEnumerateYieldsEachMemberOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := customSpace(t, 2)
		seen := map[string]bool{}
		for a, err := range searchspace.Enumerate(space.Start()) {
			require.NoError(t, err)
			require.False(t, seen[a.String()])
			seen[a.String()] = true
		}
		require.True(t, seen[anyArch(t, space).String()])
	})
}

func TestEnumerateLeavesItsBuilder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := customSpace(t, 2).Start()
		for range rapid.IntRange(0, 3).Draw(t, "decisions before") {
			if d, ok := b.Next(); ok {
				require.NoError(t, b.Take(d.Allowed[0]))
			}
		}
		before, more := b.Next()
		all := searchspace.Enumerate(b)
		list := func() (members []string) {
			for a, err := range all {
				require.NoError(t, err)
				members = append(members, a.String())
			}
			return members
		}
		first := list()
		require.Equal(t, first, list())
		after, still := b.Next()
		require.Equal(t, more, still)
		require.Equal(t, before, after)
	})
}

func TestASpaceOwnsItsParts(t *testing.T) {
	parts := func() []searchspace.Part {
		return []searchspace.Part{{Name: "p", MaxNodes: 3, NodeOps: []string{"a", "end"}, EdgeOps: []string{"none", "x"}, Last: "end"}}
	}
	given := parts()
	space, err := searchspace.New("mine", given)
	require.NoError(t, err)
	given[0].NodeOps[1], given[0].EdgeOps[1] = "other", "other"
	given[0].MaxNodes = 9
	assert.Equal(t, parts(), space.Parts())
	assert.Equal(t, 1+2+8, count(t, space))
}

func TestEnumerateStopsWhenAsked(t *testing.T) {
	n := 0
	for range (searchspace.NASBench201{}).All() {
		if n++; n == 3 {
			break
		}
	}
	assert.Equal(t, 3, n)
}

// An error about a dead end names all rules that contribute to it.
func TestRulesThatConflict(t *testing.T) {
	parts := []searchspace.Part{{Name: "cell", MaxNodes: 4}}
	const want = `edge 1→3 in part 0: no value is allowed: rules "every node is on a path from the first to the last" and ` +
		`"every node reads 1 node" together allow nothing after [; <0; <0; <0]`
	_, err := searchspace.New("cells", parts, searchspace.Connected(), searchspace.Inputs(1, 1))
	require.ErrorIs(t, err, searchspace.ErrDeadEnd)
	assert.ErrorContains(t, err, want)
	free, err := searchspace.New("cells", parts)
	require.NoError(t, err)
	_, err = searchspace.Restrict(free, searchspace.Connected(), searchspace.Inputs(1, 1))
	assert.ErrorContains(t, err, want)
}

func TestDeadEnd(t *testing.T) {
	noSecondEdge := searchspace.Named("no second edge", func(sofar *searchspace.Draft, d searchspace.Decision) []int {
		if d.Node == 2 && sofar.HasEdge(0, 0, 1) {
			return nil
		}
		return d.Allowed
	})
	parts := []searchspace.Part{{Name: "p", MaxNodes: 3}}
	_, err := searchspace.New("dead", parts, noSecondEdge)
	require.ErrorIs(t, err, searchspace.ErrDeadEnd)
	assert.ErrorContains(t, err, `space "dead": edge 0→2 in part 0: no value is allowed: rule "no second edge" allows nothing after [; <0; ]`)
	space, err := searchspace.NewUnprobed("dead", parts, noSecondEdge)
	require.NoError(t, err)

	b := space.Start()
	require.NoError(t, b.Take(1))
	assert.ErrorIs(t, b.Take(0), searchspace.ErrDeadEnd)

	var last error
	var archs []searchspace.Arch
	for a, err := range searchspace.Enumerate(space.Start()) {
		if last = err; err == nil {
			archs = append(archs, a)
		}
	}
	assert.ErrorIs(t, last, searchspace.ErrDeadEnd)
	assert.ErrorContains(t, last, "edge 0→2 in part 0")
	assert.Len(t, archs, 4, "those without the edge 0→1 come first")

	g, err := searchspace.NewDAG("p", 3, nil, []searchspace.Edge{{From: 0, To: 1}})
	require.NoError(t, err)
	_, err = searchspace.Path(space, searchspace.NewArch(g))
	assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
	assert.ErrorContains(t, err, "dead: edge 0→2 in part 0")
}

func TestMembersOfSeveralParts(t *testing.T) {
	space, err := searchspace.New("two", []searchspace.Part{
		{Name: "stem", MaxNodes: 2, NodeOps: []string{"conv", "pool"}},
		{Name: "head", MaxNodes: 3, NodeOps: []string{"dense", "end"}, Last: "end", EdgeOps: []string{"none", "skip"}},
	})
	require.NoError(t, err)
	part := func(name string, ops []string, edges ...searchspace.Edge) searchspace.DAG {
		g, err := searchspace.NewDAG(name, len(ops), ops, edges)
		require.NoError(t, err)
		return g
	}
	stem := part("stem", []string{"conv", "pool"}, searchspace.Edge{From: 0, To: 1})
	head := part("head", []string{"dense", "end"}, searchspace.Edge{From: 0, To: 1, Op: "skip"})
	assert.NoError(t, space.Validate(searchspace.NewArch(stem, head)))

	for name, parts := range map[string][]searchspace.DAG{
		"none":                    {},
		"one too few":             {stem},
		"one too many":            {stem, head, head},
		"the wrong way round":     {head, stem},
		"other name":              {part("body", []string{"conv", "pool"}), head},
		"node too few":            {part("stem", []string{"conv"}), head},
		"node too many":           {part("stem", []string{"conv", "conv", "conv"}), head},
		"goes on after its last":  {stem, part("head", []string{"end", "dense"})},
		"does not reach its last": {stem, part("head", []string{"dense", "dense"})},
		"never ends":              {stem, part("head", []string{"dense", "dense", "dense"})},
		"unknown node operation":  {part("stem", []string{"conv", "dense"}), head},
		"unknown edge operation":  {stem, part("head", []string{"dense", "end"}, searchspace.Edge{From: 0, To: 1, Op: "add"})},
		"no edge as an edge":      {stem, part("head", []string{"dense", "end"}, searchspace.Edge{From: 0, To: 1, Op: "none"})},
		"edge without operation":  {stem, part("head", []string{"dense", "end"}, searchspace.Edge{From: 0, To: 1})},
		"edge with operation": {
			part("stem", []string{"conv", "pool"}, searchspace.Edge{From: 0, To: 1, Op: "skip"}), head},
	} {
		t.Run(name, func(t *testing.T) {
			err := space.Validate(searchspace.NewArch(slices.Clone(parts)...))
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "two:")
		})
	}
}
