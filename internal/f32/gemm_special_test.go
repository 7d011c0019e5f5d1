package f32

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// specials replaces some numbers of x by zeros, infinities and NaN.
func specials(rng *rand.Rand, x []float32) {
	inf := float32(math.Inf(1))
	values := []float32{0, 0, 0, float32(math.Copysign(0, -1)), inf, -inf, nan}
	for range max(1, len(x)/20) {
		x[rng.IntN(len(x))] = values[rng.IntN(len(values))]
	}
}

// TestGemmSpecialValues checks that no term is skipped: zero times infinity must reach C as NaN.
func TestGemmSpecialValues(t *testing.T) {
	eachImplementation(t, func(t *testing.T) {
		rng := newRand()
		arenas := [3][]float32{newArena(t, 9000), newArena(t, 9000), newArena(t, 9000)}
		for range 300 {
			m, n, k := 1+rng.IntN(30), 1+rng.IntN(90), 1+rng.IntN(40)
			a, b, c := random(rng, m*k), random(rng, k*n), random(rng, m*n)
			specials(rng, a)
			specials(rng, b)
			specials(rng, c)
			p := newProduct(arenas, rng.IntN(2) == 0, rng.IntN(2) == 0, m, n, k, rng.IntN(3))
			p.beta = float32(rng.IntN(2))
			p.set(a, b, c)
			p.run()
			want := naive(m, n, k, p.alpha, a, b, p.beta, c)
			for i := range m {
				for j := range n {
					got, w := float64(p.c[i*p.ldc+j]), float64(want[i*n+j])
					if math.IsNaN(w) != math.IsNaN(got) || math.IsInf(w, 1) != math.IsInf(got, 1) || math.IsInf(w, -1) != math.IsInf(got, -1) {
						t.Fatalf("%v: C[%d][%d] is %v, want %v", p, i, j, got, w)
					}
					if math.Abs(got-w) > 1e-4 {
						t.Fatalf("%v: C[%d][%d] is %v, want %v", p, i, j, got, w)
					}
				}
			}
		}
	})
}

func TestGemmZeroTimesInfinity(t *testing.T) {
	eachImplementation(t, func(t *testing.T) {
		c := []float32{7}
		Gemm(false, false, 1, 1, 1, 1, []float32{0}, 1, []float32{float32(math.Inf(1))}, 1, 0, c, 1)
		if c[0] == c[0] {
			t.Errorf("0*Inf is %v", c[0])
		}
		c[0] = nan
		Gemm(false, false, 1, 1, 1, 1, []float32{2}, 1, []float32{3}, 1, 0, c, 1)
		if c[0] != 6 {
			t.Errorf("beta 0 lets the old C through: %v", c[0])
		}
		c[0] = nan
		Gemm(false, false, 1, 1, 0, 1, nil, 1, nil, 1, 0, c, 1)
		if c[0] != 0 {
			t.Errorf("an empty sum is %v", c[0])
		}
	})
}

// TestGemmReproducible repeats products at another address and in several goroutines, and requires
// the same bits.
func TestGemmReproducible(t *testing.T) {
	eachImplementation(t, func(t *testing.T) {
		rng := newRand()
		for _, s := range [][3]int{{20, 152, 24}, {33, 70, 1100}, {300, 24, 24}, {24, 129, 2000}} {
			m, n, k := s[0], s[1], s[2]
			a, b := random(rng, m*k), random(rng, k*n)
			want := make([]float32, m*n)
			Gemm(false, false, m, n, k, 1, a, k, b, n, 0, want, n)
			var wg sync.WaitGroup
			for shift := range 4 {
				wg.Go(func() {
					a := append(make([]float32, shift), a...)[shift:]
					b := append(make([]float32, 2*shift), b...)[2*shift:]
					got := make([]float32, m*n+shift)[shift:]
					Gemm(false, false, m, n, k, 1, a, k, b, n, 0, got, n)
					if !slices.Equal(got, want) {
						t.Errorf("%v: results differ", s)
					}
				})
			}
			wg.Wait()
		}
	})
}

// TestGemmVectorKernelsAgree requires the same bits from AVX2 and AVX-512.
func TestGemmVectorKernelsAgree(t *testing.T) {
	if best() != avx512 {
		t.Skip("no AVX-512")
	}
	rng := newRand()
	for range 50 {
		m, n, k := 1+rng.IntN(50), 1+rng.IntN(200), 1+rng.IntN(1200)
		a, b, c := random(rng, m*k), random(rng, k*n), random(rng, m*n)
		var got [2][]float32
		for i, impl := range []implementation{avx2, avx512} {
			active = impl
			got[i] = slices.Clone(c)
			Gemm(true, false, m, n, k, 1.5, a, m, b, n, 0.5, got[i], n)
		}
		if !slices.Equal(got[0], got[1]) {
			t.Fatalf("m %d n %d k %d: results differ", m, n, k)
		}
	}
	active = best()
}

func TestGemmAllocates(t *testing.T) {
	a, b, c := make([]float32, 600), make([]float32, 600), make([]float32, 900)
	for _, transB := range []bool{false, true} {
		run := func() { Gemm(false, transB, 30, 20, 20, 1, a, 20, b, 20, 1, c, 20) }
		if n := testing.AllocsPerRun(100, run); n >= 1 {
			t.Errorf("transB %v: %v allocations", transB, n)
		}
	}
}

func TestGemmPanics(t *testing.T) {
	x := make([]float32, 100)
	for name, call := range map[string]func(){
		"negative":   func() { Gemm(false, false, -1, 1, 1, 1, x, 1, x, 1, 0, x, 1) },
		"short A":    func() { Gemm(false, false, 10, 1, 11, 1, x, 11, x, 1, 0, x, 1) },
		"short B":    func() { Gemm(false, false, 1, 10, 11, 1, x, 11, x, 10, 0, x, 10) },
		"short C":    func() { Gemm(false, false, 11, 10, 1, 1, x, 1, x, 10, 0, x, 10) },
		"stride":     func() { Gemm(false, false, 5, 5, 5, 1, x, 4, x, 5, 0, x, 5) },
		"short A, T": func() { Gemm(true, false, 11, 1, 10, 1, x, 10, x, 1, 0, x, 1) },
		"short B, T": func() { Gemm(false, true, 1, 11, 10, 1, x, 10, x, 9, 0, x, 11) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}
