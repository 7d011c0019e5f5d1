//go:build !purego

package f32

// gemmBlock computes C = alpha*A*B + beta*C for one block of the depth.
func gemmBlock(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	for j := 0; j < n; {
		columns, height := panelNEON(n - j)
		pb := &b[j]
		for i := 0; i < m; {
			rows, tiles := tileRows(m-i, height)
			pa, pc := &a[i*rowA], &c[i*ldc+j]
			switch columns {
			case 16:
				gemmPanel16NEON(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta)
			case 8:
				gemmPanel8NEON(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta)
			case 4:
				gemmPanel4NEON(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta)
			case 3:
				gemmPanel3NEON(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta)
			case 2:
				gemmPanel2NEON(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta)
			default:
				gemmPanel1NEON(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta)
			}
			i += rows * tiles
		}
		j += columns
	}
}

// panelNEON chooses the kernel for the next columns if n are left. It returns the number of columns
// that the kernel computes and the height of its largest tile.
func panelNEON(n int) (columns, height int) {
	switch {
	case n >= 16:
		return 16, 6
	case n >= 8:
		return 8, 8
	case n >= 4:
		return 4, 8
	default:
		return n, 8
	}
}
