package oracle_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// TestSharesGrow checks that shares grow image by image, and contain the same share of each class up to rounding.
func TestSharesGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 8).Draw(t, "counts")
		var labels []int
		for class, count := range counts {
			labels = append(labels, slices.Repeat([]int{class}, count)...)
		}
		labels = rapid.Permutation(labels).Draw(t, "labels")
		smaller := map[int]bool{}
		for n := range len(labels) + 1 {
			chosen := oracle.Share(labels, n)
			require.Len(t, chosen, n)
			require.True(t, slices.IsSorted(chosen))
			larger, taken := map[int]bool{}, make([]int, len(counts))
			for _, i := range chosen {
				larger[i] = true
				taken[labels[i]]++
			}
			require.Len(t, larger, n, "no image is repeated")
			for i := range smaller {
				require.True(t, larger[i], "image %d of %d, not of %d", i, n-1, n)
			}
			smaller = larger
			least, most := 0.0, 1.0 // bounds of a share that gives these counts in all classes
			for class, count := range counts {
				if count > 0 {
					least = math.Max(least, (float64(taken[class])-0.5)/float64(count))
					most = math.Min(most, (float64(taken[class])+0.5)/float64(count))
				}
			}
			require.LessOrEqual(t, least, most+1e-12, "%d of %d", taken, counts)
		}
	})
}
