package f32

// Transpose computes dst[j][i] = src[i][j] for the m×n matrix src; dst is n×m
// and must not overlap src.
func Transpose(m, n int, src []float32, lds int, dst []float32, ldd int) {
	requireMatrix(m, n, src, lds, "Transpose: src")
	requireMatrix(n, m, dst, ldd, "Transpose: dst")
	if m > 0 && n > 0 {
		transpose(m, n, src, lds, dst, ldd)
	}
}

// transposeGeneric works on square blocks, so that strided accesses stay in few cache lines.
func transposeGeneric(m, n int, src []float32, lds int, dst []float32, ldd int) {
	const block = 16
	for i0 := 0; i0 < m; i0 += block {
		i1 := min(i0+block, m)
		for j0 := 0; j0 < n; j0 += block {
			j1 := min(j0+block, n)
			for i := i0; i < i1; i++ {
				for j, v := range src[i*lds+j0 : i*lds+j1] {
					dst[(j0+j)*ldd+i] = v
				}
			}
		}
	}
}
