//go:build !purego

package f32

import "golang.org/x/sys/cpu"

// depthBlock is the maximum number of rows of B in one pass over C, so that a panel of B stays in
// the second-level cache. This is sufficient: the kernels are fed fast enough from there, and
// copying panels would only add work.
const depthBlock = 256

// gemmVector computes C = alpha*A*B + beta*C with the kernels for AVX2 or AVX-512, where A has the
// row and column strides rowA and colA. Each element of C is a chain of fused additions in
// ascending order within a block of the depth, and the blocks are added in ascending order. All
// kernels do this, so their results are the same to the bit.
func gemmVector(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	for p := 0; p < k; {
		depth := blockSize(k-p, depthBlock)
		pa, pb := a[p*colA:], b[p*ldb:]
		if active == avx512 {
			gemmAVX512(m, n, depth, alpha, pa, rowA, colA, pb, ldb, beta, c, ldc)
		} else {
			gemmAVX2(m, n, depth, alpha, pa, rowA, colA, pb, ldb, beta, c, ldc)
		}
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

// gemmAVX512 computes one block.
func gemmAVX512(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	for j := 0; j < n; {
		width, lanes, height := panelAVX512(n - j)
		columns := min(width, n-j)
		mask := uint16(1)<<((columns-1)%lanes+1) - 1
		pb := &b[j]
		for i := 0; i < m; {
			rows, tiles := tileRows(m-i, height)
			pa, pc := &a[i*rowA], &c[i*ldc+j]
			switch {
			case columns == 24 && width == 24:
				// A kernel is slightly faster without a mask.
				rows, tiles = tileRows(m-i, 4)
				gemmPanel24AVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, nil)
			case width == 8:
				gemmPanel8AVX512(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			case width == 16:
				gemmPanel16AVX512(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			case width == 24:
				gemmPanel24AVX512(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			case width == 32:
				gemmPanel32AVX512(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			case width == 48:
				gemmPanel48AVX512(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			default:
				gemmPanel64AVX512(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			}
			i += rows * tiles
		}
		j += columns
	}
}

// fullWidth reports whether the processor computes on whole AVX-512 registers at once. Zen 4 splits
// them into halves. It does not have AVX-VNNI, which Zen 5 and Intel's processors from Sapphire
// Rapids on have. This only affects speed.
var fullWidth = cpu.X86.HasAVXVNNI

// panelAVX512 chooses the kernel for the next columns when n are left. It returns the number of
// columns, the lanes of the registers and the maximum height of a tile.
func panelAVX512(n int) (width, lanes, height int) {
	if fullWidth {
		return panelFullWidth(n)
	}
	switch {
	case n <= 8:
		return 8, 8, 12
	case n <= 16, n > 32 && n <= 40:
		return 16, 16, 12
	case n <= 24:
		return 24, 8, 8
	case n <= 32, n > 48 && n <= 56:
		return 32, 16, 12
	case n <= 48:
		return 48, 16, 8
	default:
		return 64, 16, 6
	}
}

// panelFullWidth is panelAVX512 if a half register takes as long as a whole one.
func panelFullWidth(n int) (width, lanes, height int) {
	switch {
	case n <= 8:
		return 8, 8, 12
	case n <= 16:
		return 16, 16, 12
	case n <= 32:
		return 32, 16, 12
	case n <= 48:
		return 48, 16, 8
	default:
		return 64, 16, 6
	}
}

// laneMasks holds 8 set lanes followed by 8 clear ones: the vector that starts n before the middle
// has n lanes set.
var laneMasks = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// gemmAVX2 computes one block.
func gemmAVX2(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	for j := 0; j < n; {
		width, height := panelAVX2(n - j)
		columns := min(width, n-j)
		masked := columns < width
		mask := &laneMasks[7-(columns-1)%8]
		pb := &b[j]
		for i := 0; i < m; {
			rows, tiles := tileRows(m-i, height)
			pa, pc := &a[i*rowA], &c[i*ldc+j]
			switch {
			case width == 8 && masked:
				gemmPanel8MaskedAVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			case width == 8:
				gemmPanel8AVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, nil)
			case width == 16 && masked:
				gemmPanel16MaskedAVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			case width == 16:
				gemmPanel16AVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, nil)
			case masked:
				gemmPanel24MaskedAVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, mask)
			default:
				gemmPanel24AVX2(rows, tiles, k, pa, rowA, colA, pb, ldb, pc, ldc, alpha, beta, nil)
			}
			i += rows * tiles
		}
		j += columns
	}
}

// panelAVX2 chooses the kernel for the next columns when n are left. It returns the number of
// columns and the maximum height of a tile.
func panelAVX2(n int) (width, height int) {
	switch {
	case n <= 8:
		return 8, 8
	case n > 16 && n <= 24:
		return 24, 4
	default:
		return 16, 6
	}
}
