package f32

import (
	"math"
	"slices"
	"testing"
)

// near reports whether x is within the rounding error of a sum of the given number of terms of the
// given size.
func near(x float32, want float64, terms int, size float64) bool {
	return math.Abs(float64(x)-want) <= 1e-7*float64(terms+2)*(size+math.Abs(want))
}

// TestColumns compares the functions for columns with loops in double precision.
func TestColumns(t *testing.T) {
	const rows, pad = 7, 3
	var arenas [6][]float32
	for i := range arenas {
		arenas[i] = newArena(t, rows*300)
	}
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for _, n := range widths() {
			for _, m := range []int{0, 1, rows} {
				ldx, ldy := n+pad, n+2*pad
				x, y := fill(rng, tail(arenas[0], span(m, n, ldx))), fill(rng, tail(arenas[1], span(m, n, ldy)))
				a, b := fill(rng, tail(arenas[2], n)), fill(rng, tail(arenas[3], n))
				sum, square := fill(rng, tail(arenas[4], n)), fill(rng, tail(arenas[5], n))
				sums, squares, products := make([]float64, n), make([]float64, n), make([]float64, n)
				for j := range n {
					sums[j], squares[j], products[j] = float64(sum[j]), float64(square[j]), float64(b[j])
					for i := range m {
						d := float64(x[i*ldx+j]) - float64(a[j])
						sums[j] += d
						squares[j] += d * d
						products[j] += d * float64(y[i*ldy+j])
					}
				}
				plain, relu := slices.Clone(y), slices.Clone(y)
				ScaleShift(m, n, x, ldx, a, b, plain, ldy)
				ScaleShiftReLU(m, n, x, ldx, a, b, relu, ldy)
				for i := range m {
					for j := range n {
						want := float64(a[j])*float64(x[i*ldx+j]) + float64(b[j])
						if !near(plain[i*ldy+j], want, 2, 1) || relu[i*ldy+j] != max(0, plain[i*ldy+j]) {
							t.Fatalf("ScaleShift %d×%d", m, n)
						}
						plain[i*ldy+j], relu[i*ldy+j] = y[i*ldy+j], y[i*ldy+j]
					}
				}
				if !slices.Equal(plain, y) || !slices.Equal(relu, y) {
					t.Fatalf("ScaleShift %d×%d writes between the rows", m, n)
				}
				Moments(m, n, x, ldx, a, sum, square)
				SumProducts(m, n, x, ldx, a, y, ldy, b)
				for j := range n {
					if !near(sum[j], sums[j], m, 10) || !near(square[j], squares[j], m, 30) || !near(b[j], products[j], m, 30) {
						t.Fatalf("Moments or SumProducts %d×%d", m, n)
					}
				}
			}
		}
	})
}

// TestAddTaps compares with a loop, with overlapping and other steps.
func TestAddTaps(t *testing.T) {
	var arenas [3][]float32
	for i := range arenas {
		arenas[i] = newArena(t, 20*300)
	}
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for _, n := range widths() {
			for _, s := range []struct{ m, k, ldx, step, ldy int }{{0, 3, n, n, n}, {4, 0, n, n, n}, {1, 1, 0, 0, n}, {5, 3, n, n, n + 2}, {3, 5, 2 * n, 3 * n, n}} {
				x := fill(rng, tail(arenas[0], max(0, (s.m-1)*s.ldx+max(0, s.k-1)*s.step+n)))
				w, y := fill(rng, tail(arenas[1], s.k*n)), fill(rng, tail(arenas[2], span(s.m, n, s.ldy)))
				before := slices.Clone(y)
				AddTaps(s.m, n, s.k, x, s.ldx, s.step, w, y, s.ldy)
				for i := range s.m {
					for j := range n {
						want := float64(before[i*s.ldy+j])
						for k := range s.k {
							want += float64(w[k*n+j]) * float64(x[i*s.ldx+k*s.step+j])
						}
						if !near(y[i*s.ldy+j], want, s.k, 10) {
							t.Fatalf("width %d, %+v: y[%d][%d] is %v, want %v", n, s, i, j, y[i*s.ldy+j], want)
						}
					}
				}
			}
		}
	})
}

// TestGemmWindows compares with Gemm on a copy of the windows.
func TestGemmWindows(t *testing.T) {
	as, bs, cs := newArena(t, 4000), newArena(t, 4000), newArena(t, 4000)
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for _, s := range []struct{ m, n, k, step int }{{1, 1, 1, 0}, {8, 8, 24, 8}, {30, 16, 48, 16}, {7, 5, 9, 6}, {3, 70, 12, 20}, {4, 4, 0, 1}, {0, 4, 4, 1}} {
			for _, trans := range []bool{false, true} {
				windows, width := s.m, s.k
				if trans {
					windows, width = s.k, s.m
				}
				a := fill(rng, tail(as, max(0, (windows-1)*s.step+width)))
				b, c := fill(rng, tail(bs, s.k*s.n)), fill(rng, tail(cs, s.m*s.n))
				written := make([]float32, windows*width)
				for i := range windows {
					copy(written[i*width:(i+1)*width], a[min(i*s.step, len(a)):])
				}
				want := slices.Clone(c)
				Gemm(trans, false, s.m, s.n, s.k, 1, written, width, b, s.n, 1, want, s.n)
				GemmWindows(trans, s.m, s.n, s.k, a, s.step, b, s.n, 1, c, s.n)
				if !slices.Equal(c, want) {
					t.Fatalf("%+v, transposed %v", s, trans)
				}
			}
		}
	})
}
