//go:build !purego

package f32

import (
	"slices"
	"testing"
)

// The panels that a product is divided into do not affect the result.
func TestPanelsOfEveryWidthGiveTheSameBits(t *testing.T) {
	before := fullWidth
	defer func() { fullWidth = before }()
	eachImplementation(t, func(t *testing.T) {
		rng := newRand()
		for n := 1; n <= 140; n++ {
			for _, m := range []int{1, 7, 13} {
				const k = 19
				p := &product{m: m, n: n, k: k, alpha: 1, beta: 1, a: random(rng, m*k), b: random(rng, k*n), lda: k, ldb: n, ldc: n}
				start := random(rng, m*n)
				var results [2][]float32
				for i, full := range []bool{false, true} {
					fullWidth = full
					p.c = slices.Clone(start)
					p.run()
					results[i] = p.c
				}
				if !slices.Equal(results[0], results[1]) {
					t.Fatalf("%v: panels for registers of full and of half width disagree", p)
				}
			}
		}
	})
}
