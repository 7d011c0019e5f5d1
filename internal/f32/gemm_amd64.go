//go:build !purego

package f32

import "golang.org/x/sys/cpu"

// gemmBlock computes C = alpha*A*B + beta*C for one block of the depth.
func gemmBlock(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if active == avx512 {
		gemmAVX512(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
	} else {
		gemmAVX2(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
	}
}

// gemmAVX512 is gemmBlock for AVX-512.
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

// gemmAVX2 is gemmBlock for AVX2.
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
