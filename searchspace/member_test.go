package searchspace_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ruledChain draws a space with a chain of fixed or variable length, alone or beside another part,
// with and without further rules.
func ruledChain(t *rapid.T) *searchspace.Sequential {
	least := rapid.IntRange(1, 4).Draw(t, "least")
	chain := searchspace.Chain("chain", least, least+rapid.IntRange(0, 2).Draw(t, "more"),
		rapid.SampledFrom([][]string{nil, {"conv", "pool"}}).Draw(t, "operations"), searchspace.Ordered("kernel", 3, 5, 7))
	if rapid.Bool().Draw(t, "edges carry operations") {
		chain.EdgeOps = []string{"none", "plain", "scaled"}
	}
	parts := []searchspace.Part{chain}
	if rapid.Bool().Draw(t, "has another part") {
		parts = append(parts, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeFields: []searchspace.Field{searchspace.Bool("wide")}})
	}
	kernel, first := func(_ string, _ int, l searchspace.Label) float64 { return l.Float("kernel") }, searchspace.Place{Part: "chain", Field: "kernel"}
	space, err := searchspace.NewUnprobed("chains", parts, rapid.SampledFrom([]searchspace.Rule{
		nil,
		searchspace.AtMost("nodes cost", 14, searchspace.Cost{Node: kernel}),
		searchspace.AtMost("edges cost", 4, searchspace.Cost{Edge: func(string, int, int, searchspace.Label) float64 { return 1 }}),
		searchspace.Same(first, first),
		searchspace.Connected(),
		arbitraryRule(1),
	}).Draw(t, "rule"))
	if err != nil {
		t.Skip(err)
	}
	return space
}

// tweaked returns parts that differ slightly from the given ones and have no rules.
func tweaked(t *rapid.T, parts []searchspace.Part) []searchspace.Part {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Rules = nil
	}
	p := &parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")]
	switch rapid.IntRange(0, 8).Draw(t, "what differs") {
	case 0:
		p.Name += "'"
	case 1:
		p.MaxNodes++
	case 2:
		p.MinNodes = 0
	case 3:
		p.NodeOps, p.Last, p.MinNodes = nil, "", 0
	case 4:
		p.NodeOps, p.Last, p.MinNodes = append([]string{"another"}, p.NodeOps...), "", 0
	case 5:
		p.EdgeOps = append(slices.Clone(p.EdgeOps), "another", "one more")
	case 6:
		p.NodeFields = append(slices.Clone(p.NodeFields), searchspace.Bool("another"))
	case 7:
		p.EdgeFields = append(slices.Clone(p.EdgeFields), searchspace.Bool("another"))
	}
	return parts
}

// Exactly the members are recognized without following their decisions.
func TestMembersAreRecognized(t *testing.T) {
	members, others := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.OneOf(rapid.Custom(ruledChain), rapid.Custom(func(t *rapid.T) *searchspace.Sequential { return customSpace(t, 4) })).Draw(t, "space")
		for range 5 {
			like, err := searchspace.NewUnprobed("like", tweaked(t, space.Parts()))
			if err != nil {
				continue // a field depends on a removed operation
			}
			a := anyArch(t, like)
			_, err = searchspace.Path(space, a)
			require.Equal(t, err == nil, searchspace.Contains(space, a), "%v: %v", a, err)
			if err == nil {
				members++
				require.NoError(t, space.Validate(a))
			} else {
				others++
				require.Equal(t, err, space.Validate(a))
			}
		}
	})
	assert.NotZero(t, members)
	assert.NotZero(t, others)
}

// unskipping is a space whose builders do not skip.
type unskipping struct{ searchspace.Space }

func (u unskipping) Start() searchspace.Builder { return plainBuilder{u.Space.Start()} }

type plainBuilder struct{ searchspace.Builder }

func (p plainBuilder) Clone() searchspace.Builder { return plainBuilder{p.Builder.Clone()} }

func TestSkipTakesDecisionsWithoutAChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := ruledChain(t)
		skipping, stepping := space.Start(), unskipping{space}.Start()
		for {
			for range searchspace.Skip(skipping) {
				d, ok := stepping.Next()
				require.True(t, ok)
				require.Len(t, d.Allowed, 1)
				require.NoError(t, stepping.Take(d.Allowed[0]))
			}
			require.Zero(t, searchspace.Skip(stepping))
			want, more := stepping.Next()
			d, ok := skipping.Next()
			require.Equal(t, more, ok)
			require.Equal(t, want, d)
			if !ok {
				break
			}
			if len(d.Allowed) == 0 {
				return
			}
			value := rapid.SampledFrom(d.Allowed).Draw(t, "value")
			require.NoError(t, skipping.Take(value))
			require.NoError(t, stepping.Take(value))
			if rapid.Bool().Draw(t, "clone") {
				skipping = skipping.Clone()
			}
		}
		want, err := stepping.Arch()
		require.NoError(t, err)
		a, err := skipping.Arch()
		require.NoError(t, err)
		require.True(t, want.Equal(a))
	})
}

func TestSkippingTakesAllEdgesOfAChain(t *testing.T) {
	space, err := searchspace.New("chain", []searchspace.Part{searchspace.Chain("c", 20, 20, []string{"a", "b"})})
	require.NoError(t, err)
	skipped := 0
	b := space.Start()
	for {
		skipped += searchspace.Skip(b)
		d, ok := b.Next()
		if !ok {
			break
		}
		require.Equal(t, searchspace.NodeOp, d.Kind)
		require.NoError(t, b.Take(1))
	}
	assert.Equal(t, 190, skipped)
}

func TestNeighborsDoNotDependOnSkipping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := ruledChain(t)
		b := space.Start()
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			if len(d.Allowed) == 0 {
				t.Skip("a dead end")
			}
			require.NoError(t, b.Take(rapid.SampledFrom(d.Allowed).Draw(t, "value")))
		}
		a, err := b.Arch()
		require.NoError(t, err)
		seed := rapid.Uint64().Draw(t, "seed")
		near, wantNear := nearby(space, a, seed), nearby(unskipping{space}, a, seed)
		require.Equal(t, wantNear, near)
	})
}

// nearby returns the neighbors and mutations of an architecture, and the errors, as text.
func nearby(space searchspace.Space, a searchspace.Arch, seed uint64) []string {
	near, err := searchspace.Neighbors(space, a)
	all := []string{fmt.Sprint(err)}
	for _, b := range near {
		all = append(all, b.String())
	}
	for b, err := range searchspace.Mutations(space, a, rand.New(rand.NewPCG(seed, 1))) {
		all = append(all, fmt.Sprint(b, err))
	}
	return all
}
