package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// elementwise describes a function of one, two or three vectors with its formula in double
// precision.
type elementwise struct {
	name    string
	run     func(dst, a, b []float32)
	formula func(dst, a, b float64) float64
	relErr  float64
}

// half is a number that is not special for any of the functions.
const half = 0.75

var elementwiseFunctions = []elementwise{
	{"Add", Add, func(_, a, b float64) float64 { return a + b }, 1e-7},
	{"Max", Max, func(_, a, b float64) float64 { return max(a, b) }, 0},
	{"TakeEqual", func(dst, a, b []float32) { TakeEqual(a, a, slices.Clone(b), dst) }, func(dst, a, b float64) float64 {
		if math.IsNaN(a) {
			return dst
		}
		return dst + b
	}, 1e-7},
	{"Axpy", func(dst, a, _ []float32) { Axpy(half, a, dst) }, func(dst, a, _ float64) float64 { return dst + half*a }, 2e-7},
	{"Scale", func(dst, _, _ []float32) { Scale(half, dst) }, func(dst, _, _ float64) float64 { return dst * half }, 1e-7},
	{"ReLU", func(dst, a, _ []float32) { ReLU(dst, a) }, func(_, a, _ float64) float64 { return math.Max(0, a) }, 0},
	{"ReLUGrad", ReLUGrad, func(_, dy, y float64) float64 {
		if y > 0 {
			return dy
		}
		return 0
	}, 0},
	{"Exp", func(dst, a, _ []float32) { Exp(dst, a) }, func(_, a, _ float64) float64 { return math.Exp(a) }, 1e-6},
	{"Sigmoid", func(dst, a, _ []float32) { Sigmoid(dst, a) }, func(_, a, _ float64) float64 { return 1 / (1 + math.Exp(-a)) }, 1e-6},
	{"Tanh", func(dst, a, _ []float32) { Tanh(dst, a) }, func(_, a, _ float64) float64 { return math.Tanh(a) }, 1e-6},
}

// close reports whether got is within the relative error of want, where want is a normal number,
// plus the error of canceled terms.
func (e *elementwise) close(got float32, want, terms float64) bool {
	const smallest = 0x1p-126
	g := float64(got)
	switch {
	case math.IsNaN(want):
		return math.IsNaN(g)
	case math.Abs(want) > math.MaxFloat32*(1-e.relErr):
		return math.IsInf(g, int(math.Copysign(1, want))) || math.Abs(g) > math.MaxFloat32*(1-2*e.relErr)
	default:
		return math.Abs(g-want) <= e.relErr*math.Abs(want)+1e-7*terms+smallest
	}
}

// check runs the function and compares every element with the formula.
func (e *elementwise) check(t rapid.TB, dst, a, b []float32) {
	t.Helper()
	d0, a0, b0 := slices.Clone(dst), slices.Clone(a), slices.Clone(b)
	e.run(dst, a, b)
	for i, got := range dst {
		want := e.formula(float64(d0[i]), float64(a0[i]), float64(b0[i]))
		terms := 0.0
		if e.name == "Axpy" {
			terms = math.Abs(float64(d0[i])) + math.Abs(float64(a0[i]))
		}
		if !e.close(got, want, terms) {
			t.Fatalf("%s(%v, %v, %v)[%d of %d] is %v, want %v", e.name, d0[i], a0[i], b0[i], i, len(dst), got, want)
		}
	}
}

// TestElementwise tests all lengths up to several vectors, with random numbers that include special
// ones, and with aliases.
func TestElementwise(t *testing.T) {
	var arenas [3][]float32
	for i := range arenas {
		arenas[i] = newArena(t, 1024)
	}
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for _, f := range elementwiseFunctions {
			t.Run(f.name, func(t *testing.T) {
				for n := range 200 {
					f.check(t, fill(rng, tail(arenas[0], n)), fill(rng, tail(arenas[1], n)), fill(rng, tail(arenas[2], n)))
				}
				rapid.Check(t, func(t *rapid.T) {
					n := rapid.IntRange(0, 150).Draw(t, "n")
					draw := func(i int) []float32 {
						x := tail(arenas[i], n)
						copy(x, rapid.SliceOfN(number, n, n).Draw(t, fmt.Sprint("x", i)))
						return x
					}
					dst, a, b := draw(0), draw(1), draw(2)
					switch rapid.IntRange(0, 4).Draw(t, "alias") {
					case 0:
						a = dst
					case 1:
						b = dst
					}
					f.check(t, dst, a, b)
				})
			})
		}
	})
}

// number draws any float32, usually a moderate one.
var number = rapid.OneOf(
	rapid.Float32Range(-100, 100),
	rapid.Float32Range(-1, 1),
	rapid.Float32(),
	rapid.SampledFrom([]float32{0, float32(math.Inf(1)), float32(math.Inf(-1)), nan, math.MaxFloat32, -math.MaxFloat32}),
)

// TestAccuracy sweeps the transcendental functions over the float32 numbers.
func TestAccuracy(t *testing.T) {
	eachImplementation(t, func(t *testing.T) {
		for _, f := range elementwiseFunctions {
			if f.relErr != 1e-6 {
				continue
			}
			worst, at := 0.0, float32(0)
			x, y := make([]float32, 1<<12), make([]float32, 1<<12)
			const step = 1499
			for bits := uint64(0); bits < 1<<32; {
				n := 0
				for ; n < len(x) && bits < 1<<32; bits += step {
					x[n] = math.Float32frombits(uint32(bits))
					n++
				}
				f.run(y[:n], x[:n], nil)
				for i, got := range y[:n] {
					want := f.formula(0, float64(x[i]), 0)
					if !f.close(got, want, 0) {
						t.Fatalf("%s(%v) is %v, want %v", f.name, x[i], got, want)
					}
					if r := math.Abs(float64(got)-want) / math.Abs(want); r > worst && math.Abs(want) > 0x1p-126 && want < math.MaxFloat32 {
						worst, at = r, x[i]
					}
				}
			}
			t.Logf("%s: largest relative error %.2g at %v", f.name, worst, at)
		}
	})
}

// TestLimits checks arguments beyond the range of the polynomials.
func TestLimits(t *testing.T) {
	inf := float32(math.Inf(1))
	eachImplementation(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			run     func(dst, x []float32)
			x, want float32
		}{
			{"Exp", Exp, 88.8, inf}, {"Exp", Exp, inf, inf}, {"Exp", Exp, -inf, 0}, {"Exp", Exp, -1e9, 0}, {"Exp", Exp, 0, 1},
			{"Sigmoid", Sigmoid, inf, 1}, {"Sigmoid", Sigmoid, 1e30, 1}, {"Sigmoid", Sigmoid, -inf, 0}, {"Sigmoid", Sigmoid, -1e30, 0}, {"Sigmoid", Sigmoid, 0, 0.5},
			{"Tanh", Tanh, inf, 1}, {"Tanh", Tanh, -inf, -1}, {"Tanh", Tanh, 20, 1}, {"Tanh", Tanh, -20, -1}, {"Tanh", Tanh, 1e-30, 1e-30}, {"Tanh", Tanh, 0, 0},
		} {
			y := []float32{0}
			c.run(y, []float32{c.x})
			if y[0] != c.want {
				t.Errorf("%s(%v) is %v, want %v", c.name, c.x, y[0], c.want)
			}
		}
	})
}

// TestReductions compares Dot and Sum with double precision for all lengths up to several unrolled
// steps.
func TestReductions(t *testing.T) {
	x, y := newArena(t, 1024), newArena(t, 1024)
	rng := newRand()
	eachImplementation(t, func(t *testing.T) {
		for n := range 400 {
			x, y := fill(rng, tail(x, n)), fill(rng, tail(y, n))
			var dot, sum, absDot, absSum float64
			for i := range x {
				dot += float64(x[i]) * float64(y[i])
				sum += float64(x[i])
				absDot += math.Abs(float64(x[i]) * float64(y[i]))
				absSum += math.Abs(float64(x[i]))
			}
			if got := Dot(x, y); math.Abs(float64(got)-dot) > 5e-7*absDot {
				t.Fatalf("Dot of %d is %v, want %v", n, got, dot)
			}
			if got := Sum(x); math.Abs(float64(got)-sum) > 5e-7*absSum {
				t.Fatalf("Sum of %d is %v, want %v", n, got, sum)
			}
			again, shifted := Dot(x, y), append(make([]float32, 1), x...)[1:]
			if again != Dot(shifted, y) || Sum(x) != Sum(shifted) {
				t.Fatalf("the result of %d depends on the place in memory", n)
			}
		}
	})
}
