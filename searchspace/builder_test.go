package searchspace_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestEveryPathEndsInAMember(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := anySpace(t)
		a, taken := walk(t, space.Start())
		require.NoError(t, space.Validate(a))
		steps, err := searchspace.Path(space, a)
		require.NoError(t, err)
		require.Equal(t, len(taken), len(steps))
		for i := range taken {
			require.Equal(t, taken[i], steps[i])
		}
	})
}

func TestArchHasTheDecisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := anySpace(t)
		a, steps := walk(t, space.Start())
		parts := space.Parts()
		require.Equal(t, len(parts), a.NumParts())
		for i, part := range parts {
			require.Equal(t, part.Name, a.Part(i).Name())
		}
		for _, s := range steps {
			part, g := parts[s.Part], a.Part(s.Part)
			switch s.Kind {
			case searchspace.NodeOp:
				require.Equal(t, part.NodeOps[s.Value], g.NodeOp(s.Node))
			case searchspace.EdgePresence:
				require.Equal(t, s.Value == 1, g.HasEdge(s.From, s.Node))
			case searchspace.EdgeOp:
				require.Equal(t, part.EdgeOps[s.Value], g.EdgeOp(s.From, s.Node))
			case searchspace.NodeField:
				f := part.NodeFields[s.Field]
				require.Equal(t, f.Values[s.Value], g.Node(s.Node).Get(f.Name))
			case searchspace.EdgeField:
				f := part.EdgeFields[s.Field]
				require.Equal(t, f.Values[s.Value], g.EdgeLabel(s.From, s.Node).Get(f.Name))
			}
		}
	})
}

func TestDecisionsComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, steps := walk(t, anySpace(t).Start())
		for i := 1; i < len(steps); i++ {
			a, b := steps[i-1].Decision, steps[i].Decision
			require.Negative(t, compare(place(a), place(b)), "%v, then %v", a, b)
		}
	})
}

// place is the position of a decision in the documented order.
func place(d searchspace.Decision) []int {
	phase := map[searchspace.Kind][]int{
		searchspace.NodeOp: {0, 0, 0}, searchspace.NodeField: {1, 0, 1 + d.Field}, searchspace.EdgePresence: {2, d.From, 0},
		searchspace.EdgeOp: {3, d.From, 0}, searchspace.EdgeField: {3, d.From, 1 + d.Field},
	}
	return append([]int{d.Part, d.Node}, phase[d.Kind]...)
}

// compare compares lists of the same length lexicographically.
func compare(a, b []int) int {
	for i := range a {
		if a[i] != b[i] {
			return a[i] - b[i]
		}
	}
	return 0
}

func TestCloneIsIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := anySpace(t)
		b := space.Start()
		var steps []searchspace.Step
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			if rapid.Bool().Draw(t, "try another way first") {
				other, _ := walk(t, b.Clone())
				require.NoError(t, space.Validate(other))
			}
			again, ok := b.Next()
			require.True(t, ok)
			require.Equal(t, d, again)
			value := rapid.SampledFrom(d.Allowed).Draw(t, "value")
			require.NoError(t, b.Take(value))
			steps = append(steps, searchspace.Step{Decision: d, Value: value})
		}
		a, err := b.Arch()
		require.NoError(t, err)
		path, err := searchspace.Path(space, a)
		require.NoError(t, err)
		require.Equal(t, len(steps), len(path))
		for i := range steps {
			require.Equal(t, steps[i], path[i])
		}
	})
}

func TestTakeRejectsValuesThatAreNotAllowed(t *testing.T) {
	b := searchspace.NASBench101{}.Start()
	for _, value := range []int{-1, 1, 4, 5} {
		assert.ErrorIs(t, b.Take(value), searchspace.ErrInvalid, "the first node is the input and not %d", value)
	}
	_, err := b.Arch()
	assert.ErrorContains(t, err, "node operation of node 0 in part 0 is not decided")

	require.NoError(t, b.Take(0))
	require.NoError(t, b.Take(4))
	assert.ErrorIs(t, b.Take(0), searchspace.ErrInvalid, "the output must read the input")
	d, ok := b.Next()
	require.True(t, ok)
	assert.Equal(t, searchspace.Decision{Kind: searchspace.EdgePresence, Node: 1, From: 0, Allowed: []int{1}}, d)
	assert.Equal(t, "edge 0→1 in part 0", d.String())

	require.NoError(t, b.Take(1))
	_, ok = b.Next()
	assert.False(t, ok)
	assert.ErrorContains(t, b.Take(0), "complete")
	a, err := b.Arch()
	require.NoError(t, err)
	assert.Equal(t, "input; output<0", a.String())
}

func TestKindString(t *testing.T) {
	assert.Equal(t, "node operation", searchspace.NodeOp.String())
	assert.Equal(t, "edge", searchspace.EdgePresence.String())
	assert.Equal(t, "edge operation", searchspace.EdgeOp.String())
	assert.Equal(t, "Kind(7)", searchspace.Kind(7).String())
}

func TestManyOperations(t *testing.T) {
	ops := make([]string, 100)
	for i := range ops {
		ops[i] = string(rune('a' + i))
	}
	space, err := searchspace.New("many", []searchspace.Part{{Name: "p", MaxNodes: 1, NodeOps: ops}})
	require.NoError(t, err)
	b := space.Start()
	d, _ := b.Next()
	assert.Len(t, d.Allowed, 100)
	require.NoError(t, b.Take(99))
	a, err := b.Arch()
	require.NoError(t, err)
	assert.Equal(t, ops[99], a.Part(0).NodeOp(0))
}

func TestARuleMayFilterInPlace(t *testing.T) {
	parts := []searchspace.Part{{Name: "p", MaxNodes: 3, NodeOps: []string{"a", "b", "c"}, EdgeOps: []string{"none", "x", "y"}}}
	free, err := searchspace.New("free", parts)
	require.NoError(t, err)
	filtering, err := searchspace.New("filtering", parts, searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int {
		return slices.DeleteFunc(d.Allowed, func(v int) bool { return v == 1 && d.Kind != searchspace.EdgePresence })
	}))
	require.NoError(t, err)
	for range 2 {
		assert.Equal(t, 27*27, count(t, free))
		assert.Equal(t, 8*8, count(t, filtering))
	}
}
