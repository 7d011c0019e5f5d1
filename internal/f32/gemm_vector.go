//go:build (amd64 || arm64) && !purego

package f32

// gemmVector computes C = alpha*A*B + beta*C with kernels in assembly, where A has the row and
// column strides rowA and colA.
func gemmVector(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	for p := 0; p < k; {
		depth := blockSize(k-p, depthBlock)
		pa, pb := a[p*colA:], b[p*ldb:]
		gemmBlock(m, n, depth, alpha, pa, rowA, colA, pb, ldb, beta, c, ldc)
		p += depth
		beta = 1
	}
}

// blockSize returns the size of the next block when n is divided into as few blocks of at most
// limit as possible, all of nearly the same size.
func blockSize(n, limit int) int {
	blocks := (n + limit - 1) / limit
	return (n + blocks - 1) / blocks
}

// tileRows returns the height of the next tiles and their number when m rows are divided into as
// few tiles of at most limit rows as possible, all of nearly the same height. A low tile wastes
// more on its row of B than two tiles of medium height.
func tileRows(m, limit int) (rows, tiles int) {
	count := (m + limit - 1) / limit
	rows = (m + count - 1) / count
	// With q tiles of this height and the others one row lower, m is
	// q*rows + (count-q)*(rows-1).
	return rows, m - count*(rows-1)
}
