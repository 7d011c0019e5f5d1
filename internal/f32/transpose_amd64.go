//go:build !purego

package f32

// transposeAVX2 transposes blocks of 8×8 elements. The last rows and columns that do not fill a
// block are processed together with some before them, which are written again.
func transposeAVX2(m, n int, src []float32, lds int, dst []float32, ldd int) {
	if m < 8 || n < 8 {
		transposeGeneric(m, n, src, lds, dst, ldd)
		return
	}
	blocks := func(i, j, rows, columns int) {
		transposeBlocksAVX2(rows, columns, &src[i*lds+j], lds, &dst[j*ldd+i], ldd)
	}
	rows, columns := m&^7, n&^7
	blocks(0, 0, rows, columns)
	if columns < n {
		blocks(0, n-8, rows, 8)
	}
	if rows < m {
		blocks(m-8, 0, 8, columns)
	}
	if rows < m && columns < n {
		blocks(m-8, n-8, 8, 8)
	}
}
