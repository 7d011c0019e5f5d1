package rankcorr_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/rankcorr"
)

func ExampleSpearman() {
	fmt.Printf("%.3f\n", rankcorr.Spearman([]float64{1, 2, 3, 100}, []float64{10, 30, 20, 40}))
	// Output: 0.800
}

func TestSpearman(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Map(rapid.IntRange(-20, 20), func(i int) float64 { return float64(i) })
		a := rapid.SliceOfNDistinct(value, 2, 30, rapid.ID[float64]).Draw(t, "a")
		b := rapid.SliceOfN(value, len(a), len(a)).Draw(t, "b")
		grown, turned := make([]float64, len(a)), make([]float64, len(a))
		for i, v := range a {
			grown[i], turned[i] = math.Exp(v), -v
		}
		assert.InDelta(t, 1, rankcorr.Spearman(a, grown), 1e-12)
		assert.InDelta(t, -1, rankcorr.Spearman(a, turned), 1e-12)
		b[0], b[1] = 0, 1 // ensure that they are not all equal
		rho := rankcorr.Spearman(a, b)
		assert.InDelta(t, rho, rankcorr.Spearman(grown, b), 1e-12)
		assert.InDelta(t, -rho, rankcorr.Spearman(b, turned), 1e-12)
	})
}

func TestEqualValuesShareTheirRank(t *testing.T) {
	// The ranks are 0, 1.5, 1.5, 3 and 0.5, 0.5, 2, 3: covariance 3.75, variances 4.5 and 4.5.
	assert.InDelta(t, 3.75/4.5, rankcorr.Spearman([]float64{1, 2, 2, 3}, []float64{5, 5, 6, 7}), 1e-12)
}
