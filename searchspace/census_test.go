package searchspace_test

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// countable draws a space with rules that can be counted, which may be empty.
func countable(t *rapid.T) (searchspace.Space, error) {
	parts := tinyParts(t)
	var rules []searchspace.Rule
	if rapid.Bool().Draw(t, "limited") {
		c := cost(rapid.Uint64().Draw(t, "costs"), true, rapid.Bool().Draw(t, "edges cost"))
		rules = append(rules, searchspace.AtMost("limit", float64(rapid.IntRange(-6, 12).Draw(t, "limit")), c))
	}
	if rapid.Bool().Draw(t, "the same operations") && parts[0].NodeOps != nil && parts[0].Last == "" {
		rules = append(rules, searchspace.Same(
			searchspace.Place{Part: "a", Field: "op"}, searchspace.Place{Part: "a", Node: parts[0].MaxNodes - 1, Field: "op"}))
	}
	if rapid.Bool().Draw(t, "connected") {
		parts[0].Rules = append(parts[0].Rules, searchspace.Connected())
	}
	if rapid.Bool().Draw(t, "restricted") {
		s, err := searchspace.New("free", parts)
		require.NoError(t, err)
		return searchspace.Restrict(s, rules...)
	}
	return searchspace.New("ruled", parts, rules...)
}

func TestACensusListsTheMembersInTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := countable(t)
		if err != nil {
			require.ErrorIs(t, err, searchspace.ErrDeadEnd)
			return
		}
		want := members(t, s)
		c, err := searchspace.NewCensus(s)
		require.NoError(t, err)
		require.Equal(t, int64(len(want)), c.Size().Int64())
		for range 5 {
			i := rapid.IntRange(0, len(want)-1).Draw(t, "member")
			a, err := c.At(big.NewInt(int64(i)))
			require.NoError(t, err)
			require.Equal(t, want[i], a.String())
		}
		_, err = c.At(c.Size())
		require.Error(t, err)
		_, err = c.At(big.NewInt(-1))
		require.Error(t, err)
	})
}

func TestSizesOfThePublishedSpaces(t *testing.T) {
	power := func(base, exponent int64) *big.Int {
		return new(big.Int).Exp(big.NewInt(base), big.NewInt(exponent), nil)
	}
	cells := big.NewInt(1_037_664_180)
	blocks, err := searchspace.New("blocks", []searchspace.Part{
		searchspace.Chain("net", 20, 20, nil, searchspace.Ordered("kernel", 3, 5, 7), searchspace.Ordered("expand", 3, 6)),
	})
	require.NoError(t, err)
	for _, test := range []struct {
		space searchspace.Space
		want  *big.Int
	}{
		{searchspace.NASBench201{}, big.NewInt(15_625)},
		{searchspace.ENASMacro{}, new(big.Int).Mul(power(6, 12), power(2, 66))},
		{searchspace.RandWire{}, power(2, 1488)},
		{searchspace.DARTS{}, new(big.Int).Mul(cells, cells)},
		{blocks, power(6, 20)},
	} {
		c, err := searchspace.NewCensus(test.space)
		require.NoError(t, err, test.space.Name())
		assert.Equal(t, test.want, c.Size(), test.space.Name())
		archs, err := c.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 2)
		require.NoError(t, err)
		for _, a := range archs {
			assert.NoError(t, test.space.Validate(a))
		}
	}
}

// A census, or a user's wrapper of a Builder, may ask for the memory at any time.
func TestBuildersHaveAMemoryAtEveryDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := countable(t)
		if err != nil {
			return
		}
		b := s.Start()
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			_, ok := b.(searchspace.Forgetful).Memory()
			require.True(t, ok)
			require.NoError(t, b.Take(rapid.SampledFrom(d.Allowed).Draw(t, "value")))
		}
		_, ok := b.(searchspace.Forgetful).Memory()
		require.True(t, ok)
	})
}

// Of two members, uniform decisions draw the first in three quarters of the cases, and a census in
// half of them.
func TestACensusDrawsUniformly(t *testing.T) {
	s, err := searchspace.New("skewed", []searchspace.Part{{Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "end"}, Last: "end"}})
	require.NoError(t, err)
	c, err := searchspace.NewCensus(s)
	require.NoError(t, err)
	const n = 11_000
	archs, err := c.Sample(context.Background(), rand.New(rand.NewPCG(1, 2)), n)
	require.NoError(t, err)
	counts := map[string]float64{}
	for _, a := range archs {
		counts[a.String()]++
	}
	size := float64(c.Size().Int64())
	require.Len(t, counts, int(size))
	chi := 0.0
	for _, k := range counts {
		chi += (k - n/size) * (k - n/size) / (n / size)
	}
	assert.Less(t, chi, 29.6, "the 99.9th percentile with 10 degrees of freedom")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = c.Sample(ctx, rand.New(rand.NewPCG(1, 2)), 1)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestUncountableSpaces(t *testing.T) {
	s, err := searchspace.New("s", []searchspace.Part{{Name: "cell", MaxNodes: 3}},
		searchspace.Named("all values", func(_ *searchspace.Draft, d searchspace.Decision) []int { return d.Allowed }))
	require.NoError(t, err)
	for _, s := range []searchspace.Space{s, restricted(t, s)} {
		_, err = searchspace.NewCensus(s)
		assert.ErrorIs(t, err, searchspace.ErrUncountable)
		assert.ErrorContains(t, err, `counting s: the space cannot be counted: rule "all values" must implement ForgetfulRule; EstimateSize`)
	}
	large, err := searchspace.Restrict(searchspace.RandWire{}, searchspace.Connected())
	require.NoError(t, err)
	_, err = searchspace.NewCensus(large)
	assert.ErrorIs(t, err, searchspace.ErrUncountable)
	assert.ErrorContains(t, err, "counting randwire-32-32-32")
}

// restricted adds a rule that can be counted.
func restricted(t *testing.T, space searchspace.Space) searchspace.Space {
	r, err := searchspace.Restrict(space, searchspace.Inputs(0, 2))
	require.NoError(t, err)
	return r
}
