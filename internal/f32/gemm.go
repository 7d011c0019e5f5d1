package f32

import "sync"

// Gemm computes C = alpha*op(A)*op(B) + beta*C, where op(A) is m×k, op(B) is k×n, C is m×n, and op
// transposes if the respective flag is set. lda, ldb and ldc are the row strides of the matrices as
// stored.
//
// As in BLAS, C is not read if beta is 0, and neither A nor B is read if alpha or k is 0. Zeros in
// A or B are not skipped: 0*Inf is NaN and reaches C. C must not overlap A or B.
func Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	require(m >= 0 && n >= 0 && k >= 0, "Gemm: negative dimension")
	requireMatrix(m, n, c, ldc, "Gemm: C")
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		scaleMatrix(m, n, beta, c, ldc)
		return
	}
	rowA, colA := lda, 1
	if transA {
		requireMatrix(k, m, a, lda, "Gemm: A")
		rowA, colA = 1, lda
	} else {
		requireMatrix(m, k, a, lda, "Gemm: A")
	}
	if !transB {
		requireMatrix(k, n, b, ldb, "Gemm: B")
		gemm(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
		return
	}
	requireMatrix(n, k, b, ldb, "Gemm: B")
	scratch := scratchPool.Get().(*[]float32)
	bt := grow(scratch, k*n)
	Transpose(n, k, b, ldb, bt, n)
	gemm(m, n, k, alpha, a, rowA, colA, bt, n, beta, c, ldc)
	scratchPool.Put(scratch)
}

// depthBlock is the maximum number of rows of B in one pass over C, so that a panel of B stays in
// the second-level cache. This is sufficient: the kernels are fed fast enough from there, and
// copying panels would only add work.
const depthBlock = 256

// scratchPool recycles the buffers for rearranged copies of B.
var scratchPool = sync.Pool{New: func() any { return new([]float32) }}

// grow returns the first n elements of *buf, which is reallocated if it is too small.
func grow(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = make([]float32, n)
	}
	return (*buf)[:n]
}

// scaleMatrix computes C = beta*C, without reading C if beta is 0.
func scaleMatrix(m, n int, beta float32, c []float32, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc:][:n]
		if beta == 0 {
			clear(row)
		} else {
			Scale(beta, row)
		}
	}
}
