package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/graphpnas/graphpnas/internal/race"
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

// stored returns the shape of a matrix in memory.
func stored(trans bool, rows, cols int) (int, int) {
	if trans {
		return cols, rows
	}
	return rows, cols
}

// newProduct places the operands at the ends of arenas, with pad elements between rows. Padding and
// C contain NaN.
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

// elementA returns the offset of op(A)[i][l], and elementB that of op(B)[l][j].
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

// set stores the operands, which are given without padding.
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

// naive returns alpha*A*B + beta*C by definition, without padding. For small integers, all sums are
// exact in any order.
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

// shapeTest compares products of integers with the exact result.
type shapeTest struct {
	integers []float32
	arenas   [3][]float32
}

func newShapeTest(t *testing.T, size int) *shapeTest {
	rng := newRand()
	s := &shapeTest{integers: make([]float32, 3*size)}
	for i := range s.integers {
		s.integers[i] = float32(rng.IntN(9) - 4)
	}
	for i := range s.arenas {
		s.arenas[i] = newArena(t, size)
	}
	return s
}

// run tests a shape with all transpositions and implementations, but only one choice of alpha, beta
// and the strides.
func (s *shapeTest) run(t *testing.T, m, n, k int) {
	variants := [...]struct{ alpha, beta float32 }{{1, 0}, {1, 1}, {-2, 0}, {0.5, 1}, {1, -2}, {3, 0.5}, {0, 2}}
	shape := m*7 + n*3 + k
	v := variants[shape%len(variants)]
	a := s.integers[shape%97:][:m*k]
	b := s.integers[shape%89+len(s.integers)/3:][:k*n]
	c := s.integers[shape%83+len(s.integers)/2:][:m*n]
	want := naive(m, n, k, v.alpha, a, b, v.beta, c)
	for trans := range 4 {
		p := newProduct(s.arenas, trans&1 != 0, trans&2 != 0, m, n, k, (m+n+k+trans)%3)
		p.alpha, p.beta = v.alpha, v.beta
		for _, active = range implementations() {
			p.set(a, b, c)
			p.run()
			p.check(t, want)
		}
	}
	active = best()
}

// TestGemmShapes tests all small shapes.
func TestGemmShapes(t *testing.T) {
	const limit = 40
	s := newShapeTest(t, limit*(limit+3))
	step := 1
	if race.Enabled || testing.Short() {
		step = 5
	}
	for m := 0; m <= limit; m += step {
		for n := 0; n <= limit; n++ {
			for k := 0; k <= limit; k += step {
				s.run(t, m, n, k)
			}
		}
	}
}

// TestGemmPanels tests all widths of up to two panels, and TestGemmDepths tests depths of more than
// one block.
func TestGemmPanels(t *testing.T) {
	s := newShapeTest(t, 20*140)
	for n := 41; n <= 130; n++ {
		for m := 1; m <= 14; m++ {
			s.run(t, m, n, 1+(n+m)%9)
		}
	}
}

func TestGemmDepths(t *testing.T) {
	s := newShapeTest(t, 1600*33)
	for i, k := range []int{255, 256, 257, 511, 513, 1025, 1537} {
		s.run(t, 7+i, 30-i, k)
	}
}

// TestGemmAgainstGonum compares larger shapes with gonum.
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
			want := slices.Clone(c)
			gonum.Implementation{}.Sgemm(flag[transA], flag[transB], m, n, k, 0.5, a, lda, b, ldb, 1, want, n)
			for _, i := range implementations() {
				active = i
				got := slices.Clone(c)
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
