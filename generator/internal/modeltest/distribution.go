package modeltest

import (
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/graphpnas/graphpnas/searchspace"
)

// RequireFrequencies compares the frequencies of drawn architectures with their probabilities p,
// with a chi-square test over all architectures of a space. It pools rare ones.
func RequireFrequencies(t require.TestingT, all []searchspace.Arch, p []float64, drawn []searchspace.Arch) {
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
	require.Greater(t, cells, 1, "nearly all probability is on one architecture, so the test would be vacuous")
	pValue := distuv.ChiSquared{K: float64(cells - 1)}.Survival(statistic)
	require.Greater(t, pValue, 1e-4, "chi-square %v of %d cells", statistic, cells)
}

// Sum returns the sum of x.
func Sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}
