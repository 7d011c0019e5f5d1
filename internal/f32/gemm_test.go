package f32

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// product is one call of Gemm.
type product struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    float32
	a, b, c        []float32
	lda, ldb, ldc  int
}

func (p *product) run() {
	Gemm(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
}

func (p *product) String() string {
	return fmt.Sprintf("transA %v transB %v m %d n %d k %d alpha %v beta %v lda %d ldb %d ldc %d",
		p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.beta, p.lda, p.ldb, p.ldc)
}

// span returns the number of elements of a rows×cols matrix.
func span(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

// stored returns the shape that a matrix has in memory.
func stored(trans bool, rows, cols int) (int, int) {
	if trans {
		return cols, rows
	}
	return rows, cols
}

// newProduct lays out the operands at the ends of arenas, with pad elements
// between rows. Padding and C hold NaN.
func newProduct(arenas [3][]float32, transA, transB bool, m, n, k, pad int) *product {
	p := &product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: 1}
	rowsA, colsA := stored(transA, m, k)
	rowsB, colsB := stored(transB, k, n)
	p.lda, p.ldb, p.ldc = max(1, colsA)+pad, max(1, colsB)+pad, max(1, n)+pad
	p.a = tail(arenas[0], span(rowsA, colsA, p.lda))
	p.b = tail(arenas[1], span(rowsB, colsB, p.ldb))
	p.c = tail(arenas[2], span(m, n, p.ldc))
	for _, x := range [][]float32{p.a, p.b, p.c} {
		for i := range x {
			x[i] = nan
		}
	}
	return p
}

var nan = float32(math.NaN())

// elementA returns the place of op(A)[i][l], elementB that of op(B)[l][j].
func (p *product) elementA(i, l int) *float32 {
	if p.transA {
		i, l = l, i
	}
	return &p.a[i*p.lda+l]
}

func (p *product) elementB(l, j int) *float32 {
	if p.transB {
		l, j = j, l
	}
	return &p.b[l*p.ldb+j]
}

// set stores the operands, given without padding.
func (p *product) set(a, b, c []float32) {
	for i := range p.m {
		for l := range p.k {
			*p.elementA(i, l) = a[i*p.k+l]
		}
		for j := range p.n {
			p.c[i*p.ldc+j] = c[i*p.n+j]
		}
	}
	for l := range p.k {
		for j := range p.n {
			*p.elementB(l, j) = b[l*p.n+j]
		}
	}
}

// naive returns alpha*A*B + beta*C by the definition, without padding. With
// small integers all sums are exact, whatever their order.
func naive(m, n, k int, alpha float32, a, b []float32, beta float32, c []float32) []float32 {
	out := make([]float32, m*n)
	for i := range m {
		row := out[i*n : (i+1)*n]
		for l := range k {
			v := a[i*k+l]
			for j, w := range b[l*n : (l+1)*n] {
				row[j] += v * w
			}
		}
		for j := range row {
			row[j] *= alpha
			if beta != 0 {
				row[j] += beta * c[i*n+j]
			}
		}
	}
	return out
}

// check compares C, whose padding must still be NaN, with the exact result.
func (p *product) check(t *testing.T, want []float32) {
	t.Helper()
	for at, got := range p.c {
		i, j := at/p.ldc, at%p.ldc
		if j >= p.n {
			if got == got {
				t.Fatalf("%v: padding of row %d is overwritten", p, i)
			}
		} else if w := want[i*p.n+j]; got != w && (got == got || w == w) {
			t.Fatalf("%v: C[%d][%d] is %v, want %v", p, i, j, got, w)
		}
	}
}

// TestGemmShapes runs all small shapes with integers.
func TestGemmShapes(t *testing.T) {
	const limit = 40
	rng := newRand()
	integers := make([]float32, 3*limit*limit+1000)
	for i := range integers {
		integers[i] = float32(rng.IntN(9) - 4)
	}
	arenas := [3][]float32{}
	for i := range arenas {
		arenas[i] = newArena(t, limit*(limit+3))
	}
	step := 1
	if raceEnabled || testing.Short() {
		step = 5
	}
	variants := []struct{ alpha, beta float32 }{{1, 0}, {1, 1}, {-2, 0}, {0.5, 1}, {1, -2}, {3, 0.5}, {0, 2}}
	for m := 0; m <= limit; m += step {
		for n := 0; n <= limit; n++ {
			for k := 0; k <= limit; k += step {
				shape := m*7 + n*3 + k
				v := variants[shape%len(variants)]
				a := integers[shape%97:][:m*k]
				b := integers[shape%89+limit*limit:][:k*n]
				c := integers[shape%83+2*limit*limit:][:m*n]
				want := naive(m, n, k, v.alpha, a, b, v.beta, c)
				for trans := range 4 {
					p := newProduct(arenas, trans&1 != 0, trans&2 != 0, m, n, k, (m+n+k+trans)%3)
					p.alpha, p.beta = v.alpha, v.beta
					for _, active = range implementations() {
						p.set(a, b, c)
						p.run()
						p.check(t, want)
					}
				}
			}
		}
	}
	active = best()
}

// TestGemmAgainstGonum compares larger shapes with another implementation.
func TestGemmAgainstGonum(t *testing.T) {
	rng := newRand()
	for _, s := range [][3]int{{257, 129, 65}, {600, 128, 256}, {65, 257, 129}, {13, 224, 600}, {100, 41, 1500}, {1, 300, 700}, {300, 1, 77}} {
		m, n, k := s[0], s[1], s[2]
		a, b, c := random(rng, m*k), random(rng, k*n), random(rng, m*n)
		for trans := range 4 {
			transA, transB := trans&1 != 0, trans&2 != 0
			_, lda := stored(transA, m, k)
			_, ldb := stored(transB, k, n)
			flag := map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}
			want := append([]float32(nil), c...)
			gonum.Implementation{}.Sgemm(flag[transA], flag[transB], m, n, k, 0.5, a, lda, b, ldb, 1, want, n)
			for _, i := range implementations() {
				active = i
				got := append([]float32(nil), c...)
				Gemm(transA, transB, m, n, k, 0.5, a, lda, b, ldb, 1, got, n)
				for at := range got {
					if d := math.Abs(float64(got[at] - want[at])); d > 2e-6*math.Sqrt(float64(k))*8 {
						t.Fatalf("%v %v trans %d: element %d is %v, want %v", i, s, trans, at, got[at], want[at])
					}
				}
			}
		}
	}
	active = best()
}
