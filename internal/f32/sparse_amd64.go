//go:build !purego

package f32

// listsPay reports whether products by lists are faster. Processors that compute on whole AVX-512
// registers at once load too slowly for that.
func listsPay() bool { return active == avx512 && !fullWidth }

func edgeLists(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, values []float32, columns []uint8, counts []int32) {
	edgeListsAVX512(w, q, ldq, r, ldr, from, to, class, values, columns, counts)
}

func rowLists(w int, x []float32, ldx int, values []float32, columns []uint8, counts []int32) {
	rowListsAVX512(w, x, ldx, values, columns, counts)
}

func gemmLists(stride int, values []float32, columns []uint8, counts []int32, panel []float32, add int, c []float32, ldc int) {
	gemmListsAVX512(stride, values, columns, counts, panel, add, c, ldc)
}
