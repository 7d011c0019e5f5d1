package f32

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestEdgeGemm compares with a product of whole rows, for rows with different shares of zeros.
func TestEdgeGemm(t *testing.T) {
	eachImplementation(t, func(t *testing.T) { rapid.Check(t, testEdgeGemm) })
}

// TestGemmSparse compares with a product of whole rows, for matrices with different shares of zeros.
func TestGemmSparse(t *testing.T) {
	eachImplementation(t, func(t *testing.T) { rapid.Check(t, testGemmSparse) })
}

func testGemmSparse(t *rapid.T) {
	rng := newRand()
	m := rapid.SampledFrom([]int{0, 1, 15, 16, 128, 256, 272}).Draw(t, "m")
	k, n := rapid.SampledFrom([]int{1, 24, 64, 130}).Draw(t, "k"), rapid.SampledFrom([]int{24, 64, 128}).Draw(t, "n")
	lda, ldb, ldc := k+rapid.IntRange(0, 3).Draw(t, "more"), n+2, n+3
	a, b, want := random(rng, m*lda), random(rng, m*ldb), random(rng, k*ldc)
	zeros := rapid.Float64Range(0, 1).Draw(t, "zeros")
	for i := range a {
		if rng.Float64() < zeros {
			a[i] = 0
		}
	}
	beta := float32(rapid.IntRange(0, 1).Draw(t, "beta"))
	got := slices.Clone(want)
	Gemm(true, false, k, n, m, 1, a, lda, b, ldb, beta, want, ldc)
	GemmSparse(m, k, n, a, lda, b, ldb, beta, got, ldc)
	sameBits(t, "C", got, want)
}

func testEdgeGemm(t *rapid.T) {
	rng := newRand()
	k, n := 16*rapid.IntRange(1, 17).Draw(t, "k"), rapid.SampledFrom([]int{24, 64, 100, 128}).Draw(t, "n")
	g := newGraph(rng, 9, rapid.SampledFrom([]int{0, 1, 63, 64, 150}).Draw(t, "edges"))
	ldq, ldr, ldc := k+rapid.IntRange(0, 3).Draw(t, "more"), k+5, n+3
	q, r, b := random(rng, g.nodes*ldq), random(rng, g.classes*ldr), random(rng, k*n)
	bias := float32(rapid.SampledFrom([]float64{-9, -1, 0, 1, 9}).Draw(t, "bias"))
	for i := range r {
		r[i] += bias
	}
	if rapid.Bool().Draw(t, "NaN") {
		q[k/2] = float32(math.NaN())
	}
	edges := len(g.from)
	hidden, want := make([]float32, edges*k), make([]float32, edges*ldc)
	EdgeReLU(k, q, ldq, r, ldr, g.from, g.to, g.class, hidden)
	Gemm(false, false, edges, n, k, 1, hidden, k, b, n, 0, want, ldc)
	got := slices.Clone(want)
	for e := range edges {
		for j := range n {
			got[e*ldc+j] = 7 // to be overwritten
		}
	}
	panels := Pack(k, n, b, n, make([]float32, PanelSpace(edges, k, n)))
	EdgeGemm(panels, q, ldq, r, ldr, g.from, g.to, g.class, got, ldc)
	sameBits(t, "C", got, want)
}
