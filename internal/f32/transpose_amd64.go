//go:build !purego

package f32

// transposeAVX2 transposes whole 8×8 blocks in assembly and the remaining
// columns and rows in Go.
func transposeAVX2(m, n int, src []float32, lds int, dst []float32, ldd int) {
	blockM, blockN := m&^7, n&^7
	if blockM > 0 && blockN > 0 {
		transposeBlocksAVX2(blockM, blockN, &src[0], lds, &dst[0], ldd)
	}
	if blockN < n {
		transposeGeneric(m, n-blockN, src[blockN:], lds, dst[blockN*ldd:], ldd)
	}
	if blockM < m {
		transposeGeneric(m-blockM, blockN, src[blockM*lds:], lds, dst[blockM:], ldd)
	}
}
