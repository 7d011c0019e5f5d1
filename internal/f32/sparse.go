package f32

import (
	"slices"
	"sync"
)

// After a ReLU, about half of the values are zero. On some processors, products of such rows take
// less time if each row is first turned into a list of its other values. The sums keep their order
// and therefore their bits, except that a zero may have the other sign: 0 is not added to a −0 that
// an underflow has left.

const (
	// listPanel is the number of columns of a panel, and listSlack the number of unused elements
	// after the list of a row. Both are known to the kernels.
	listPanel, listSlack = 64, 16
	// listRows is the smallest number of rows for which it pays to copy a matrix to panels.
	listRows = 64
)

// Panels is a matrix B that [EdgeGemm] multiplies by.
type Panels struct {
	k, n, ldb int
	b         []float32
	panels    []float32 // the same, panel by panel; nil if EdgeGemm does not use lists
}

// PanelSpace returns the length of the space that [Pack] needs for a matrix B with k rows and n
// columns. It is 0 if lists would not make a product faster in which A has the given number of rows.
func PanelSpace(rows, k, n int) int {
	if rows < listRows || k > depthBlock || k%listSlack != 0 || n%listPanel != 0 || !listsPay() {
		return 0
	}
	return k * n
}

// Pack prepares a matrix B with k rows and n columns, which must not change while the result is
// used. The length of space is that returned by [PanelSpace].
func Pack(k, n int, b []float32, ldb int, space []float32) Panels {
	requireMatrix(k, n, b, ldb, "Pack: B")
	p := Panels{k: k, n: n, ldb: ldb, b: b}
	if len(space) == 0 {
		return p
	}
	require(len(space) == k*n, "Pack: the space does not fit")
	p.panels = space
	for j := 0; j < n; j += listPanel {
		for i := range k {
			copy(space[j*k+i*listPanel:][:listPanel], b[i*ldb+j:])
		}
	}
	return p
}

// EdgeGemm computes C = A*B, where row e of A is that of [EdgeReLU]:
//
//	A[e] = max(0, q[from[e]] - q[to[e]] + r[class[e]])
//
// q and r have the strides ldq and ldr. C must not overlap another matrix. The result is that of
// EdgeReLU and [Gemm] to the bit, except for the sign of zeros, if B is finite. Otherwise, zeros in
// A may be skipped. The indexes are not checked.
func EdgeGemm(b Panels, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, c []float32, ldc int) {
	edges := requireEdges(b.k, from, to, class, "EdgeGemm: edge lists differ in length")
	requireMatrix(edges, b.n, c, ldc, "EdgeGemm: C")
	if edges == 0 || b.n == 0 {
		return
	}
	require(ldq >= b.k && len(q) >= b.k && ldr >= b.k && len(r) >= b.k, "EdgeGemm: q or r is too short")
	s := listPool.Get().(*lists)
	defer listPool.Put(s)
	if b.panels != nil {
		s.reserve(edges, b.k)
		edgeLists(b.k, q, ldq, r, ldr, from, to, class, s.values, s.columns, s.counts)
		if s.pay() {
			s.multiply(b, 0, c, ldc)
			return
		}
	}
	hidden := grow(&s.values, edges*b.k)
	EdgeReLU(b.k, q, ldq, r, ldr, from, to, class, hidden)
	Gemm(false, false, edges, b.n, b.k, 1, hidden, b.k, b.b, b.ldb, 0, c, ldc)
}

// GemmSparse computes C = Aᵀ*B + beta*C for an m×k matrix A, about half of whose values are zero, and
// an m×n matrix B. beta must be 0 or 1. C must not overlap A or B. The result is that of [Gemm] to
// the bit, except for the sign of zeros, if B is finite. Otherwise, zeros in A may be skipped.
func GemmSparse(m, k, n int, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if space := PanelSpace(k, m, n); space > 0 {
		requireMatrix(m, k, a, lda, "GemmSparse: A")
		requireMatrix(k, n, c, ldc, "GemmSparse: C")
		s := listPool.Get().(*lists)
		defer listPool.Put(s)
		columns := grow(&s.matrix, k*m+space)
		Transpose(m, k, a, lda, columns, m)
		s.reserve(k, m)
		rowLists(m, columns, m, s.values, s.columns, s.counts)
		if s.pay() {
			s.multiply(Pack(m, n, b, ldb, columns[k*m:]), int(beta), c, ldc)
			return
		}
	}
	Gemm(true, false, k, n, m, 1, a, lda, b, ldb, beta, c, ldc)
}

// lists holds for each row its values other than zero, their columns, and their number. A row takes
// k+listSlack elements.
type lists struct {
	values  []float32
	columns []uint8
	counts  []int32
	width   int       // of a row
	matrix  []float32 // scratch memory
}

var listPool = sync.Pool{New: func() any { return new(lists) }}

// reserve makes room for rows of the given width.
func (s *lists) reserve(rows, width int) {
	n := rows * (width + listSlack)
	s.width, s.values = width, grow(&s.values, n)
	s.columns, s.counts = slices.Grow(s.columns[:0], n)[:n], slices.Grow(s.counts[:0], rows)[:rows]
}

// pay reports whether enough values are zero for a product by lists to be faster than one of whole
// rows.
func (s *lists) pay() bool {
	total := 0
	for _, count := range s.counts {
		total += int(count)
	}
	return total <= len(s.counts)*s.width*2/3
}

// multiply writes the product with b to c, or adds it if add is 1.
func (s *lists) multiply(b Panels, add int, c []float32, ldc int) {
	for j := 0; j < b.n; j += listPanel {
		gemmLists(s.width+listSlack, s.values, s.columns, s.counts, b.panels[j*b.k:], add, c[j:], ldc)
	}
}
