package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The tests in this file compare the assembly with the rules in the package comment, written as
// formulas in Go.

// fused returns x*y + z with one rounding.
func fused(x, y, z float32) float32 {
	p, t := float64(x)*float64(y), float64(z) // the product is exact
	s := p + t
	b := s - p
	lost := (p - (s - b)) + (t - b)
	if bits := math.Float64bits(s); lost != 0 && !math.IsInf(s, 0) && !math.IsNaN(lost) && bits&1 == 0 {
		// Rounding to odd first makes only the second rounding count.
		if (lost > 0) == (s > 0) {
			s = math.Float64frombits(bits + 1)
		} else {
			s = math.Float64frombits(bits - 1)
		}
	}
	return float32(s)
}

// times and plus keep the compiler from fusing operations.
func times(x, y float32) float32 { return float32(x * y) }
func plus(x, y float32) float32  { return float32(x + y) }

func expBits(x float32, negate bool) float32 {
	lo, hi, factor := float32(expMin), float32(expMax), float32(log2e)
	if negate {
		lo, hi, factor = -expMax, 87, -factor
	}
	if x < lo {
		x = lo
	} else if x > hi {
		x = hi
	}
	n := float32(math.RoundToEven(float64(times(x, factor))))
	if negate {
		x = -x
	}
	r := fused(-n, ln2Hi, x)
	r = fused(-n, ln2Lo, r)
	p := float32(1.9875691500e-4)
	for _, c := range []float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		p = fused(p, r, c)
	}
	r = plus(fused(p, times(r, r), r), 1)
	if r != r {
		return r
	}
	return float32(math.Ldexp(float64(r), int(n)))
}

func sigmoidBits(x float32) float32 { return 1 / plus(1, expBits(x, true)) }

func tanhBits(x float32) float32 {
	abs := float32(math.Abs(float64(x)))
	if abs < tanhSplit {
		z := times(x, x)
		p := float32(-5.70498872745e-3)
		for _, c := range []float32{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
			p = fused(p, z, c)
		}
		return fused(times(p, z), x, x)
	}
	large := plus(1, -(2 / plus(1, expBits(plus(abs, abs), false))))
	return float32(math.Copysign(float64(large), float64(x)))
}

// sameBits fails unless got equals want to the bit or both are NaN.
func sameBits(t rapid.TB, what string, got, want []float32) {
	t.Helper()
	for i, g := range got {
		if w := want[i]; math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
			t.Fatalf("%v: %s[%d of %d] is %v (%#x), want %v (%#x)", active, what, i, len(got), g, math.Float32bits(g), w, math.Float32bits(w))
		}
	}
}

// eachAssembly runs a test with every implementation in assembly.
func eachAssembly(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if best() == generic {
		t.Skip("no assembly for this processor")
	}
	for _, i := range implementations()[1:] {
		t.Run(i.String(), func(t *testing.T) {
			use(t, i)
			test(t)
		})
	}
}

func TestBitsOfElementwiseFunctions(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		for _, f := range []struct {
			name    string
			run     func(dst, a, b []float32)
			formula func(dst, a, b float32) float32
		}{
			{"Add", Add, func(_, a, b float32) float32 { return a + b }},
			{"Max", Max, func(_, a, b float32) float32 {
				if a > b || a != a {
					return a + 0
				}
				return b + 0
			}},
			{"TakeEqual", func(dst, a, b []float32) { TakeEqual(a, slices.Repeat([]float32{1}, len(a)), b, dst) }, func(dst, a, b float32) float32 {
				if a == 1 {
					return dst + b
				}
				return dst + 0
			}},
			{"ReLU", func(dst, a, _ []float32) { ReLU(dst, a) }, func(_, a, _ float32) float32 {
				if a < 0 {
					return 0
				}
				return a
			}},
			{"Axpy", func(dst, a, _ []float32) { Axpy(half, a, dst) }, func(dst, a, _ float32) float32 { return fused(half, a, dst) }},
			{"Scale", func(dst, _, _ []float32) { Scale(half, dst) }, func(dst, _, _ float32) float32 { return half * dst }},
			{"ReLUGrad", ReLUGrad, func(_, dy, y float32) float32 {
				if y > 0 {
					return dy
				}
				return 0
			}},
			{"Exp", func(dst, a, _ []float32) { Exp(dst, a) }, func(_, a, _ float32) float32 { return expBits(a, false) }},
			{"Sigmoid", func(dst, a, _ []float32) { Sigmoid(dst, a) }, func(_, a, _ float32) float32 { return sigmoidBits(a) }},
			{"Tanh", func(dst, a, _ []float32) { Tanh(dst, a) }, func(_, a, _ float32) float32 { return tanhBits(a) }},
		} {
			t.Run(f.name, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					x := rapid.SliceOfN(number, 0, 120).Draw(t, "x")
					n := len(x) / 3
					dst, a, b := x[:n], x[n:2*n], x[2*n:3*n]
					want := make([]float32, n)
					for i := range want {
						want[i] = f.formula(dst[i], a[i], b[i])
					}
					f.run(dst, a, b)
					sameBits(t, f.name, dst, want)
				})
			})
		}
	})
}

// gemmBits computes alpha*A*B + beta*C without padding: a chain of fused additions for each block of the depth.
func gemmBits(m, n, k int, alpha float32, a, b []float32, beta float32, c []float32) []float32 {
	out := slices.Clone(c)
	blocks := (k + 255) / 256
	for p := 0; p < k; blocks-- {
		depth := (k - p + blocks - 1) / blocks
		for i := range m {
			for j := range n {
				var sum float32
				for l := p; l < p+depth; l++ {
					sum = fused(a[i*k+l], b[l*n+j], sum)
				}
				sum = times(alpha, sum)
				if beta != 0 {
					sum = fused(beta, out[i*n+j], sum)
				}
				out[i*n+j] = sum
			}
		}
		p, beta = p+depth, 1
	}
	return out
}

func TestBitsOfGemm(t *testing.T) {
	arenas := [3][]float32{newArena(t, 40_000), newArena(t, 40_000), newArena(t, 40_000)}
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for round := range 60 {
			m, n, k := 1+rng.IntN(20), 1+rng.IntN(40), 1+rng.IntN(40)
			if round%6 == 0 {
				m, n, k = 1+rng.IntN(3), 1+rng.IntN(9), 250+rng.IntN(550)
			}
			a, b, c := random(rng, m*k), random(rng, k*n), random(rng, m*n)
			p := newProduct(arenas, rng.IntN(2) == 0, rng.IntN(2) == 0, m, n, k, rng.IntN(3))
			p.alpha, p.beta = []float32{1, 1, -1.5}[rng.IntN(3)], []float32{0, 1, 0.3}[rng.IntN(3)]
			p.set(a, b, c)
			p.run()
			want := gemmBits(m, n, k, p.alpha, a, b, p.beta, c)
			for i := range m {
				sameBits(t, p.String(), p.c[i*p.ldc:][:n], want[i*n:][:n])
			}
		}
	})
}

// foldBits adds n terms in the order of the assembly; add adds term i to a sum.
func foldBits(n int, add func(i int, sum float32) float32) float32 {
	const width = 16
	acc := make([]float32, 4*width)
	i := 0
	take := func(count int, to []float32) {
		for lane := range count {
			to[lane] = add(i+lane, to[lane])
		}
		i += count
	}
	for n-i >= 4*width {
		take(4*width, acc)
	}
	for n-i >= width {
		take(width, acc)
	}
	take(n-i, acc[width:])
	halve := func(x []float32) []float32 {
		low, high := x[:len(x)/2], x[len(x)/2:]
		for lane, y := range high {
			low[lane] += y
		}
		return low
	}
	// Accumulators 0 and 1, 2 and 3, both sums, and then the lanes.
	sums := append(slices.Clone(halve(acc[:2*width])), halve(acc[2*width:])...)
	for len(sums) > 1 {
		sums = halve(sums)
	}
	return sums[0]
}

func TestBitsOfReductions(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for n := 1; n < 300; n++ {
			x, y := random(rng, n), random(rng, n)
			dot := foldBits(n, func(i int, sum float32) float32 { return fused(x[i], y[i], sum) })
			sum := foldBits(n, func(i int, sum float32) float32 { return sum + x[i] })
			sameBits(t, fmt.Sprint("Dot and Sum of ", n), []float32{Dot(x, y), Sum(x)}, []float32{dot, sum})
		}
	})
}

func TestBitsOfColumns(t *testing.T) {
	const m = 5
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for _, n := range widths() {
			x, y, a, b := random(rng, m*n), random(rng, m*n), random(rng, n), random(rng, n)
			scaled, square, products, taps := make([]float32, m*n), slices.Clone(a), slices.Clone(b), slices.Clone(y)
			for i := range m {
				for j := range n {
					at := i*n + j
					scaled[at] = fused(a[j], x[at], b[j])
					d := x[at] - b[j]
					square[j] = fused(d, d, square[j])
					products[j] = fused(x[at]-a[j], y[at], products[j])
					if i+1 < m {
						taps[at] = fused(b[j], x[at+n], fused(a[j], x[at], taps[at]))
					}
				}
			}
			got := [4][]float32{make([]float32, m*n), slices.Clone(a), slices.Clone(b), slices.Clone(y)}
			ScaleShift(m, n, x, n, a, b, got[0], n)
			Moments(m, n, x, n, b, make([]float32, n), got[1])
			SumProducts(m, n, x, n, a, y, n, got[2])
			AddTaps(m-1, n, 2, x, n, n, slices.Concat(a, b), got[3][:(m-1)*n], n)
			for i, want := range [4][]float32{scaled, square, products, taps} {
				sameBits(t, []string{"ScaleShift", "Moments", "SumProducts", "AddTaps"}[i], got[i], want)
			}
		}
	})
}

func TestBitsOfAdam(t *testing.T) {
	const gscale, beta1, beta2, stepSize, sqrtC2, eps = float32(0.5), float32(0.9), float32(0.999), float32(0.02), float32(0.3), float32(1e-8)
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for _, n := range widths() {
			p, m, v, gs := random(rng, n), random(rng, n), random(rng, n), [][]float32{random(rng, n), random(rng, n), random(rng, n)}
			ReLU(v, v)
			want := slices.Clone(p)
			for i := range want {
				g := times(gs[0][i]+gs[1][i]+gs[2][i], gscale)
				mean := fused(g, 1-beta1, times(m[i], beta1))
				square := fused(times(g, 1-beta2), g, times(v[i], beta2))
				root := float32(math.Sqrt(float64(square)))
				want[i] -= times(mean, stepSize) / plus(times(root, 1/sqrtC2), eps)
			}
			Adam(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
			sameBits(t, "p", p, want)
		}
	})
}

func TestBitsOfGates(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for _, h := range widths() {
			g := newGraph(rng, 5, 11)
			n := len(g.to) * h
			msg, att, msgBias, attBias, sum := random(rng, n), random(rng, n), random(rng, h), random(rng, h), random(rng, g.nodes*h)
			wantAtt, wantSum := slices.Clone(att), slices.Clone(sum)
			for e, to := range g.to {
				for j := range h {
					at, head := e*h+j, int(to)*h+j
					wantAtt[at] = sigmoidBits(att[at] + attBias[j])
					wantSum[head] = fused(msg[at]+msgBias[j], wantAtt[at], wantSum[head])
				}
			}
			GateSum(h, msg, msgBias, att, attBias, g.to, sum)
			sameBits(t, "att", att, wantAtt)
			sameBits(t, "sum", sum, wantSum)

			wantMsg := slices.Clone(msg)
			for e, to := range g.to {
				for j := range h {
					at := e*h + j
					d := times(sum[int(to)*h+j], att[at])
					wantMsg[at], wantAtt[at] = d, times(times(d, msg[at]), 1-att[at])
				}
			}
			GateSumGrad(h, sum, msg, att, g.to, msg, att)
			sameBits(t, "dmsg", msg, wantMsg)
			sameBits(t, "datt", att, wantAtt)
		}
	})
}

func TestBitsOfGatedEdges(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for _, h := range widths() {
			g := newGraph(rng, 5, 11)
			q, r, sum := random(rng, g.nodes*2*h), random(rng, g.classes*2*h), random(rng, g.nodes*h)
			dq, dr := random(rng, len(q)), random(rng, len(r))
			want, wantQ, wantR := slices.Clone(sum), slices.Clone(dq), slices.Clone(dr)
			each := func(visit func(at, tail, head, class int, message, gate float32)) {
				for e := range g.to {
					tail, head, class := 2*h*int(g.from[e]), 2*h*int(g.to[e]), 2*h*int(g.class[e])
					x := func(j int) float32 { return plus(plus(q[tail+j], -q[head+j]), r[class+j]) }
					for j := range h {
						visit(int(g.to[e])*h+j, tail+j, head+j, class+j, max(0, x(j)), sigmoidBits(x(h+j)))
					}
				}
			}
			each(func(at, _, _, _ int, message, gate float32) { want[at] = fused(message, gate, want[at]) })
			EdgeGate(h, q, 2*h, r, g.from, g.to, g.class, g.to, sum)
			sameBits(t, "sum", sum, want)

			each(func(at, tail, head, class int, message, gate float32) {
				add := func(at int, d float32) {
					wantQ[tail+at] += d
					wantQ[head+at] -= d
					wantR[class+at] += d
				}
				d := times(sum[at], gate)
				if message > 0 {
					add(0, d)
				}
				add(h, times(times(d, message), 1-gate))
			})
			EdgeGateGrad(h, q, 2*h, r, g.from, g.to, g.class, g.to, sum, dq, dr)
			sameBits(t, "dq", dq, wantQ)
			sameBits(t, "dr", dr, wantR)
		}
	})
}

func TestBitsOfGRU(t *testing.T) {
	const nodes = 3
	eachAssembly(t, func(t *testing.T) {
		rng := newRand()
		for _, h := range widths() {
			gi, gh, bi, bh, hid := random(rng, nodes*3*h), random(rng, nodes*3*h), random(rng, 3*h), random(rng, 3*h), random(rng, nodes*h)
			out, rzn, q := make([]float32, nodes*h), make([]float32, nodes*3*h), make([]float32, nodes*h)
			want, wantQ := make([]float32, nodes*h), make([]float32, nodes*h)
			for i := range nodes {
				for j := range h {
					at := i*h + j
					input := func(gate int) float32 { return gi[3*i*h+gate*h+j] + bi[gate*h+j] }
					state := func(gate int) float32 { return gh[3*i*h+gate*h+j] + bh[gate*h+j] }
					r, z := sigmoidBits(plus(input(0), state(0))), sigmoidBits(plus(input(1), state(1)))
					wantQ[at] = state(2)
					n := tanhBits(fused(r, wantQ[at], input(2)))
					want[at] = fused(z, plus(hid[at], -n), n)
				}
			}
			GRU(nodes, h, gi, gh, 3*h, bi, bh, hid, out, rzn, q)
			sameBits(t, "out", out, want)
			sameBits(t, "q", q, wantQ)
			gruGradBits(t, rng, nodes, h, hid, rzn, q)
		}
	})
}

func gruGradBits(t *testing.T, rng *rand.Rand, nodes, h int, hid, rzn, q []float32) {
	dout := random(rng, nodes*h)
	dgi, dgh, dhid := make([]float32, nodes*3*h), make([]float32, nodes*3*h), make([]float32, nodes*h)
	wantI, wantH, want := slices.Clone(dgi), slices.Clone(dgh), slices.Clone(dhid)
	for i := range nodes {
		for j := range h {
			at, row := i*h+j, 3*i*h+j
			r, z, n := rzn[row], rzn[row+h], rzn[row+2*h]
			want[at] = times(dout[at], z)
			d := plus(dout[at], -want[at])
			dz := times(times(hid[at]-n, z), d)
			dn := times(d, 1-times(n, n))
			dr := times(times(dn, q[at]), times(r, 1-r))
			wantI[row], wantI[row+h], wantI[row+2*h] = dr, dz, dn
			wantH[row], wantH[row+h], wantH[row+2*h] = dr, dz, times(dn, r)
		}
	}
	GRUGrad(nodes, h, dout, hid, rzn, q, dgi, dgh, 3*h, dhid)
	sameBits(t, "dgi", dgi, wantI)
	sameBits(t, "dgh", dgh, wantH)
	sameBits(t, "dhid", dhid, want)
}
