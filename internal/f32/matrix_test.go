package f32

import (
	"math"
	"slices"
	"testing"
)

// widths lists the widths of rows to test: all up to a few vectors, and those of the networks.
func widths() []int {
	var all []int
	for w := range 51 {
		all = append(all, w)
	}
	return append(all, 128, 152, 256)
}

// TestBias compares AddBias, AddBiasReLU and SumRows with loops, bit by bit, because both the
// number of rounding steps and their order are specified.
func TestBias(t *testing.T) {
	const m, pad = 5, 3
	xs, biases := newArena(t, m*300), newArena(t, 300)
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for _, n := range widths() {
			for _, rows := range []int{0, 1, m} {
				ld := n + pad
				x := fill(rng, tail(xs, span(rows, n, ld)))
				bias := fill(rng, tail(biases, n))
				sums, relu, colSums := slices.Clone(x), slices.Clone(x), slices.Clone(bias)
				for i := range rows {
					for j, b := range bias {
						sums[i*ld+j] += b
						relu[i*ld+j] = max(0, sums[i*ld+j])
						colSums[j] += x[i*ld+j]
					}
				}
				before := slices.Clone(x)
				AddBias(rows, n, x, ld, bias)
				if !slices.Equal(x, sums) {
					t.Fatalf("AddBias %d×%d", rows, n)
				}
				copy(x, before)
				AddBiasReLU(rows, n, x, ld, bias)
				if !slices.Equal(x, relu) {
					t.Fatalf("AddBiasReLU %d×%d", rows, n)
				}
				copy(x, before)
				SumRows(rows, n, x, ld, bias)
				if !slices.Equal(bias, colSums) {
					t.Fatalf("SumRows %d×%d", rows, n)
				}
			}
		}
	})
}

func TestTranspose(t *testing.T) {
	srcs, dsts := newArena(t, 90*90), newArena(t, 90*90)
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for m := range 50 {
			for _, n := range widths()[:50] {
				pad := (m + n) % 3
				lds, ldd := n+pad, m+2*pad
				src := fill(rng, tail(srcs, span(m, n, lds)))
				dst := fill(rng, tail(dsts, span(n, m, ldd)))
				want := slices.Clone(dst)
				for i := range m {
					for j := range n {
						want[j*ldd+i] = src[i*lds+j]
					}
				}
				Transpose(m, n, src, lds, dst, ldd)
				if !slices.Equal(dst, want) {
					t.Fatalf("%d×%d", m, n)
				}
			}
		}
	})
}

// TestAdam makes several steps and compares with double precision.
func TestAdam(t *testing.T) {
	const beta1, beta2, lr, eps, gscale = 0.9, 0.999, 1e-2, 1e-8, 0.5
	var arenas [3 + maxGradients][]float32
	for i := range arenas {
		arenas[i] = newArena(t, 300)
	}
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for _, n := range widths() {
			p := fill(rng, tail(arenas[0], n))
			m, v := tail(arenas[1], n), tail(arenas[2], n)
			clear(m)
			clear(v)
			want := make([]float64, n)
			for i := range p {
				want[i] = float64(p[i])
			}
			m64, v64 := make([]float64, n), make([]float64, n)
			for step := 1.0; step <= maxGradients; step++ {
				var gs [][]float32
				for i := range int(step) {
					gs = append(gs, fill(rng, tail(arenas[3+i], n)))
				}
				c1, c2 := 1-math.Pow(beta1, step), math.Sqrt(1-math.Pow(beta2, step))
				for i := range want {
					g := 0.0
					for _, x := range gs {
						g += float64(x[i])
					}
					g *= gscale
					m64[i] = beta1*m64[i] + (1-beta1)*g
					v64[i] = beta2*v64[i] + (1-beta2)*g*g
					want[i] -= lr / c1 * m64[i] / (math.Sqrt(v64[i])/c2 + eps)
				}
				Adam(p, m, v, gs, gscale, beta1, beta2, float32(lr/c1), float32(c2), eps)
			}
			for i := range p {
				if math.Abs(float64(p[i])-want[i]) > 2e-6*(1+math.Abs(want[i])) {
					t.Fatalf("n %d: p[%d] is %v, want %v", n, i, p[i], want[i])
				}
			}
		}
	})
}
