package f32

// GemmWindows computes C = op(A)*B + beta*C like [Gemm], where A consists of windows of one vector
// that may overlap: row i of A, as stored, starts at index i*step of a. A convolution is such a
// product: the pixels of a row that a kernel covers are consecutive, and the next window starts one
// pixel further.
func GemmWindows(transA bool, m, n, k int, a []float32, step int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	requireMatrix(m, n, c, ldc, "GemmWindows: C")
	requireMatrix(k, n, b, ldb, "GemmWindows: B")
	require(step >= 0, "GemmWindows: negative step")
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		scaleMatrix(m, n, beta, c, ldc)
		return
	}
	windows, width, rowA, colA := m, k, step, 1
	if transA {
		windows, width, rowA, colA = k, m, 1, step
	}
	require(len(a) >= (windows-1)*step+width, "GemmWindows: A is too short for its windows")
	gemm(m, n, k, 1, a, rowA, colA, b, ldb, beta, c, ldc)
}
