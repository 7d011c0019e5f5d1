package searchspace_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func randWire(t require.TestingT, nodes ...int) searchspace.RandWire {
	s, err := searchspace.NewRandWire(nodes...)
	require.NoError(t, err)
	return s
}

func TestRandWireHasAllWirings(t *testing.T) {
	assert.Equal(t, new(big.Int).Lsh(big.NewInt(1), 3*32*31/2), membersOfFreeDecisions(t, searchspace.RandWire{}))
	for _, test := range []struct {
		nodes         []int
		ordered, keys int // keys: products of the numbers of unlabeled acyclic graphs, 1, 2, 6, 31, 302 (OEIS A003087)
	}{
		{[]int{1}, 1, 1},
		{[]int{4}, 64, 31},
		{[]int{5}, 1024, 302},
		{[]int{3, 3}, 8 * 8, 6 * 6},
		{[]int{4, 2, 3}, 64 * 2 * 8, 31 * 2 * 6},
	} {
		s := randWire(t, test.nodes...)
		assert.Equal(t, test.ordered, count(t, s))
		keys := map[string]bool{}
		for a, err := range searchspace.Enumerate(s.Start()) {
			require.NoError(t, err)
			keys[s.Key(a)] = true
		}
		assert.Len(t, keys, test.keys, "%v", test.nodes)
	}
}

func TestRandWireKeyIsTheSameForIsomorphicStages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		s := randWire(t, n, n)
		a, b := anyArch(t, s), anyArch(t, s)
		first, second := relabeled(t, a.Part(0), 0).Part(0), relabeled(t, a.Part(1), 0).Part(0)
		require.Equal(t, s.Key(a), s.Key(searchspace.NewArch(first, second)))
		require.Equal(t, s.Key(a) == s.Key(b), s.Key(b) == s.Key(searchspace.NewArch(first, second)))
	})
	s := randWire(t, 3, 3)
	stage := func(name string, edges ...searchspace.Edge) searchspace.DAG {
		g, err := searchspace.NewDAG(name, 3, nil, edges)
		require.NoError(t, err)
		return g
	}
	early, late := searchspace.NewArch(stage("stage1", searchspace.Edge{From: 0, To: 1}), stage("stage2")),
		searchspace.NewArch(stage("stage1"), stage("stage2", searchspace.Edge{From: 0, To: 1}))
	assert.NotEqual(t, s.Key(early), s.Key(late), "the stages have an order")
}

func TestRandWireRejectsNonMembers(t *testing.T) {
	s := randWire(t, 3, 2)
	stage := func(name string, n int, ops []string, edges ...searchspace.Edge) searchspace.DAG {
		g, err := searchspace.NewDAG(name, n, ops, edges)
		require.NoError(t, err)
		return g
	}
	first, second := stage("stage1", 3, nil, searchspace.Edge{From: 0, To: 2}), stage("stage2", 2, nil)
	require.NoError(t, s.Validate(searchspace.NewArch(first, second)))
	for name, a := range map[string]searchspace.Arch{
		"nothing":           {},
		"a stage too few":   searchspace.NewArch(first),
		"another order":     searchspace.NewArch(second, first),
		"another name":      searchspace.NewArch(first, stage("stage3", 2, nil)),
		"a node too many":   searchspace.NewArch(first, stage("stage2", 3, nil)),
		"node operations":   searchspace.NewArch(first, stage("stage2", 2, []string{"conv", "conv"})),
		"an edge operation": searchspace.NewArch(first, stage("stage2", 2, nil, searchspace.Edge{From: 0, To: 1, Op: "conv"})),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, s.Validate(a), searchspace.ErrInvalid)
			assert.Equal(t, a.String(), s.Key(a))
		})
	}
	_, err := searchspace.NewRandWire()
	assert.ErrorContains(t, err, "a RandWire network must have at least 1 stage")
	for _, n := range []int{0, -3} {
		_, err := searchspace.NewRandWire(4, n)
		assert.ErrorContains(t, err, fmt.Sprintf("stage 2 of a RandWire network must have at least 1 node, got %d", n))
	}
}

func TestNeighborsInRandWireDifferInOneEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randWire(t, 5, 4)
		a := anyArch(t, s)
		near, err := searchspace.Neighbors(s, a)
		require.NoError(t, err)
		require.LessOrEqual(t, len(near), 10+6)
		for _, b := range near {
			differ := 0
			for i := range a.NumParts() {
				for to := range a.Part(i).Len() {
					for from := range to {
						if a.Part(i).HasEdge(from, to) != b.Part(i).HasEdge(from, to) {
							differ++
						}
					}
				}
			}
			require.Equal(t, 1, differ)
		}
	})
}

// One network with two numberings has one key.
func ExampleRandWire() {
	space, err := searchspace.NewRandWire(3)
	if err != nil {
		panic(err)
	}
	for _, edge := range []searchspace.Edge{{From: 0, To: 1}, {From: 1, To: 2}} {
		stage, err := searchspace.NewDAG("stage1", 3, nil, []searchspace.Edge{edge})
		if err != nil {
			panic(err)
		}
		a := searchspace.NewArch(stage)
		fmt.Printf("%q has the key %q\n", a, space.Key(a))
	}
	fmt.Println(searchspace.RandWire{}.Name())
	// Output:
	// "; <0; " has the key "; ; <1"
	// "; ; <1" has the key "; ; <1"
	// randwire-32-32-32
}
